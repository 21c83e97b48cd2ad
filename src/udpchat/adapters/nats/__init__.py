"""A journal that several servers share, on NATS JetStream."""
