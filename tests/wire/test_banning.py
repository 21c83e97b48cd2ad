"""Keeping clients out, to the byte: `/ban`, `/unban`, `/bans`."""

from __future__ import annotations

import pytest
import structlog

from tests.room import Room, drawing
from tests.wire.acting import make_operator, with_operator
from tests.wire.example import TEDDC, Example
from tests.wire.test_moderation import ALICE
from udpchat.domain.commands.banning import (
    BanLifted,
    Banned,
    BanOfSelf,
    BansShown,
    BanWide,
    NetworkUnclear,
    NoSuchBan,
)
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.acts import FOREVER, Concerned
from udpchat.domain.rooms.entry import KeptOut, ServerClosed
from udpchat.domain.rooms.sanctions import Ban

BAN = Ban("Tyvem", 7200.0, TEDDC, "stop that", prefix="0a000001", bits=32)
SENTENCES = (
    Example(Banned(ALICE, "Tyvem", 7200.0, "stop that"), b"TEDDC banned Tyvem for 2 hours: stop that\n"),
    Example(Banned(ALICE, "Tyvem", 7200.0, "stop that"), b"you banned Tyvem for 2 hours: stop that\n", own=True),
    Example(Concerned(Banned(ALICE, "Tyvem", 7200.0, "stop that")), b"TEDDC banned you for 2 hours: stop that\n"),
    Example(Banned(ALICE, "192.0.2.0/24", 7200.0), b"you banned 192.0.2.0/24 for 2 hours\n", own=True),
    Example(Banned(ALICE, "192.0.2.0/24", 7200.0, is_network=True), b"TEDDC banned a network for 2 hours\n"),
    Example(BanLifted(ALICE, "Tyvem"), b"TEDDC unbanned Tyvem\n"),
    Example(BanLifted(ALICE, "Tyvem"), b"you unbanned Tyvem\n", own=True),
    Example(BanLifted(ALICE, "192.0.2.0/24", is_network=True), b"TEDDC unbanned a network\n"),
    Example(
        BansShown((BAN, Ban("192.0.2.0/24", FOREVER, "server")), 3600.0),
        b"1. Tyvem, for 1 hour more, by TEDDC: stop that\n2. 192.0.2.0/24, forever, by server\n",
    ),
    Example(BansShown((), 0.0), b"nobody is banned\n"),
    Example(BanWide("Tyvem", 12), b"error - this would ban 12 others too, to do it type: /ban Tyvem all\n"),
    Example(BanOfSelf(), b"error - this would ban an operator, use udpchat admin on the server itself\n"),
    Example(
        NetworkUnclear("192.0.2.0/33"),
        b"error - 192.0.2.0/33 is no network, it looks like 192.0.2.0/24 or 2001:db8::/48\n",
    ),
    Example(NoSuchBan("client"), b"error - client is not banned, see /bans\n"),
    Example(KeptOut(BAN, 5400.0), b"error - you are banned for 1 hour more: stop that\n"),
    Example(KeptOut(BAN, 5400.0, short=True), b"error - you are banned\n"),
    Example(ServerClosed(), b"error - nobody new can come in now\n"),
    Example(ServerClosed(short=True), b"error - closed\n"),
)


def test_an_operator_bans() -> None:
    """Who is banned leaves, reads why once if it comes back, and nothing after that. /unban lets it in again."""
    room, one, two, three = with_operator()
    one.say("/ban Tyvem 2h stop that")
    assert one.hears() == ["you banned Tyvem for 2 hours: stop that"]
    assert three.hears() == ["TEDDC banned Tyvem for 2 hours: stop that"]
    assert two.hears() == ["TEDDC banned you for 2 hours: stop that", "you have been disconnected."]
    for _ in range(3):
        two.say("hello there, let me in")
    assert two.hears() == ["error - you are banned for 2 hours more: stop that"]
    assert room.hub.admission.drops[DropReason.KEPT_OUT] == 3
    one.say("/bans\n/unban tyvem\n/bans\n/unban tyvem")
    assert one.hears() == [
        "1. Tyvem, for 2 hours more, by TEDDC: stop that",
        "you unbanned Tyvem",
        "nobody is banned",
        "error - tyvem is not banned, see /bans",
    ]
    two.say("hello there")
    assert one.hears() != []


def test_a_ban_ends_by_itself() -> None:
    """When its time is over, who was banned comes in like any stranger."""
    room, one, two, _ = with_operator()
    one.say("/ban Tyvem 30s")
    two.hears()
    room.now += 31
    two.say("hello there")
    assert one.hears()[-1].endswith(": hello there")


def test_what_a_stranger_reads_is_bounded() -> None:
    """It reads at most three bytes for each that it sent: the long sentence, the short one, or nothing."""
    _, one, two, _ = with_operator()
    one.say("/ban Tyvem 2h stop that")
    two.hears()
    for sent, answer in (("a", []), ("a", []), ("12345678", ["error - you are banned"]), ("a" * 99, [])):
        two.end.send([sent.encode()], [one.room.carrier.address])
        one.room.settle()
        assert two.hears() == answer


