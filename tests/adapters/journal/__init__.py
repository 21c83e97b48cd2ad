"""Tests of what all journals share."""
