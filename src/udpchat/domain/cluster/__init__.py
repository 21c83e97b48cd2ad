"""Which server a client belongs to, and which servers are alive."""
