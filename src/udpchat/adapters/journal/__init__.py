"""What all journals share: how inputs and states are stored, how long, and what can go wrong."""
