"""Limits that several wings share, each with its unit and its reason."""

from __future__ import annotations

MIN_DATAGRAM = 256  # bytes: every sentence that cannot be split, and one entry of /list, fits with room to spare
MAX_DATAGRAM = 8192  # bytes: a netcat reads no more of a datagram, the rest is lost
COMMON_DATAGRAM = (
    1400  # bytes: with all headers under the 1,500 that Ethernet and most tunnels over it take in one piece
)
MAX_MOTD_LINES = 20  # of the message of the day: it leaves room for other lines on a screen of 24
MAX_MOTD_BYTES = 1000  # of the message of the day: it fits into one datagram, and costs a newcomer no more than 3 lines
COMMON_LINE = 8000  # bytes: a pasted paragraph or two; a page is more than one line
