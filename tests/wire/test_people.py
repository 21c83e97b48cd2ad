"""Who is here, to the byte: `/list`, `/who`, `/whois`, `/whoami`."""

from __future__ import annotations

import re

import attrs
import pytest

from tests.domain.peers import member
from tests.moving import go
from tests.room import KEY, UNLIMITED, Room, drawing, two_members, whole_lines
from tests.wire.example import TEDDC, TYVEM, Example
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.people import (
    ClientShown,
    ClientsListed,
    ListQueried,
    NamesShown,
    RoomUnclear,
    RoomUnknown,
    SelfShown,
)
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.cloak import Cloak, ShowAddresses

AWAY = MemoryAddress("127.0.0.1", 55274)
TWO = tuple(member(each, name) for each, name in ((MemoryAddress("127.0.0.1", 55265), TEDDC), (AWAY, TYVEM)))
SENTENCES = (
    Example(
        ClientsListed(TWO, str),
        b"showing connected clients: 127.0.0.1:55265:TEDDC, 127.0.0.1:55274:Tyvem\n",
    ),
    Example(
        SelfShown(member(MemoryAddress("127.0.0.1", 55265), TEDDC), str),
        b"you are TEDDC, /list shows you as 127.0.0.1:55265:TEDDC\n",
    ),
    Example(
        SelfShown(member(MemoryAddress("127.0.0.1", 55265), TEDDC), str, "kitchen"),
        b"you are TEDDC, in kitchen, /list shows you as 127.0.0.1:55265:TEDDC\n",
    ),
    Example(NamesShown("kitchen", TWO, frozenset((AWAY,))), b"showing who is in kitchen: TEDDC, Tyvem (away)\n"),
    Example(NamesShown("kitchen", (), frozenset()), b"showing who is in kitchen: nobody\n"),
    Example(RoomUnclear(), b"error - /who takes the name of one room\n"),
    Example(RoomUnknown("kitchen"), b"error - there is no room kitchen\n"),
    Example(
        ClientShown(TEDDC, ("kitchen",), 7230.0, 180.0, "127.0.0.1:55265", None),
        b"TEDDC is in kitchen, here for 2 hours, idle for 3 minutes, at 127.0.0.1:55265\n",
    ),
    Example(
        ClientShown(TEDDC, ("lobby", "kitchen"), 59.0, 59.0, "127.0.0.1:55265", ""),
        b"TEDDC is in lobby and kitchen, here for 59 seconds, at 127.0.0.1:55265\nTEDDC is away\n",
    ),
    Example(
        ClientShown(TEDDC, (), None, None, "127.0.0.1:55265", "lunch"),
        b"TEDDC is here, at 127.0.0.1:55265\nTEDDC is away: lunch\n",
    ),
    Example(ClientShown(TEDDC, (), 7230.0, None, "h4s8kq2w", None), b"TEDDC has been here for 2 hours, at h4s8kq2w\n"),
    Example(ListQueried(TEDDC), b"TEDDC queried connected client list\n"),
    Example(ListQueried(TEDDC), b"", own=True),
)


def test_list() -> None:
    """The list has address, port and nickname in order of joining; the others are notified that a client asked."""
    room = Room(drawing("xxHPr", "Tyvem", "TEDDC"))
    one, two, three = room.client(port=55265), room.client(port=55274), room.client("::1", 55278)
    for each in (one, two, three):
        each.say("")
        each.gets()
    three.say("/nick client")
    assert [each.hears() for each in (one, two, three)] == [
        ["TEDDC changed their nickname to client"],
        ["TEDDC changed their nickname to client"],
        ["new nickname set TEDDC->client"],
    ]
    two.say("/list")
    listed = b"showing connected clients: 127.0.0.1:55265:xxHPr, 127.0.0.1:55274:Tyvem, [::1]:55278:client\n"
    assert two.gets() == [listed]
    assert one.gets() == three.gets() == [b"Tyvem queried connected client list\n"]


@pytest.mark.parametrize(
    ("shows", "host", "shown"),
    [("auto", "127.0.0.1", "127.0.0.1:55265"), ("auto", "203.0.113.7", r"[a-z2-9]{8}"), ("no", "::1", r"[a-z2-9]{8}")],
)
def test_whoami(shows: ShowAddresses, host: str, shown: str) -> None:
    """The one that asks receives its nickname and its entry in the list, and the others receive nothing."""
    room = Room(drawing("TEDDC", "Tyvem"), policy=attrs.evolve(UNLIMITED, admission="open"))
    room.chat.state.show = Cloak(shows, KEY)
    one, two = room.client(host, 55265), room.member()
    one.say("/nick bob\n/whoami")
    answer = one.hears()[-1]
    assert re.fullmatch(rf"you are bob, /list shows you as {shown}:bob", answer)
    assert two.hears() == ["Tyvem changed their nickname to bob"]
    one.say("/list")
    assert answer.rpartition(" ")[2] in one.hears()[0]


def test_long_list() -> None:
    """A list that is longer than a datagram continues in further ones, each a line with the same beginning."""
    room = Room(max_datagram=MIN_DATAGRAM)
    members = [room.member() for _ in range(50)]
    members[0].say("/list")
    got = members[0].gets()
    assert len(got) > 1
    assert all(len(payload) <= MIN_DATAGRAM for payload in got)
    beginning = "showing connected clients: "
    lines = [line for payload in got for line in whole_lines(payload)]
    assert all(line.startswith(beginning) for line in lines)
    assert all(len(payload) > MIN_DATAGRAM - len(", 127.0.0.1:55000:aaaaa") for payload in got[:-1]), "few as can be"
    entries = [entry for line in lines for entry in line.removeprefix(beginning).split(", ")]
    assert entries == [f"{member.address}:{member.nickname}" for member in room.chat.state.roster]


