"""What the app needs of the world. Every implementation of a port passes that port's contract tests."""
