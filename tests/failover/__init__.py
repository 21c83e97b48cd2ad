"""NATS servers are killed one after the other, under two nodes of a busy room: `make failover`."""
