"""The result of rounds of failover."""

from __future__ import annotations

from typing import Literal

import attrs

REFUSED = "error - the room is unreachable, your line was not sent"

Victim = Literal["follower", "leader"]
"""The server that is killed in a round, by its role for the stream of the room."""


@attrs.define
class Outcome:
    """The numbers of all rounds with one kind of victim."""

    rounds: int = 0
    said: int = 0  # lines
    refused: int = 0  # lines whose sender read that they were not sent
    longest_silence: float = 0.0  # seconds


@attrs.define
class Result:
    """The numbers of all rounds. A correct room has no faults."""

    by_victim: dict[Victim, Outcome] = attrs.field(factory=lambda: {"follower": Outcome(), "leader": Outcome()})
    committed: int = 0  # lines
    committed_late: int = 0  # lines that were refused, and committed all the same
    digests: int = 0  # of nodes, compared with a digest computed from the log
    faults: list[str] = attrs.field(factory=list)
