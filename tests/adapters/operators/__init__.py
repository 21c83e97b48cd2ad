"""Tests of the operators' file and of one-time codes."""
