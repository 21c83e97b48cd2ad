"""The people in the room, to the byte: `/list`, `/whoami`."""

from __future__ import annotations

import re

import attrs
import pytest

from tests.domain.peers import member
from tests.room import KEY, UNLIMITED, Room, drawing, whole_lines
from tests.wire.example import TEDDC, TYVEM, Example
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.people import ClientsListed, ListQueried, SelfShown
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.cloak import Cloak, ShowAddresses

SENTENCES = (
    Example(
        ClientsListed(
            tuple(member(MemoryAddress("127.0.0.1", port), name) for port, name in ((55265, TEDDC), (55274, TYVEM))),
            str,
        ),
        b"showing connected clients: 127.0.0.1:55265:TEDDC, 127.0.0.1:55274:Tyvem\n",
    ),
    Example(
        SelfShown(member(MemoryAddress("127.0.0.1", 55265), TEDDC), str),
        b"you are TEDDC, /list shows you as 127.0.0.1:55265:TEDDC\n",
    ),
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
