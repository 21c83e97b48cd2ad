"""Bytes from a stranger -> clean lines; what a nickname is."""
