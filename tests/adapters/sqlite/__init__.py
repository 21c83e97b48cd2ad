"""Tests of the journal in a file."""
