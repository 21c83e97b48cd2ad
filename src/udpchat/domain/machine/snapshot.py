"""The state of a chat as a value, which can be restored into another chat.

The restored chat gives the same deliveries for the same inputs as the original chat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import NodeState
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.message import Message
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class Snapshot:
    """The state of a room: the members in order of joining, the history, the absences, the nodes, and the slices."""

    rules: Rules = attrs.field(factory=Rules)
    members: tuple[tuple[Address, Nickname], ...] = ()
    said: int = 0
    lines: tuple[Message, ...] = ()
    absent: tuple[tuple[Address, int], ...] = ()
    missed: tuple[tuple[Address, int, int], ...] = ()
    nodes: tuple[tuple[str, NodeState], ...] = ()
    beats: int = 0
    grammar: int = 1
    unicode: str = ""
    slices: Mapping[str, Slice] = attrs.field(factory=dict)


def snapshot(state: ChatState) -> Snapshot:
    """Return a snapshot of a state."""
    history = state.history
    return Snapshot(
        state.rules,
        tuple((member.address, member.nickname) for member in state.roster),
        history.said,
        tuple(history.messages),
        tuple(history.absent.items()),
        tuple((address, begin, end) for address, (begin, end) in history.missed.items()),
        tuple(
            (name, attrs.evolve(node, silent_since={**node.silent_since})) for name, node in state.nodes.alive.items()
        ),
        state.nodes.beats,
        state.grammar,
        state.unicode,
        # Empty slices are left out: earlier versions cannot read those that they do not know.
        {word: _copied(each) for word, each in state.slices.items() if each != each.__class__()},
    )


def restore(state: ChatState, saved: Snapshot) -> None:
    """Fill a new, empty state from a snapshot."""
    state.rules, state.unicode = saved.rules, saved.unicode
    state.use_grammar(saved.grammar)
    for address, nickname in saved.members:
        state.roster.add(address, nickname)
    history = state.history
    history.messages.extend(saved.lines)
    history.size = sum(len(line.text) for line in saved.lines)
    history.said = saved.said
    history.absent.update(saved.absent)
    history.missed.update((address, (begin, end)) for address, begin, end in saved.missed)
    state.nodes.alive.update(
        (name, attrs.evolve(node, silent_since={**node.silent_since})) for name, node in saved.nodes
    )
    state.nodes.beats = saved.beats
    state.slices.update((word, _copied(each)) for word, each in saved.slices.items())


def _copied(each: Any) -> Any:
    """Return a slice, which is of some attrs class, with containers of its own."""
    return attrs.evolve(each, **{field.name: _own(getattr(each, field.name)) for field in attrs.fields(each.__class__)})


def _own(value: Any) -> Any:
    """Return a copy of a container. Values in it are kept: there may be thousands of addresses, which never change."""
    if isinstance(value, dict):
        return {key: _own(each) for key, each in value.items()}
    return value.__class__(map(_own, value)) if isinstance(value, list | set) else value


def digest(saved: Snapshot, encode: Callable[[Address], str]) -> str:
    """Return 16 hexadecimal digits, equal on all servers for equal states (BLAKE2b, RFC 7693).

    `encode` returns an address as text. It must return the same text on every server.
    """
    parts = (
        saved.rules,
        [(encode(address), nickname) for address, nickname in saved.members],
        saved.said,
        [(line.nickname, line.text, line.at) for line in saved.lines],
        [(encode(address), left) for address, left in saved.absent],
        [(encode(address), begin, end) for address, begin, end in saved.missed],
        [(name, attrs.evolve(node, at=0.0)) for name, node in saved.nodes],  # earlier versions did not store `at`
        saved.beats,
        saved.grammar,
        saved.unicode,
        [(word, each.comparable(encode)) for word, each in sorted(saved.slices.items())],
    )
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
