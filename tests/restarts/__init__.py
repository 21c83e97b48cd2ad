"""A server that is ended at random moments under load, and started again: `make crash`."""
