"""The state of a room as a value: taken of a chat, and made a chat again.

A chat that was restored goes on as the one would have that the snapshot was taken of, whatever it is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.nodes import NodeState
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.event import Said
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class Snapshot:
    """Who is in a room, in order of joining, what was said in it, and who was away since when."""

    rules: Rules = attrs.field(factory=Rules)
    members: tuple[tuple[Address, Nickname], ...] = ()
    said: int = 0
    lines: tuple[Said, ...] = ()
    absent: tuple[tuple[Address, int], ...] = ()
    missed: tuple[tuple[Address, int, int], ...] = ()
    nodes: tuple[tuple[str, NodeState], ...] = ()
    beats: int = 0


def snapshot(chat: Chat) -> Snapshot:
    """Return the state of a chat."""
    history = chat.history
    return Snapshot(
        chat.rules,
        tuple((member.address, member.nickname) for member in chat.roster),
        history.said,
        tuple(history.lines),
        tuple(history.absent.items()),
        tuple((address, begin, end) for address, (begin, end) in history.missed.items()),
        tuple(
            (name, attrs.evolve(node, silent_since={**node.silent_since})) for name, node in chat.nodes.alive.items()
        ),
        chat.nodes.beats,
    )


def restore(chat: Chat, state: Snapshot) -> None:
    """Put a chat that was told nothing yet in this state."""
    chat.rules = state.rules
    for address, nickname in state.members:
        chat.roster.add(address, nickname)
    chat.history.lines.extend(state.lines)
    chat.history.size = sum(len(line.text) for line in state.lines)
    chat.history.said = state.said
    chat.history.absent.update(state.absent)
    chat.history.missed.update((address, (begin, end)) for address, begin, end in state.missed)
    chat.nodes.alive.update(
        (name, attrs.evolve(node, silent_since={**node.silent_since})) for name, node in state.nodes
    )
    chat.nodes.beats = state.beats


def digest(state: Snapshot, encode: Callable[[Address], str]) -> str:
    """Return 16 hexadecimal digits that are the same for the same state on every server (BLAKE2b, RFC 7693).

    `encode` gives each address as text, the same on every server.
    """
    parts = (
        state.rules,
        [(encode(address), nickname) for address, nickname in state.members],
        state.said,
        [(line.nickname, line.text, line.at) for line in state.lines],
        [(encode(address), left) for address, left in state.absent],
        [(encode(address), begin, end) for address, begin, end in state.missed],
        state.nodes,
        state.beats,
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
