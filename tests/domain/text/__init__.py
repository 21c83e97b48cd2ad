"""Tests of bytes to clean lines, and of nicknames."""
