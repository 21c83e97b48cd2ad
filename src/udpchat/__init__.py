"""Chat over UDP for people who have nothing but netcat."""

__version__ = "0.1.0"
