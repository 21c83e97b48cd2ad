"""Tests of the journal in a file. There are more than ten files: one for each thing that can happen to a journal."""
