"""The state of a room as a value: taken of a chat, and made a chat again.

A chat that was restored goes on as the one would have that the snapshot was taken of, whatever it is told.
"""

from __future__ import annotations

import attrs

from udpchat.domain.chat import Chat
from udpchat.domain.event import Said
from udpchat.domain.inputs import Rules
from udpchat.domain.nickname import Nickname
from udpchat.domain.ports import Address


@attrs.frozen
class Snapshot:
    """Who is in a room, in order of joining, what was said in it, and who was away since when."""

    rules: Rules = attrs.field(factory=Rules)
    members: tuple[tuple[Address, Nickname], ...] = ()
    said: int = 0
    lines: tuple[Said, ...] = ()
    absent: tuple[tuple[Address, int], ...] = ()
    missed: tuple[tuple[Address, int, int], ...] = ()


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
