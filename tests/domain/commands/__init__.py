"""Families of commands."""
