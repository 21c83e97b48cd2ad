"""Tests of who is here."""
