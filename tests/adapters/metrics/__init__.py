"""Tests of the wing of metrics."""
