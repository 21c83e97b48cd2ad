"""How the nodes of a room agree on one order of inputs, without a network: what to publish, and what the log means."""
