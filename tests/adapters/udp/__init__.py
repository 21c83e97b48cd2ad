"""Tests of the carrier over UDP."""
