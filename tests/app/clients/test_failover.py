"""Rounds of what `make failover` does: NATS servers are killed under load, and no line is lost."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.app.clients.processes import needs
from tests.failover.run import Failover

ROUNDS = 2


def test_no_committed_line_is_lost(tmp_path: Path) -> None:
    """A follower and then the leader of the log are killed: all hear the same, and who was not heard was told so."""
    needs("nc.openbsd")
    result = Failover(("nc.openbsd", "-u"), tmp_path, Random(0)).run(ROUNDS)  # noqa: S311 - moments, no secret
    assert result.faults == []
    assert [outcome.rounds for outcome in result.by_victim.values()] == [1, 1]
    assert result.committed > 0