def test_a_ban_that_would_hit_many_others() -> None:
    """It is refused with their number, and done with `all`. A ban by nickname covers the network."""
    room = Room(drawing(*(f"name{letter}" for letter in "abcdef")))
    operator = room.member()
    make_operator(operator)
    others = [room.client("10.0.0.7") for _ in range(5)]
    for each in others:
        each.say("hello there")
    operator.hears()
    operator.say("/ban nameb")
    assert operator.hears() == ["error - this would ban 4 others too, to do it type: /ban nameb all"]
    operator.say("/ban nameb ALL 1h")
    assert operator.hears() == ["you banned nameb for 1 hour"]
    assert len(room.chat.state.roster) == 1
    stranger = room.client("10.0.0.7")
    stranger.say("hello there, it is me")
    assert stranger.hears() == ["error - you are banned for 1 hour more"]
    neighbour = room.client("10.0.0.8")
    neighbour.say("hello there")
    assert operator.hears()[-1].endswith(": hello there")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/ban", "error - /ban takes a nickname first"),
        ("/ban nobodyhere", "error - nobodyhere is not here"),
        ("/ban 10.0.0.0/33", "error - 10.0.0.0/33 is no network, it looks like 192.0.2.0/24 or 2001:db8::/48"),
        ("/ban TEDDC", "error - this would ban an operator, use udpchat admin on the server itself"),
        ("/ban 127.0.0.0/8", "error - this would ban an operator, use udpchat admin on the server itself"),
        ("/ban ::/0", "you banned ::/0 for 1 day"),
        ("/ban 203.0.113.9 forever", "you banned 203.0.113.9/32 forever"),
        ("/unban", "error - /unban takes a nickname first"),
        ("/unban 1", "error - 1 is not banned, see /bans"),
        ("/ban ::ffff:203.0.113.9", "you banned 203.0.113.9/32 for 1 day"),
        ("/ban ::ffff:203.0.0.0/112", "you banned 203.0.0.0/16 for 1 day"),
        ("/ban ::ffff:0.0.0.0/96", "error - this would ban an operator, use udpchat admin on the server itself"),
        ("/unban 0", "error - 0 is not banned, see /bans"),
    ],
)
def test_other_bans(line: str, answer: str) -> None:
    """A network is typed as an address with or without a length. No operator bans an operator."""
    _, one, two, _ = with_operator()
    one.say(line)
    assert one.hears() == [answer]
    two.say("hello there")
    assert one.hears() == ["Tyvem: hello there"]


def test_a_long_ban_takes_a_fresh_code() -> None:
    """A day is the most without one: who forges the address of an operator can do no more."""
    room, one, _, _ = with_operator()
    room.now += 60
    one.say("/ban Tyvem 2d\n/ban Tyvem 1d")
    assert one.hears() == [
        "error - this takes a code of the last 60 seconds, type /op NAME CODE and repeat it",
        "you banned Tyvem for 1 day",
    ]


def test_nobody_else_bans() -> None:
    """A member that is no operator reads that, and learns nothing of the bans."""
    _, one, two, _ = with_operator()
    two.say("/ban TEDDC\n/unban TEDDC\n/bans")
    assert two.hears() == ["error - only operators may do that, to become an operator type: /op NAME CODE"] * 3
    assert one.hears() == []


def test_a_network_is_not_shown_to_others() -> None:
    """Who goes at that moment is in it, so its name would show the address of a client. The log has it neither."""
    room, one, two, _ = with_operator()
    hidden = room.client("203.0.113.9")
    hidden.say("hello there")
    hidden.say(hidden.hears()[-1].removeprefix("to join, type: "))
    one.hears(), two.hears()
    with structlog.testing.capture_logs() as logged:
        one.say("/ban 203.0.113.9 1h stop that\n/unban 1")
    assert one.hears() == ["you banned 203.0.113.9/32 for 1 hour: stop that", "you unbanned 203.0.113.9/32"]
    assert two.hears() == ["TEDDC banned a network for 1 hour: stop that", "TEDDC unbanned a network"]
    assert hidden.hears()[-2:] == ["TEDDC banned you for 1 hour: stop that", "you have been disconnected."]
    assert "203.0.113" not in str([each for each in logged if each["log_level"] != "debug"])


def test_a_number_of_many_digits_is_no_ban() -> None:
    """Python reads no number of more than 4,300 digits, and a line may have more."""
    room, one, _, _ = with_operator()
    one.say("/unban " + "9" * 5000)
    assert "".join(one.hears()).endswith(" is not banned, see /bans")
    assert not room.hub.admission.drops[DropReason.BUG]
