"""Who may join, how much each client may send, and which clients are unreachable."""
