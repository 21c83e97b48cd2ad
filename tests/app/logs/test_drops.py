"""At level debug, the log has everything that is dropped."""

from __future__ import annotations

import structlog

from tests.journals import LateJournal
from tests.room import Room
from udpchat.app.logs.drops import DropLog
from udpchat.domain.admission.policy import Policy
from udpchat.domain.drop_reason import DropCounts, DropReason


def test_each_drop_is_in_the_log_at_debug() -> None:
    """A log line has the reason, the number and the sender, also if only a part of a datagram was dropped."""
    with structlog.testing.capture_logs() as logged:
        journal = LateJournal()
        room = Room(policy=Policy(), journal=journal, max_line=50, show_lines=True)
        one, two = room.member_of(journal), room.member_of(journal)
        two.end.close()
        one.say(b"\n".join([b"x"] * 50))
        one.say("x" * 60)
        one.say("again\n" * 50)
        room.client("203.0.113.7").say("hello there")
        journal.commit()
        room.hub.advance()
        room.settle()
        room.now = 60.0
        one.say("too late")
        journal.give_up()
        room.hub.advance()
    dropped = {(entry["reason"], entry["number"]) for entry in logged if entry["event"] == "dropped"}
    assert dropped == {
        ("client_rate", 42),
        ("line_too_long", 1),
        ("code_asked", 1),
        ("unreachable", 1),
        ("uncommitted", 1),
    }
    assert all(entry["sender"] for entry in logged if entry["event"] == "dropped")


def test_the_drop_log_has_what_is_new() -> None:
    """It logs how much each count has grown since the last time, and nothing if no count has grown."""
    drops = DropCounts({DropReason.SEND_BUFFER: 2})
    drop_log = DropLog(drops)
    with structlog.testing.capture_logs() as logged:
        drop_log.log()
        drop_log.log()
        drops[DropReason.SEND_BUFFER] += 1
        drops[DropReason.RECEIVE_BUFFER] += 5
        drop_log.log()
    assert [{key: value for key, value in entry.items() if key not in {"event", "log_level"}} for entry in logged] == [
        {"send_buffer": 2},
        {"send_buffer": 1, "receive_buffer": 5},
    ]
