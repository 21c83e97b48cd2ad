"""A keyed hash (BLAKE2b, RFC 7693), spelled in characters that a reader does not confuse."""

from __future__ import annotations

import hashlib

KEY_BYTES = 32

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 5 bits each; l, o, 0 and 1 look like others


def keyed_hash(key: bytes, purpose: bytes, data: bytes, characters: int) -> str:
    """Return the hash of `data` in so many `characters`, at most 64.

    `key` has `KEY_BYTES` random bytes that only this server knows. `purpose`, at most 16 bytes, makes the hashes that
    serve one purpose independent of those that serve another.
    """
    digest = hashlib.blake2b(data, key=key, person=purpose, digest_size=characters).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest)
