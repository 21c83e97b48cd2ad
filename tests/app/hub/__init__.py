"""Tests of the loop body."""
