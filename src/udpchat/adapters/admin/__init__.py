"""The admin socket of a server: a Unix socket that only its owner may use."""
