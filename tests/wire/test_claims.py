"""One's own name, to the byte: `/claim`, `/release`, `/restore`."""

from __future__ import annotations

import re

import pytest

from tests.domain.peers import peer
from tests.room import Client, Room, drawing, two_members
from tests.wire.acting import make_operator, with_operator
from tests.wire.example import TEDDC, TYVEM, Example
from tests.wire.kitchen import nickname
from udpchat.domain.commands.arguments import NicknameNeeded
from udpchat.domain.commands.claims import (
    ClaimsFull,
    NameClaimed,
    NameGivenUp,
    NameReleased,
    NameRestored,
    NetworkClaims,
    NotOwned,
    ReleaseName,
    release_name,
)
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import Notify
from udpchat.domain.rooms.inputs import Input, Rules
from udpchat.domain.rooms.rights import Actor, Right
from udpchat.domain.rooms.room import Room as ChatRoom
from udpchat.domain.rooms.succession import NameBelongs
from udpchat.domain.rooms.tokens import OwnsNothing, TokenSpoilt

TOKEN = "k7wm-3xqp-9d2f-bcde-fghj-kmnp"  # noqa: S105 - an example
ACTOR = Actor(TEDDC, Right.OPERATOR, ChatRoom("lobby"), peer())
SENTENCES = (
    Example(
        NameClaimed(TEDDC, "hash", TOKEN),
        b"you own TEDDC, to be TEDDC anywhere keep this and type: /resume k7wm-3xqp-9d2f-bcde-fghj-kmnp\n",
    ),
    Example(NameClaimed(TEDDC, "hash"), b"you own TEDDC, to read your token type /claim again\n"),
    Example(NameGivenUp(TEDDC), b"you own TEDDC no longer\n"),
    Example(NameReleased(ACTOR, TYVEM), b"you own Tyvem no longer, by TEDDC\n"),
    Example(NameReleased(ACTOR, TYVEM), b"you released the name Tyvem\n", own=True),
    Example(NameRestored(ACTOR, TYVEM), b"you own Tyvem, by TEDDC, for a token type /claim\n"),
    Example(NameRestored(ACTOR, TYVEM), b"you restored the name Tyvem\n", own=True),
    Example(OwnsNothing(), b"error - you own no name, to own yours type /claim\n"),
    Example(NotOwned("client"), b"error - client belongs to nobody\n"),
    Example(NetworkClaims(), b"error - 5 names were claimed from your network already, more is not possible\n"),
    Example(ClaimsFull(), b"error - no more names can be claimed on this server\n"),
    Example(NameBelongs(TEDDC), b"error - somebody else has the name TEDDC\n"),
    Example(TokenSpoilt(), b"error - there was no new token, type it again\n"),
)
GROUPS = "([a-km-np-z2-9]{4}-){5}[a-km-np-z2-9]{4}"


def token_of(client: Client) -> str:
    """Let a client claim its nickname, and return its token."""
    client.say("/claim")
    (line,) = client.hears()
    return line.split()[-1]


def test_claim() -> None:
    """The owner reads its token, which is another one each time. The others read nothing."""
    _, one, two = two_members()
    one.say("/claim")
    one.say("/CLAIM again and again")
    lines = one.hears()
    for line in lines:
        assert re.fullmatch(f"you own TEDDC, to be TEDDC anywhere keep this and type: /resume {GROUPS}", line)
    assert len(set(lines)) == 2
    assert two.hears() == []


def test_a_name_without_its_owner() -> None:
    """Nobody else gets it, whatever it looks like, until its owner gives it up."""
    _, one, two = two_members()
    one.say("/claim\n/nick other")
    two.hears()
    for name in ("TEDDC", "teddc", "T\u0435DDC"):
        two.say(f"/nick {name}")
    assert two.hears() == [
        "error - nickname TEDDC belongs to somebody",
        "error - nickname teddc belongs to somebody",
        "error - a nickname does not mix scripts",
    ]
    one.say("/nick TEDDC")
    one.say("/nick other\n/release")
    assert one.hears()[-1] == "you own TEDDC no longer"
    two.say("/nick TEDDC")
    assert two.hears()[-1] == "new nickname set Tyvem->TEDDC"


