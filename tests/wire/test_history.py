"""What was said before, to the byte: `/history`, `/missed`, and what a new client receives."""

from __future__ import annotations

import pytest

from tests.room import SERVER, Client, Room, drawing, two_members, whole_lines
from tests.wire.example import TEDDC, Example
from udpchat.domain.commands.history import (
    AmountUnclear,
    HistoryShown,
    HistoryShownOnJoin,
    MissedRemoved,
    NewHere,
    NothingMissed,
    NothingSaid,
)
from udpchat.domain.commands.talk import Said
from udpchat.domain.grammar import GRAMMAR, RETURNS_SINCE
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.inputs import Rules

AFTERNOON = (14 * 60 + 2) * 60.0  # seconds: 14:02 on 1 January 1970, UTC

SENTENCES = (
    Example(HistoryShown((Said(TEDDC, "hello", AFTERNOON),)), b"[14:02] TEDDC: hello\n"),
    Example(HistoryShownOnJoin((Said(TEDDC, "hello", AFTERNOON),)), b"[14:02] TEDDC: hello\n"),
    Example(NothingSaid(), b"showing history: nothing was said\n"),
    Example(NothingMissed(), b"you missed nothing\n"),
    Example(NewHere(), b"you are new at this address, try /history\n"),
    Example(MissedRemoved(1), b"you missed 1 line that is not kept any more\n"),
    Example(MissedRemoved(12), b"you missed 12 lines that are not kept any more\n"),
    Example(AmountUnclear(), b"error - /history takes a number of lines, or a time: 10m, 2h or 3d\n"),
)


@pytest.mark.parametrize(
    "line",
    ["/history", "/history 1", "/history 1 line", "/HISTORY 2h", "/history 2 hours", "/history  3 D", "/history 10min"],
)
def test_history(line: str) -> None:
    """The client that asks receives each line behind its time, and everyone else receives nothing."""
    room, one, two = two_members()
    room.now = AFTERNOON + 59.9
    one.say("hello")
    assert one.hears() == two.hears() == ["TEDDC: hello"]
    two.say(line)
    assert two.gets() == [b"[14:02] TEDDC: hello\n"]
    assert one.gets() == []


def test_history_shows_twenty_lines() -> None:
    """Without a number the last 20 lines are shown, oldest first."""
    _, one, two = two_members()
    one.say("\n".join(str(number) for number in range(30)))
    two.hears()
    two.say("/history")
    assert two.hears() == [f"[00:00] TEDDC: {number}" for number in range(10, 30)]


@pytest.mark.parametrize(
    ("line", "shown"),
    [("/history 3m", ["1", "2"]), ("/history 3 minutes", ["1", "2"]), ("/history 1 hour", ["0", "1", "2"])],
)
def test_history_by_time(line: str, shown: list[str]) -> None:
    """With a time, the lines since then are shown."""
    room, one, two = two_members()
    for number, minute in enumerate((0, 10, 12)):
        room.now = AFTERNOON + minute * 60
        one.say(str(number))
    two.hears()
    room.now = AFTERNOON + 13 * 60
    two.say(line)
    assert [said.removeprefix("[14:")[3:] for said in two.hears()] == [f" TEDDC: {number}" for number in shown]


def test_a_long_line_of_history_is_split() -> None:
    """A line that was sent in several pieces is shown in several pieces, each behind its time and its sender."""
    room = Room(drawing("TEDDC"), max_datagram=MIN_DATAGRAM)
    one = room.member()
    said = "x" * 1000
    one.say(said)
    one.hears()
    one.say("/history")
    got = one.gets()
    assert all(len(payload) <= MIN_DATAGRAM for payload in got)
    pieces = [line.removeprefix("[00:00] TEDDC: ") for payload in got for line in whole_lines(payload)]
    assert len(pieces) > 1
    assert "".join(pieces) == said


def test_history_without_lines() -> None:
    """If nothing was said, a sentence says so."""
    _, one, two = two_members()
    one.say("/history\n")
    assert one.gets() == [b"showing history: nothing was said\n"]
    assert two.gets() == []


