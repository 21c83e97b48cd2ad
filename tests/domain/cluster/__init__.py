"""Tests of rooms that several servers serve."""
