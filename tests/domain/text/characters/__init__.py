"""Tests of clean lines and of nicknames."""
