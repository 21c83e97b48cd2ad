"""Tests of the JSON dialect."""
