"""Sentences for one audience -> datagrams of whole lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MAX_RUN = (
    16  # datagrams handed over at once: bounds what waits while they fill; at 1,400 bytes all fit into one IP packet
)


def pack(sentences: Iterable[tuple[Sequence[T], bytes]], limit: int) -> Iterator[tuple[Sequence[T], list[bytes]]]:
    """Join consecutive sentences that have the same hearers into datagrams of at most `limit` bytes.

    Take pairs of hearers and a sentence; yield pairs of hearers and 1 to `MAX_RUN` datagrams for them. Each sentence
    stands whole in one datagram, in order, so every hearer gets the same bytes in the same order as without packing.
    No sentence may be empty or longer than `limit`.
    """
    full: list[bytes] = []
    waiting: list[bytes] = []
    size = 0
    to: Sequence[T] = ()
    for recipients, sentence in sentences:
        # The identity of the hearers spares comparing 10,000 of them for each line of a busy room.
        others = not (recipients is to or recipients == to)
        size += len(sentence)
        if waiting and (others or size > limit):
            full.append(b"".join(waiting))
            waiting = []
            size = len(sentence)
            if others or len(full) == MAX_RUN:
                yield to, full
                full = []
        to = recipients
        waiting.append(sentence)
    if waiting:
        yield to, [*full, b"".join(waiting)]
