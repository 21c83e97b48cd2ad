"""Tests of what is spoken over a connection."""
