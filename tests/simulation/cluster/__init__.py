"""Rooms on several servers: nodes on one log in memory, their clients, and everything that can happen to them."""
