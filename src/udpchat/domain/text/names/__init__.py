"""What a nickname looks like: its scripts, its marks, and what it can be mistaken for."""
