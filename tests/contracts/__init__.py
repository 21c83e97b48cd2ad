"""One suite for each port, run for every implementation."""
