"""Tests of what a nickname looks like."""
