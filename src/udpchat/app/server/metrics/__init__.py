"""What a server counts for its metrics, and what each metric is read from."""
