"""Tests with real netcats, other hosts, and servers that end."""
