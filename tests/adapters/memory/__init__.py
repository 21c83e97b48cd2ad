"""Tests of what is in memory."""
