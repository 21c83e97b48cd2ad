"""What the chat is told, one input at a time: the whole truth about a room is the order of its inputs."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.text.line import Line


@attrs.frozen
class Idle:
    """An address has sent nothing for longer than it may."""


@attrs.frozen
class Unreachable:
    """Nobody is at an address any more: the program has ended.

    It was sent the first `heard` lines of the room before what came back; None is for all that were said.
    """

    heard: int | None = None


@attrs.frozen
class Rules:
    """What the operator decided, as far as it changes what is said: so the same inputs always say the same."""

    history_keep: int = 10_000  # lines
    history_days: int = 0  # 0 for as long as `history_keep` has room
    history_on_join: int = 0  # lines that a newcomer is shown
    show_addresses: str = "auto"
    max_datagram: int = 1400  # bytes


@attrs.frozen
class Started:
    """A server began to serve the room by `rules`.

    `unsent` are the lines last said of which nobody knows whether they were sent, because the server before it ended
    without a word. Where several servers serve the room, the clients of node `takes_over` are now those of this one.
    """

    rules: Rules
    unsent: int = 0
    takes_over: str = ""


@attrs.frozen
class Heartbeat:
    """A node is alive, where several serve the room. Its sender is the node itself.

    It has told its clients everything up to line `said` of the room, and may be silent for `lease` seconds. For
    `steady` seconds all that it published came back in time. `digest` is that of the state that it had at `digest_at`,
    the place of an earlier beat. `place` is where in the order this one came, 0 until it has one.
    """

    said: int = 0
    lease: float = LEASE
    steady: float = 0.0
    digest: str = ""
    digest_at: int = 0
    place: int = 0


ControlInput = Idle | Unreachable | Started | Heartbeat
"""What is not said by anybody."""
CONTROL_INPUTS = (Idle, Unreachable, Started, Heartbeat)


# Made for each line and never changed: to be frozen would treble what making it costs.
@attrs.define
class Input:
    """One line from one address, or news of it.

    `at` is when it came, in seconds since 1970 UTC; `entropy` is a number of 64 random bits; `line` is clean text as
    `clean_lines` makes it, blank to join without a word, or the reason why there is none. The sender of `Started` and
    `Heartbeat` is the server itself.
    """

    at: float
    entropy: int
    sender: Address
    line: Line | ControlInput
