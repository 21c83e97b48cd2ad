"""Tests of how events are written."""
