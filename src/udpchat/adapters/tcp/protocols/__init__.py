"""What is spoken over a connection, without a socket or a clock: bytes in, payloads and bytes to write out."""
