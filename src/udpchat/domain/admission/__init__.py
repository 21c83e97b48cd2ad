"""Who may come in, how much of everything each may use, and who may be gone."""
