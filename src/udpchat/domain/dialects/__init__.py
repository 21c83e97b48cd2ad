"""Events -> bytes for one kind of client, packed into datagrams."""
