"""The bytes of a datagram -> clean lines; the rules for nicknames."""
