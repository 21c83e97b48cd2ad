"""Tests of `udpchat journal`."""
