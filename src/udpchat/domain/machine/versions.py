"""Versions of what decisions rest on: the grammar, and the tables of Unicode.

They are recorded with each start. A command counts from the version of the grammar in which it appeared, so a replay
and every node of a cluster read a line as the server did that handled it first.
"""

from __future__ import annotations

from udpchat.domain.commands import GRAMMAR
from udpchat.domain.rooms.state import ChatState


def grammar_beside(state: ChatState, node: str, now: float) -> int:
    """Return the grammar by which a node serves: that of nodes that are alive, if there are any, or else its own."""
    return min(GRAMMAR, state.grammar) if _others(state, node, now) else GRAMMAR


def conflict(state: ChatState, node: str, now: float) -> str:
    """Return why a node must not serve the room beside those that are alive; "" if it may.

    `now` is in seconds since 1970 UTC.
    """
    others = _others(state, node, now)
    if others and state.grammar > GRAMMAR:
        return f"node {others[0]} uses grammar {state.grammar}, this udpchat knows {GRAMMAR}: upgrade this node"
    own = state.names.unicode.version
    if others and state.unicode not in {"", own}:
        return (
            f"node {others[0]} uses Unicode tables {state.unicode}, this udpchat has {own}: run the same on all nodes"
        )
    return ""


def _others(state: ChatState, node: str, now: float) -> list[str]:
    """Return the other nodes whose last heartbeat is younger than their lease."""
    alive = state.nodes.alive.items()
    return sorted(name for name, each in alive if name != node and abs(now - each.at) < each.lease)
