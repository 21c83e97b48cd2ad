"""Being away, to the byte: `/away`, `/back`."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import TEDDC, Example
from udpchat.domain.commands.arguments import MAX_REASON
from udpchat.domain.commands.away import CameBack, NotAway, WentAway

SENTENCES = (
    Example(WentAway(TEDDC, "lunch"), b"TEDDC is away: lunch\n"),
    Example(WentAway(TEDDC, ""), b"TEDDC is away\n"),
    Example(WentAway(TEDDC, "lunch"), b"you are away: lunch\n", own=True),
    Example(WentAway(TEDDC, ""), b"you are away\n", own=True),
    Example(CameBack(TEDDC), b"TEDDC is back\n"),
    Example(CameBack(TEDDC), b"you are back\n", own=True),
    Example(NotAway(), b"error - you are not away\n"),
)


@pytest.mark.parametrize(
    ("line", "why"), [("/away", ""), ("/away  out  to lunch ", ": out  to lunch"), ("/AWAY x", ": x")]
)
def test_away_and_back(line: str, why: str) -> None:
    """The room reads that a client is away, and why, and that it is back."""
    _, one, two = two_members()
    one.say(line)
    assert one.gets() == [f"you are away{why}\n".encode()]
    assert two.gets() == [f"TEDDC is away{why}\n".encode()]
    one.say("/back")
    assert one.gets() == [b"you are back\n"]
    assert two.gets() == [b"TEDDC is back\n"]
    one.say("/back")
    assert one.gets() == [b"error - you are not away\n"]
    assert two.gets() == []


@pytest.mark.parametrize(("line", "said"), [("hello", "hello"), ("ok", "ok"), ("//hello", "/hello")])
def test_whoever_says_something_is_back(line: str, said: str) -> None:
    """The room reads that first, and the client too; after that it says what it likes."""
    _, one, two = two_members()
    one.say("/away")
    one.hears(), two.hears()
    one.say(line)
    assert one.hears() == ["you are back", f"TEDDC: {said}"]
    assert two.hears() == ["TEDDC is back", f"TEDDC: {said}"]
    one.say(line)
    assert one.hears() == two.hears() == [f"TEDDC: {said}"]


@pytest.mark.parametrize(
    "line", ["", "/list", "/who", "/nick client", "/whoami", "/hand", "/history", "/nope", "/help"]
)
def test_whoever_looks_around_is_still_away(line: str) -> None:
    """Only what is said brings a client back; it is away under another name, too."""
    room, one, _ = two_members()
    one.say("/away")
    one.say(line)
    one.hears()
    one.say("/whois " + next(iter(room.chat.state.roster)).nickname)
    assert one.hears()[-1].endswith(" is away")
    one.say("/back")
    assert one.hears() == ["you are back"]


def test_another_reason() -> None:
    """A client that is away may change the reason; one that is too long is refused, and changes nothing."""
    _, one, two = two_members()
    one.say("/away lunch\n/away coffee")
    assert two.hears() == ["TEDDC is away: lunch", "TEDDC is away: coffee"]
    one.hears()
    one.say(f"/away {'x' * (MAX_REASON + 1)}")
    assert one.hears() == ["error - a reason for /away has at most 200 characters"]
    two.say("/whois TEDDC")
    assert two.hears()[1:] == ["TEDDC is away: coffee"]
    one.say(f"/away {'x' * MAX_REASON}")
    assert two.hears() == [f"TEDDC is away: {'x' * MAX_REASON}"]


def test_the_same_reason_again_is_no_news() -> None:
    """A client that says again that it is away is answered, and the others receive nothing."""
    _, one, two = two_members()
    for line in ("/away", "/away lunch"):
        one.say(line)
        assert len(two.hears()) == 1
        answer = one.hears()
        one.say(line)
        assert one.hears() == answer
        assert two.hears() == []


def test_the_next_client_at_an_address_is_not_away() -> None:
    """A client that leaves is not away any more."""
    _, one, two = two_members()
    one.say("/away\n/quit")
    one.say("hello")
    assert len(one.hears()) == 3
    two.hears()
    two.say("/who")
    assert "away" not in two.hears()[0]
