"""The outside world, one folder or file for each part of it. Its docstring says what it cannot do."""
