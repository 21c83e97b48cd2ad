"""Tests of one bound socket."""
