"""A network and a journal in memory."""
