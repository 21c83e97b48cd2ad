"""Tests of the carrier over TCP."""
