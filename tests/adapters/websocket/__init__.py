"""The wing of the page."""