@pytest.mark.parametrize("line", ["/who", "/names", "/WHO lobby", "/who #Lobby"])
def test_who(line: str) -> None:
    """The one that asks receives names alone, in order of entering, and who is away; the others receive nothing."""
    _, one, two = two_members()
    two.say("/away lunch")
    one.hears(), two.hears()
    one.say(line)
    assert one.gets() == [b"showing who is in lobby: TEDDC, Tyvem (away)\n"]
    assert two.gets() == []
    two.say("/back")
    one.hears()
    one.say(line)
    assert one.hears() == ["showing who is in lobby: TEDDC, Tyvem"]


def test_who_is_in_another_room() -> None:
    """A room can be named. One without members is shown as such, and one that does not exist is an error."""
    _, one, two = two_members()
    room = go(two, "kitchen")
    one.say("/who kitchen\n/who")
    assert one.hears() == ["showing who is in kitchen: Tyvem", "showing who is in lobby: TEDDC"]
    two.say("hello")
    go(two, "lobby")
    one.say("/who kitchen")
    assert one.hears() == ["showing who is in kitchen: nobody"]
    one.say(f"/who cellar\n/who two words\n/who {'x' * 3000}")
    assert one.hears()[:2] == ["error - there is no room cellar", "error - /who takes the name of one room"]
    assert room.name == "kitchen"


def test_a_private_room_is_as_if_it_did_not_exist() -> None:
    """Who is not in it reads no more of it than of any name that no room has; those in it are answered."""
    _, one, two = two_members()
    go(two, "kitchen").private = True
    one.say("/who kitchen\n/whois Tyvem")
    assert one.hears() == ["error - there is no room kitchen", "Tyvem has been here for 0 seconds, at 127.0.0.1:55001"]
    two.say("/who\n/who kitchen\n/whois Tyvem\n/whoami")
    assert two.hears() == [
        *["showing who is in kitchen: Tyvem"] * 2,
        "Tyvem is in kitchen, here for 0 seconds, at 127.0.0.1:55001",
        "you are Tyvem, in kitchen, /list shows you as 127.0.0.1:55001:Tyvem",
    ]


def test_a_long_list_of_names() -> None:
    """Names that do not fit into a datagram continue in further ones, each a line with the same beginning."""
    room = Room(max_datagram=MIN_DATAGRAM)
    members = [room.member() for _ in range(100)]
    members[0].say("/who")
    lines = members[0].hears()
    beginning = "showing who is in lobby: "
    names = [name for line in lines for name in line.removeprefix(beginning).split(", ")]
    assert len(lines) > 1
    assert all(line.startswith(beginning) for line in lines)
    assert names == [member.nickname for member in room.chat.state.roster]


def test_whois() -> None:
    """The one that asks receives room, times and address of another one, and why it is away; nobody else anything."""
    room = Room(drawing("TEDDC", "Tyvem"), now=1000.0)
    one, two = room.member(), room.member()
    room.now += 125
    one.say("/whois tyvem")
    assert one.gets() == [b"Tyvem is in lobby, here for 2 minutes, idle for 2 minutes, at 127.0.0.1:55001\n"]
    two.say("/away")
    room.now += 7200
    one.say("/back")
    one.hears()
    one.say("/whois Tyvem\n/whois TEDDC")
    assert one.hears() == [
        "Tyvem is in lobby, here for 2 hours, idle for 2 hours, at 127.0.0.1:55001",
        "Tyvem is away",
        "TEDDC is in lobby, here for 2 hours, at 127.0.0.1:55000",
    ]
    two.hears()
    one.say("/whois\n/whois two words\n/whois dummy")
    assert one.hears() == [*["error - /whois takes one nickname"] * 2, "error - dummy is not here"]
    assert two.hears() == []


def test_whois_of_a_member_whose_times_are_unknown() -> None:
    """A time that an earlier version did not store is left out."""
    room, one, two = two_members()
    place = room.chat.state.roster.members[two.end.address].place
    place.since = place.last = 0.0
    one.say("/whois Tyvem")
    assert one.hears() == ["Tyvem is in lobby, at 127.0.0.1:55001"]


@pytest.mark.parametrize("nickname", ["a" * 24, "\u65e5" * 24])
def test_the_longest_names_fit(nickname: str) -> None:
    """Whatever the names and the reason, each line is whole and fits into the smallest datagram."""
    room = Room(max_datagram=MIN_DATAGRAM, now=1000.0)
    one, two = room.member(), room.member()
    one.say(f"/nick {nickname}")
    go(one, nickname[:-1])
    two.hears()
    one.say(f"/away {nickname[0] * 200}")
    one.hears()
    two.say(f"/whois {nickname}\n/who {nickname[:-1]}\n/whois {'x' * 3000}\n/who {'x' * 3000}")
    got = two.gets()
    assert all(len(payload) <= MIN_DATAGRAM for payload in got)
    where, *why, names, who, room_ = (line for payload in got for line in whole_lines(payload))
    assert where.startswith(f"{nickname} is in {nickname[:-1]}, here for ")
    assert "".join(line.removeprefix(f"{nickname} is away: ") for line in why) == nickname[0] * 200
    assert names == f"showing who is in {nickname[:-1]}: {nickname} (away)"
    assert who.endswith("xxx... is not here")
    assert room_.endswith("xxx...")
