"""Tokens that prove who somebody is, from whatever address it writes. The chat knows only their hashes.

The server that draws a token shows it once. A journal, a snapshot, a log and other nodes have a keyed hash of it.
"""

from __future__ import annotations

import attrs

from udpchat.domain.event import Event, Sentence
from udpchat.domain.keyed_hash import ALPHABET
from udpchat.domain.rejection import Rejection
from udpchat.domain.text.nickname import Nickname

TOKEN_CHARACTERS = 24  # 120 bits: nobody guesses one, however many there are
GROUP = 4  # characters between two hyphens, for people who copy a token by hand

CLAIM_PURPOSE = b"claim"  # of the keyed hashes that stand for the tokens of names
SESSION_PURPOSE = b"session"  # of those that stand for the secrets with which programs go on elsewhere
SCRIPT_PURPOSE = b"script"  # of those that stand for the tokens with which scripts post


def spell(random: bytes) -> str:
    """Return the token of `TOKEN_CHARACTERS` random bytes, as people read it."""
    characters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in random)
    return "-".join(characters[begin : begin + GROUP] for begin in range(0, len(characters), GROUP))


def plain(typed: str) -> str:
    """Return a token without what makes no difference: letter case, hyphens and blanks."""
    return "".join(typed.lower().replace("-", "").split())


@attrs.frozen
class TokenShown(Event):
    """A client is shown a token of its name, which has this hash. Only the server that drew it fills in the token."""

    nickname: Nickname
    hashed: str
    token: str = attrs.field(default="", repr=False)


@attrs.frozen
class TokenSpoilt(Rejection):
    """A token that the intake drew cannot be used, because it is known."""

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence(("there was no new token, type it again",))


@attrs.frozen
class OwnsNothing(Rejection):
    """What an owner of a name may do, by a client that owns none."""

    def reason(self) -> Sentence:
        """Return how to own one."""
        return Sentence(("you own no name, to own yours type /claim",))
