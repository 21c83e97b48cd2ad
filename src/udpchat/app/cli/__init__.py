"""The command line, and the tools that look into a journal or a cluster."""
