"""Tests of what is kept for programs."""
