"""What was sent before the house was rebuilt, as hashes: the rebuilt one must send the same."""
