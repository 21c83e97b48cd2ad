"""Tests of what is in contrib/ beside the package."""
