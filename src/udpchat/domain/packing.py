"""Sentences for one audience -> datagrams of whole lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def pack(sentences: Iterable[tuple[Sequence[T], bytes]], limit: int) -> Iterator[tuple[Sequence[T], bytes]]:
    """Join consecutive sentences that have the same hearers into datagrams of at most `limit` bytes.

    Take and yield pairs of hearers and bytes. Each sentence stands whole in one datagram, in order, so every hearer
    gets the same bytes in the same order as without packing. No sentence may be empty or longer than `limit`.
    """
    waiting: list[bytes] = []
    size = 0
    to: Sequence[T] = ()
    for hearers, sentence in sentences:
        if waiting and (size + len(sentence) > limit or not (hearers is to or hearers == to)):
            yield to, b"".join(waiting)
            waiting, size = [], 0
        to = hearers
        waiting.append(sentence)
        size += len(sentence)
    if waiting:
        yield to, b"".join(waiting)
