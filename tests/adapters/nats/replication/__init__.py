"""Tests of the replica of a log, without a network."""
