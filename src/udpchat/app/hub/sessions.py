"""When sessions of programs end that were lost and did not come back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.inputs import Input, SessionOver
from udpchat.domain.rooms.state import ChatState

MAX_OVER = 1000  # sessions that end in one tick: some ten milliseconds; the others end with the next one


def end_sessions(state: ChatState, journal: Journal, at: float, entropy: Iterator[int]) -> None:
    """Give the journal the inputs that end sessions at `at`, in seconds since 1970 UTC, unless it is full.

    They are those of clients of this node, and of nodes that are dead. A node says it again until it is committed.
    """
    if journal.full or not state.sessions.lost:
        return
    directory, alive = state.directory, state.nodes.alive
    over = (
        address
        for address in state.sessions.over(at, state.rules.session_seconds)
        if directory.is_here(address) or directory.node(address) not in alive
    )
    if ending := [*islice(over, MAX_OVER)]:
        journal.append([Input(at, next(entropy), address, SessionOver()) for address in ending])
