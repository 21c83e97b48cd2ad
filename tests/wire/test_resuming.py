"""Coming back as the owner of a name, to the byte: `/resume`."""

from __future__ import annotations

import attrs
import pytest

from tests.domain.peers import peer
from tests.room import Client, Room, drawing
from tests.wire.acting import make_operator
from tests.wire.example import CLIENT, TEDDC, TYVEM, Example
from tests.wire.kitchen import nickname
from tests.wire.test_claims import TOKEN, token_of
from udpchat.domain.commands.resuming import (
    KeptShown,
    Resumed,
    ResumedElsewhere,
    TokenNeeded,
    TokensWait,
    TokenUnknown,
    WentOnAs,
)
from udpchat.domain.rooms.claim import KeptLine
from udpchat.domain.rooms.claims import MAX_KEPT_LINES
from udpchat.domain.rooms.inputs import Rules

AGAIN = "you are TEDDC, next time type: /resume "
SENTENCES = (
    Example(Resumed(TEDDC, "hash", TOKEN), b"you are TEDDC, next time type: /resume k7wm-3xqp-9d2f-bcde-fghj-kmnp\n"),
    Example(
        Resumed(TEDDC, "hash", missed=True),
        b"you are TEDDC, to read your next token type /claim\nyou missed some lines, to see them type /missed\n",
    ),
    Example(ResumedElsewhere(TEDDC, peer()), b"you have been disconnected, TEDDC goes on at another address\n"),
    Example(WentOnAs(TEDDC, CLIENT), b"TEDDC goes on as client\n"),
    Example(KeptShown((KeptLine(TYVEM, "hello", 0.0),)), b"[00:00] [Tyvem -> you] hello\n"),
    Example(TokenNeeded(), b"error - /resume takes the token that /claim showed you\n"),
    Example(
        TokenUnknown(), b"error - this token is not valid, or its name was given up, see the last one that you read\n"
    ),
    Example(TokensWait(), b"error - too many tokens came lately, try again in a minute\n"),
)


@attrs.define
class Owned:
    """A room with TEDDC, who owns that name by a token, and Tyvem."""

    room: Room = attrs.field(factory=lambda: Room(drawing("TEDDC", "Tyvem")))
    one: Client = attrs.field(init=False)
    two: Client = attrs.field(init=False)
    token: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.one, self.two = self.room.member(), self.room.member()
        self.token = token_of(self.one)

    def resume(self, client: Client) -> list[str]:
        """Let a client be the owner; return what it reads, and use the next token from now on."""
        client.say(f"/resume {self.token}")
        lines = client.hears()
        self.token = next(line for line in lines if AGAIN in line).split()[-1]
        return [line.removesuffix(self.token) for line in lines]


def test_a_stranger_goes_on_as_somebody_who_is_here() -> None:
    """The old client ends, the others notice nothing, and the member keeps what it had."""
    owned = Owned()
    room, one, two = owned.room, owned.one, owned.two
    one.say("/time on\n/hand\n/join kitchen\n/topic tea\n/private on")
    two.hears(), one.hears()
    three = room.client("10.0.0.9")
    assert owned.resume(three) == [
        "[00:00] you are alone in kitchen",
        "[00:00] showing the topic: tea",
        f"[00:00] {AGAIN}",
    ]
    assert one.hears() == ["you have been disconnected, TEDDC goes on at another address"]
    assert two.hears() == []
    three.say("hello there")
    assert three.hears() == ["[00:00] TEDDC: hello there"]
    one.say("hello there")
    assert one.hears() == [f"{nickname(one)}: hello there"]
    assert len(room.chat.state.roster) == 3


def test_a_member_goes_on_as_somebody_who_is_here() -> None:
    """Its own rooms read it once, under its old name."""
    owned = Owned()
    three, four = owned.room.member(), owned.room.member()
    three.say("/join kitchen")
    four.say("/join kitchen")
    for each in (owned.two, three, four):
        each.hears()
    name = nickname(three)
    assert owned.resume(three) == ["you are in lobby with Tyvem", AGAIN]
    assert four.hears() == [
        f"{name} goes on as TEDDC",
        "you hold kitchen now, you may use /topic, /key, /private, /invite, /next, /kick, /mute, /slow and /hush",
    ]
    assert owned.two.hears() == []


