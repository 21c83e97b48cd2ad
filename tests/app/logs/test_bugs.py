"""The log has each bug of ours once, without what people say."""

from __future__ import annotations

from contextlib import suppress

import pytest
import structlog

from udpchat.app.logs.bugs import Bugs


def fail(exc: Exception) -> Exception:
    """Return the exception after it was raised in this function."""

    def trip() -> None:
        raise exc

    with suppress(type(exc)):
        trip()
    return exc


def test_a_bug_is_logged_once_and_counted() -> None:
    """The same exception at the same place has one id, is logged the first time, and counted each time."""
    bugs = Bugs()
    with structlog.testing.capture_logs() as logged:
        for number in range(5):
            bugs.log(fail(RuntimeError(f"secret {number}")), line="secret")
    errors = [entry for entry in logged if entry["log_level"] == "error"]
    assert len(errors) == 1
    assert "secret" not in str(errors)
    assert bugs.counts == {errors[0]["bug"]: 5}
    bugs.log(fail(KeyError("secret 1")))
    assert len(bugs.counts) == 2


def test_memory_that_runs_out_is_no_bug() -> None:
    """It is raised again: the room does not go on."""
    bugs = Bugs()
    with pytest.raises(MemoryError):
        bugs.log(fail(MemoryError()))
    assert not bugs.counts
