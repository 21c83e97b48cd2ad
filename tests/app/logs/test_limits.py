"""The log is bounded, however much happens."""

from __future__ import annotations

import structlog

from udpchat.app.logs.limits import MAX_TEXT, RATE, Throttle, shorten
from udpchat.domain.admission.policy import BURST_SECONDS


def test_a_flood_of_log_lines_is_cut() -> None:
    """Each level has its own rate; the first line after the cut says how many lines are missing."""
    now = 0.0
    throttle = Throttle(lambda: now)
    written = dropped = 0
    for _ in range(1000):
        try:
            throttle(None, "debug", {})
            written += 1
        except structlog.DropEvent:
            dropped += 1
    assert throttle(None, "error", {"event": "x"}) == {"event": "x"}
    assert written == RATE * BURST_SECONDS
    now = 1.0
    assert throttle(None, "debug", {"event": "x"}) == {"event": "x", "lines_dropped_before": dropped}
    assert throttle(None, "debug", {"event": "x"}) == {"event": "x"}


def test_long_texts_are_cut() -> None:
    """The longest line that a client may send does not make a log line of that length."""
    assert shorten(None, "debug", {"line": "x" * 9000, "n": 1}) == {"line": "x" * MAX_TEXT + "...", "n": 1}
