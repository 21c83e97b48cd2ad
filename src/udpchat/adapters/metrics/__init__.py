"""Metrics for Prometheus, and whether a server lives and is ready, over HTTP.

It reads no secret and changes nothing, so it asks nobody for a password: who can connect can read. It speaks no TLS.
"""
