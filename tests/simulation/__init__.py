"""A hostile network in memory, from a seed: the hub as in production, and what must hold checked after every step.

There are more than ten files: one for each actor and each kind of check.
"""
