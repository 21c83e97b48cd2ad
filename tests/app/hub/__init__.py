"""Tests of the loop body. There are more than ten files: one for each promise that the parts keep together."""
