"""Tests of the journal that several servers share."""