def test_an_owner_that_was_away() -> None:
    """It has its name and look again, reads what was kept for it, and can read what it missed."""
    owned = Owned()
    owned.one.say("/time on\n/quit")
    owned.two.say("good morning\n/msg teddc are you there?\n/tell TEDDC call me")
    assert owned.two.hears()[1:] == [
        "Tyvem: good morning",
        "[you -> TEDDC] are you there?",
        "TEDDC is not here, your words are kept until it is",
        "[you -> TEDDC] call me",
        "TEDDC is not here, your words are kept until it is",
    ]
    three = owned.room.client()
    assert owned.resume(three) == [
        f"[00:00] {AGAIN}",
        "[00:00] you missed some lines, to see them type /missed",
        "[00:00] [Tyvem -> you] are you there?",
        "[00:00] [Tyvem -> you] call me",
    ]
    assert owned.two.hears() == []
    three.say("/missed")
    assert three.hears() == ["[00:00] Tyvem: good morning"]
    assert owned.resume(three) == [f"[00:00] {AGAIN}", "[00:00] you missed some lines, to see them type /missed"]


def test_a_member_is_an_owner_that_was_away() -> None:
    """Its room reads that it goes on under another name, and it stays where it is."""
    owned = Owned()
    owned.one.say("/quit")
    three = owned.room.member()
    three.say("/join kitchen")
    owned.two.say("/join kitchen")
    three.hears(), owned.two.hears()
    name = nickname(three)
    assert owned.resume(three) == [AGAIN]
    assert owned.two.hears() == [f"{name} goes on as TEDDC"]
    three.say("hello there")
    assert owned.two.hears() == ["TEDDC: hello there"]


def test_who_may_not() -> None:
    """A token that nobody has, none at all, and one of a name that was given up or replaced."""
    owned = Owned()
    old = owned.token
    owned.token = token_of(owned.one)
    three = owned.room.member()
    for rest in (f" {old}", "", "  ", " x"):
        three.say(f"/resume{rest}")
    owned.one.say("/release")
    three.say(f"/resume {owned.token}")
    unknown = "error - this token is not valid, or its name was given up, see the last one that you read"
    needed = "error - /resume takes the token that /claim showed you"
    assert three.hears() == [unknown, needed, needed, unknown, unknown]


@pytest.mark.parametrize("leaves", [True, False])
def test_a_banned_name(*, leaves: bool) -> None:
    """Its owner is kept out wherever it comes from, and reads why; a ban may also come after it left."""
    owned = Owned()
    make_operator(owned.two)
    if leaves:
        owned.one.say("/quit")
    owned.two.say("/ban teddc 2h stop that")
    assert owned.two.hears()[-1] == "you banned TEDDC for 2 hours: stop that"
    three = owned.room.client("10.0.0.9")
    three.say(f"/resume {owned.token}")
    assert three.hears() == ["error - you are banned for 2 hours more: stop that"]
    owned.two.say("/unban TEDDC")
    assert AGAIN in owned.resume(three)


def test_a_claim_of_a_banned_name_under_another_one() -> None:
    """A ban of an owned name hits its owner, whatever it is called now."""
    owned = Owned()
    make_operator(owned.two)
    owned.one.say("/nick another")
    owned.two.hears()
    owned.two.say("/ban teddc 2h")
    assert owned.two.hears() == ["you banned TEDDC for 2 hours"]
    assert len(owned.room.chat.state.roster) == 1


def test_too_many_kept_words() -> None:
    """The sender reads that there is no room, and nothing is lost that was kept before."""
    owned = Owned()
    owned.one.say("/quit")
    owned.two.say("\n".join(["/msg TEDDC hi"] * (MAX_KEPT_LINES + 1)))
    assert owned.two.hears()[-1] == "error - TEDDC is not here, and no more words can be kept"
    three = owned.room.client()
    assert len([line for line in owned.resume(three) if "-> you" in line]) == MAX_KEPT_LINES


def test_a_reply_to_an_owner_that_left() -> None:
    """It is kept, and goes to nobody else."""
    owned = Owned()
    owned.one.say("/msg Tyvem hello\n/quit")
    owned.two.hears()
    owned.two.say("/reply hello yourself")
    assert owned.two.hears() == ["[you -> TEDDC] hello yourself", "TEDDC is not here, your words are kept until it is"]


def test_joins_are_announced_under_the_own_name() -> None:
    """An owner that comes back joins as itself; one that goes on elsewhere does not join."""
    owned = Owned()
    owned.room.hub.start(owned.room.carrier.address, Rules(announce_joins=True, motd="be kind"))
    three = owned.room.client()
    assert owned.resume(three) == ["you are in lobby with Tyvem", AGAIN]
    assert owned.two.hears() == []
    three.say("/quit")
    four = owned.room.client()
    assert owned.resume(four) == ["- be kind", AGAIN]
    assert owned.two.hears() == ["TEDDC has disconnected.", "TEDDC has connected."]
