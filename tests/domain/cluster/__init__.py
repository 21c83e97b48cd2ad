"""Tests of which servers are alive."""
