"""A journal in a file: an SQLite database with inputs and snapshots, which one server writes and tools read."""
