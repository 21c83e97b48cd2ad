"""A few rounds of what `make crash` does: the server ends under load, and real netcats do not notice."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random

import pytest

from tests.app.clients.processes import needs
from tests.restarts.run import Restarts

ROUNDS = 3


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
def test_nobody_notices_a_restart(ended_by: signal.Signals, tmp_path: Path) -> None:
    """Everybody keeps name and place, nothing comes twice or out of order, and what was heard is in the journal.

    By an upgrade no line is lost; after a crash what was committed and not sent is in /missed.
    """
    needs("nc.openbsd")
    outcome = Restarts(ended_by, ("nc.openbsd", "-u"), tmp_path, Random(ended_by)).run(ROUNDS)  # noqa: S311 - moments, no secret
    assert outcome.faults == []
    assert outcome.rounds == ROUNDS
    assert outcome.said > outcome.said_meanwhile > 0
