"""Tests with real netcats, other hosts, and servers that end.

There are more than ten files, because each needs other clients or machines.
"""
