"""A journal in a file."""
