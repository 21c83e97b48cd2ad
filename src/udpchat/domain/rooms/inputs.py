"""The inputs of a chat. They and their order alone determine the state of a room."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.rooms.requests import Request
from udpchat.domain.text.line import Line


@attrs.frozen
class Idle:
    """The sender has sent nothing for the whole idle timeout, of so many `seconds`; 0 if that is not known.

    If it `makes_room`, the room was full. Then it had said nothing, and its place went to a stranger that proved its
    address.
    """

    seconds: int = 0
    makes_room: bool = False


@attrs.frozen
class Unreachable:
    """The sender cannot be reached any more. Usually its program has ended. If it has a session, it may come back.

    It received the first `heard` messages of the room; None is for all messages so far.
    """

    heard: int | None = None


@attrs.frozen
class SessionOver:
    """The sender, a program that was lost, did not come back in time.

    Nodes with a grammar before `PROGRAMS_SINCE` cannot read it.
    """


@attrs.frozen
class Undelivered:
    """The server could not send datagrams to the sender, a member, or they came back.

    The member received the first `heard` messages of the room, and perhaps not all of those after them.
    """

    heard: int


@attrs.frozen
class Rules:
    """The settings that change what clients read. They are an input, so that the same inputs always have one result.

    Earlier versions make a digest of the `repr`. Fields since `ROOMS_SINCE` are not in it. Those since `ORDER_SINCE`
    are the last ones, `claim_days` and what follows.
    """

    history_keep: int = 10_000  # messages of each room
    history_days: int = 0  # 0 is no limit
    history_on_join: int = 0  # messages that a new member is sent
    show_addresses: str = "auto"
    max_datagram: int = 1400  # bytes
    history_bytes: int = attrs.field(default=67_108_864, repr=False)  # of all logs together
    max_rooms: int = attrs.field(default=1000, repr=False)
    announce_joins: bool = attrs.field(default=False, repr=False)
    motd: str = attrs.field(
        default="", repr=False
    )  # what a newcomer reads first; several lines have line feeds between them
    claim_days: int = attrs.field(default=30, repr=False)  # for which a name is kept whose owner is away
    max_claims: int = attrs.field(default=10_000, repr=False)
    log_events: int = attrs.field(default=1000, repr=False)  # of each room, for programs that lost some
    session_seconds: int = attrs.field(default=120, repr=False)  # for which a program that was lost stays a member


@attrs.frozen
class Started:
    """A server started to serve the room by `rules`.

    The last `unsent` messages may not have been sent, because the server before it crashed. If several servers serve
    the room, the clients of the node `takes_over` are clients of this one from now on. `grammar` is the version by
    which lines are read from now on, and `unicode` that of the tables for nicknames ("" if it is unknown).
    """

    rules: Rules
    unsent: int = 0
    takes_over: str = ""
    grammar: int = 1
    unicode: str = ""


@attrs.frozen
class Reloaded:
    """The operator of a server, the sender, changed the `rules` while it runs.

    Nodes with a grammar before `ORDER_SINCE` cannot read it.
    """

    rules: Rules


@attrs.frozen
class Heartbeat:
    """A node is alive, in a room that several nodes serve. The sender is the node itself.

    Its clients were sent the first `said` messages of the room, and it may be silent for `lease` seconds. For `steady`
    seconds, everything that it published came back in time. `digest` is the digest of its state after the heartbeat at
    `digest_at`. `place` is the place of this heartbeat in the order of all inputs, 0 until it has one.
    """

    said: int = 0
    lease: float = LEASE
    steady: float = 0.0
    digest: str = ""
    digest_at: int = 0
    place: int = 0


@attrs.frozen
class Administered:
    """Whoever may use the server's own machine does an act, with what follows its word, in a room ("" is the lobby).

    The sender is the server itself.
    """

    act: str
    rest: str = ""
    room: str = ""


ControlInput = Idle | Unreachable | SessionOver | Undelivered | Started | Reloaded | Heartbeat | Administered
"""An input that no client sent."""
CONTROL_INPUTS = (Idle, Unreachable, SessionOver, Undelivered, Started, Reloaded, Heartbeat, Administered)


# One is made for each line, and none is changed. It is not frozen because that would triple the cost of making it.
@attrs.define
class Input:
    """One line or request from one address, or a control input about that address.

    `at` is the time when it came, in seconds since 1970 UTC. `entropy` is a number of 64 random bits. `line` is clean
    text as `clean_lines` returns it, or the reason why a line has none; a blank line only joins. The sender of
    `Started`, `Reloaded`, `Heartbeat` and `Administered` is the server itself.
    """

    at: float
    entropy: int
    sender: Address
    line: Line | ControlInput | Request
