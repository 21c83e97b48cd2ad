"""The versions of the grammar and of the Unicode tables, on which the decisions of the room depend.

Each start records them. A command is valid from the grammar version that introduced it. So a replay, and every node of
a cluster, understand a line as the server that handled it first.
"""

from __future__ import annotations

from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.rooms.state import ChatState


def grammar_beside(state: ChatState, node: str, now: float) -> int:
    """Return the grammar version for a node: at most that of the room if other nodes are alive, else its own."""
    return min(GRAMMAR, state.grammar) if _others(state, node, now) else GRAMMAR


def conflict(state: ChatState, node: str, now: float) -> str:
    """Return why a node must not serve the room together with the nodes that are alive, or "" if it may.

    `now` is in seconds since 1970 UTC.
    """
    others = _others(state, node, now)
    if others and state.grammar > GRAMMAR:
        return f"node {others[0]} uses grammar {state.grammar}, this udpchat knows {GRAMMAR}: upgrade this node"
    own = state.names.unicode.version
    # An earlier version has fewer tables, and its grammar does not need the others.
    if others and state.unicode and not f"{own}/".startswith(f"{state.unicode}/"):
        return (
            f"node {others[0]} uses Unicode tables {state.unicode}, this udpchat has {own}: run the same on all nodes"
        )
    return ""


def _others(state: ChatState, node: str, now: float) -> list[str]:
    """Return the other nodes whose last heartbeat is younger than their lease."""
    alive = state.nodes.alive.items()
    return sorted(name for name, each in alive if name != node and abs(now - each.at) < each.lease)
