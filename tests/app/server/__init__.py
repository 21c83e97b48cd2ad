"""Tests of the whole server, in this process or in others.

There are more than ten files, because each starts servers in a way of its own.
"""
