"""Tests of what a server measures and shows of itself."""
