"""Which server each client is connected to, and which servers are alive."""
