"""What was said in the rooms, and which of it each client may have missed."""
