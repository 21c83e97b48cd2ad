"""Tests of the state of a room."""