def test_release() -> None:
    """An owner gives up its own name, with or without naming it. For others it takes an operator."""
    _, one, two = two_members()
    one.say("/release\n/claim\n/release teddc\n/claim")
    two.say("/release TEDDC\n/release TEDDC now")
    assert one.hears()[0] == "error - you own no name, to own yours type /claim"
    assert two.hears() == [
        "error - only operators may do that, to become an operator type: /op NAME CODE",
        "error - /release takes one nickname",
    ]


def test_operators_release_and_restore() -> None:
    """The owner reads it, and whoever acted reads its own words; the others read nothing."""
    _, one, two, three = with_operator()
    two.say("/claim")
    two.hears()
    one.say("/release tyvem\n/release tyvem\n/restore tyvem\n/restore nobody2\n/release")
    assert one.hears() == [
        "you released the name Tyvem",
        "error - tyvem belongs to nobody",
        "you restored the name Tyvem",
        "error - nobody2 is not here",
        "error - you own no name, to own yours type /claim",
    ]
    assert two.hears() == [
        "you own Tyvem no longer, by TEDDC",
        "you own Tyvem, by TEDDC, for a token type /claim",
    ]
    two.say("/claim")
    assert two.hears()[0].startswith("you own Tyvem, to be Tyvem anywhere")
    assert three.hears() == []


def test_five_names_for_each_network() -> None:
    """More are refused, until one is given up, and on loopback there is no such limit. An operator may do more."""
    room = Room()
    clients = [room.client("10.0.0.7") for _ in range(6)]
    for client in clients:
        client.say("hello there\n/claim")
    refused = "error - 5 names were claimed from your network already, more is not possible"
    assert [client.hears()[-1] == refused for client in clients] == [False] * 5 + [True]
    operator = room.member()
    make_operator(operator)
    name = nickname(clients[5])
    operator.say(f"/restore {name}")
    assert clients[5].hears()[-1].startswith(f"you own {name}, by")
    clients[5].say("/claim")
    assert clients[5].hears()[-1].startswith(f"you own {name}, to be")
    others = [room.member() for _ in range(6)]
    for client in others:
        client.say("/claim")
        assert client.hears()[0].startswith("you own ")


def test_as_many_names_as_the_rules_say() -> None:
    """More are refused, but an owner may have another token."""
    room = Room(drawing("start", "TEDDC", "Tyvem"))
    room.hub.start(room.carrier.address, Rules(max_claims=1))
    one, two = room.member(), room.member()
    token_of(one)
    two.say("/claim")
    assert two.hears() == ["error - no more names can be claimed on this server"]
    assert token_of(one)


@pytest.mark.parametrize("line", ["/claim", "/resume k7wm", "/release", "/restore x"])
def test_before_there_was_order(line: str) -> None:
    """The words were unknown."""
    room, one, _ = two_members()
    room.chat.state.grammar = 3
    one.say(line)
    assert one.hears()[0] == f"error - unknown command {line.split(maxsplit=1)[0]}, try /help"


@pytest.mark.parametrize("line", ["/restore x", "/release x"])
def test_who_may_not(line: str) -> None:
    """It takes an operator."""
    _, one, _ = two_members()
    one.say(line)
    assert one.hears() == ["error - only operators may do that, to become an operator type: /op NAME CODE"]


def test_the_machine_needs_a_name() -> None:
    """It owns none itself."""
    room, one, _ = two_members()
    state = room.chat.state
    actor = Actor("server", Right.MACHINE, state.rooms.lobby, room.carrier.address)
    with pytest.raises(Rejected) as refused:
        release_name(state, actor, ReleaseName(""), Input(0.0, 0, room.carrier.address, ""))
    assert refused.value.why == NicknameNeeded("/release")
    one.say("/claim")
    one.hears()
    (_, released), (audience, _) = release_name(
        state, actor, ReleaseName("teddc"), Input(0.0, 0, room.carrier.address, "")
    )
    assert b"".join(render(released, 1400)) == b"you own TEDDC no longer, by server\n"
    assert audience == Notify(one.end.address)
    assert isinstance(released, NameReleased)
    assert released.record() == {"act": "released", "by": "server", "right": "machine", "whom": "TEDDC"}
