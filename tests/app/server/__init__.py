"""Tests of the whole server, in this process or in others."""
