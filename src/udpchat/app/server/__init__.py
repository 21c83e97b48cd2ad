"""The composition root, the event loop and the life cycle of a server."""
