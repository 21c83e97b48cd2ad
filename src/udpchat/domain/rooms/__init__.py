"""The state of a room: who is in it, what was said, and the inputs that change it."""