@pytest.mark.parametrize(
    "amount", ["0", "-1", "ten", "5s", "1.5h", "9999999", "3d please", "10 x", "1 0", "5 minutes ago", "minutes"]
)
def test_history_with_an_unclear_amount(amount: str) -> None:
    """Anything that is neither a number of lines nor a time is refused with a sentence that says what to type."""
    _, one, two = two_members()
    one.say(f"/history {amount}\n")
    assert one.gets() == [b"error - /history takes a number of lines, or a time: 10m, 2h or 3d\n"]
    assert two.gets() == []


def test_missed() -> None:
    """A client that left and came back from the same address can ask for the lines said in between."""
    room, one, two = two_members()
    room.now = AFTERNOON
    two.say("before")
    one.say("/quit")
    two.say("hello")
    one.say("")
    two.say("after")
    one.hears()
    two.hears()
    one.say("/missed\n")
    assert one.gets() == [b"[14:02] Tyvem: hello\n"]
    assert two.gets() == []


def started(rules: Rules | None = None) -> tuple[Room, Client, Client]:
    """Return a room that a server of this version started, with TEDDC and Tyvem in it."""
    room = Room(drawing("start", "TEDDC", "Tyvem"))
    room.hub.start(SERVER, rules or Rules())
    return room, room.member(), room.member()


def test_nothing_missed() -> None:
    """If nothing was said while the client was away, a sentence says so."""
    _, one, _ = started()
    one.say("hello\n/quit\n")
    one.say("")
    one.hears()
    one.say("/missed\n")
    assert one.gets() == [b"you missed nothing\n"]


@pytest.mark.parametrize("grammar", [RETURNS_SINCE, GRAMMAR])
def test_missed_at_a_new_address(grammar: int) -> None:
    """A client that was not there before may have been at another address, so it is told where to look."""
    room, one, two = started()
    room.chat.state.use_grammar(grammar)
    one.say("hello")
    two.hears()
    two.say("/missed\n")
    assert two.gets() == [b"you are new at this address, try /history\n"]


def test_missed_before_there_was_a_sentence_for_new_addresses() -> None:
    """In a room that an earlier version started, a client at a new address missed nothing."""
    room, one, two = two_members()
    room.chat.state.use_grammar(1)
    one.say("hello")
    two.hears()
    two.say("/missed\n")
    assert two.gets() == [b"you missed nothing\n"]


@pytest.mark.parametrize(("kept", "answer"), [(1, ["[00:00] Tyvem: b"]), (0, [])])
def test_missed_and_not_kept(kept: int, answer: list[str]) -> None:
    """What was missed and is not kept any more is counted."""
    _, one, two = started(Rules(history_keep=kept))
    one.say("/quit")
    two.say("a\nb\n")
    one.say("")
    one.hears()
    one.say("/missed\n")
    number = "1 line that is" if kept else "2 lines that are"
    assert one.hears() == [f"you missed {number} not kept any more", *answer]


def test_history_on_join() -> None:
    """If the operator wants it, a new client first receives the last lines."""
    room = Room(drawing("start", "TEDDC", "other", "Tyvem"))
    room.hub.start(SERVER, Rules(history_on_join=1))
    one, two = room.client(), room.client()
    one.say("hello\nhow are you?")
    one.hears()
    two.say("a new client")
    assert two.hears() == ["[00:00] TEDDC: how are you?", "Tyvem: a new client"]
    assert one.hears() == ["Tyvem: a new client"]


def test_history_on_join_is_short_for_a_short_line() -> None:
    """A new client without a code receives at most three bytes of the last lines for each byte that it sent."""
    room = Room(drawing("start", "TEDDC", "other", "Tyvem"))
    room.hub.start(SERVER, Rules(history_on_join=2))
    one, two = room.client(), room.client()
    one.say("hello\nhello")
    two.say("hi there")
    assert two.hears() == ["[00:00] TEDDC: hello", "Tyvem: hi there"]
