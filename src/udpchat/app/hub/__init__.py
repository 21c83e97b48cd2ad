"""The loop body, without asyncio: datagrams in, what is committed handled, datagrams out."""
