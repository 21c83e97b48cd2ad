"""The carrier over TCP: one listener, and what is spoken over each accepted connection."""
