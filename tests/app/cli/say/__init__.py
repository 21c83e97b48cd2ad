"""Tests of `udpchat say`."""
