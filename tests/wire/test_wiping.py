"""Taking back what somebody said, to the byte: `/wipe`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journals import CODEC
from tests.room import Room, drawing
from tests.wire.acting import make_operator, with_operator
from tests.wire.example import Example
from tests.wire.test_moderation import ALICE
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.domain.commands.wiping import LinesWiped

SENTENCES = (
    Example(LinesWiped(ALICE, "Tyvem", 12), b"TEDDC removed 12 lines of Tyvem\n"),
    Example(LinesWiped(ALICE, "Tyvem", 12), b"you removed 12 lines of Tyvem\n", own=True),
    Example(LinesWiped(ALICE, "Tyvem", 0), b"you removed 0 lines of Tyvem\n", own=True),
    Example(LinesWiped(ALICE, "Tyvem", 1, 3600.0), b"TEDDC removed 1 line of Tyvem of the last 1 hour\n"),
    Example(LinesWiped(ALICE, "Tyvem", 1, 3600.0), b"you removed 1 line of Tyvem of the last 1 hour\n", own=True),
)


def test_lines_leave_history() -> None:
    """Those of the person, in all rooms, also from before another nickname; the others stay in order."""
    room, one, two, three = with_operator()
    two.say("first secret")
    three.say("hello there")
    two.say("/nick berta\nsecond secret\n/me waves a secret\n/join kitchen\nthird secret\n/leave")
    one.hears(), two.hears(), three.hears()
    one.say("/wipe berta")
    assert one.hears() == ["you removed 4 lines of berta"]
    assert two.hears() == three.hears() == ["TEDDC removed 4 lines of berta"]
    three.say("/history")
    assert [line.split(" ", 1)[1] for line in three.hears()] == ["other: hello there"]
    assert "secret" not in str([each.log for each in room.chat.state.rooms])


def test_lines_of_some_time() -> None:
    """Older ones stay. Who has left is known by its nickname."""
    room, one, two, three = with_operator()
    two.say("old line")
    room.now += 3600
    make_operator(one, step=2)
    two.say("new line\n/quit")
    one.hears(), three.hears()
    one.say("/wipe tyvem 30m")
    assert one.hears() == ["you removed 1 line of tyvem of the last 30 minutes"]
    three.say("/history")
    assert "Tyvem: old line" in three.hears()[-1]


def test_a_person_who_said_nothing() -> None:
    """The operator reads that there was nothing to remove, and the others do not read of it."""
    _, one, two, three = with_operator()
    one.say("/wipe Tyvem")
    assert one.hears() == ["you removed 0 lines of Tyvem"]
    assert two.hears() == three.hears() == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/wipe", "/wipe takes a nickname first"),
        ("/wipe Tyvem 1h please", "/wipe takes a nickname and a time such as 1h"),
        ("/wipe nobodyhere", "nobodyhere is not here"),
    ],
)
def test_a_wipe_that_is_refused(line: str, answer: str) -> None:
    """Nothing changes, and nobody else reads of it."""
    _, one, two, three = with_operator()
    one.say(line)
    assert one.hears() == [f"error - {answer}"]
    assert two.hears() == three.hears() == []


def test_a_wipe_takes_a_fresh_code() -> None:
    """It cannot be undone, so a forger of the address must not do it."""
    room, one, two, _ = with_operator()
    two.say("hello there")
    one.hears()
    room.now += 60
    one.say("/wipe Tyvem")
    assert one.hears() == ["error - this takes a code of the last 60 seconds, type /op NAME CODE and repeat it"]


def test_nothing_of_it_stays_in_the_file(tmp_path: Path) -> None:
    """Within a tick, no byte of the lines is in the journal or beside it, and a start finds the same state."""
    path = tmp_path / "journal"
    journal = SqliteJournal(JournalFile.open(path), CODEC, keep=1000, timer=lambda: 0.0)
    room = Room(drawing("TEDDC", "Tyvem", "other"), journal=journal)
    journal.recover()
    one, two = room.member(), room.member()
    make_operator(one)
    two.say("a very special secret")
    assert any(b"very special" in each.read_bytes() for each in tmp_path.iterdir())
    one.say("/wipe Tyvem")
    room.pass_time(1.0)
    assert not any(b"very special" in each.read_bytes() for each in tmp_path.iterdir())
    room.hub.close()
    again = SqliteJournal(JournalFile.open(path), CODEC, keep=1000)
    assert not [*again.recover().inputs]
    again.file.close()


def test_a_crash_after_a_wipe_loses_nothing_of_it(tmp_path: Path) -> None:
    """If the server is killed before it deleted the inputs, the next one does it."""
    path = tmp_path / "journal"
    first = SqliteJournal(JournalFile.open(path), CODEC, keep=1000)
    first.recover()
    first.forget()
    first.file.close()
    second = SqliteJournal(JournalFile.open(path), CODEC, keep=1000)
    second.recover()
    assert second.snapshot_due
    second.file.close()
