"""The room on a hostile network: what the gate, the reports of the network and the passing of time do to it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.journals import LateJournal
from tests.room import Client, Room, drawing, two_members
from udpchat.adapters.memory.network import MemoryCarrier
from udpchat.domain.address import Address
from udpchat.domain.admission.policy import Policy
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.cloak import Cloak

STRANGER = "203.0.113.7"  # RFC 5737: as good as any global address, and nobody's


def stranger(room: Room, host: str = STRANGER) -> Client:
    """Return a client at a global address."""
    return room.client(host)


def enter(client: Client) -> None:
    """Ask for the code and send it back."""
    client.say("hello there\n")
    (prompt,) = client.hears()
    assert prompt.startswith("to join, type: /enter ")
    client.say(prompt.removeprefix("to join, type: "))


def test_reports_about_strangers_mean_nothing() -> None:
    """What comes back from an address that is not in the room is not sent again."""
    room, _, two = two_members()
    client = stranger(room)
    client.send("hello everybody")
    client.end.close()
    room.settle()
    assert two.hears() == []
    assert room.hub.admission.drops == {DropReason.CODE_ASKED: 1, DropReason.UNREACHABLE: 1}


def test_a_stranger_from_far_away_sees_nothing_without_the_code() -> None:
    """It hears the prompt alone, nobody hears of it, and with the code it is in and told its name."""
    room = Room(drawing("TEDDC", "guest"))
    one, client = room.member(), stranger(room)
    client.say("hello there\n/list\n/nick TEDDC2\n")
    one.say("secret")
    prompt, unsent = client.hears()
    assert unsent == "error - your line was not sent"
    assert one.hears() == ["TEDDC: secret"]
    client.say(prompt.removeprefix("to join, type: "))
    (entered,) = client.hears()
    name = entered.removeprefix("you are in the room as ").removesuffix(", lines before the code were not sent")
    client.say("hi")
    assert one.hears() == [f"{name}: hi"]


def test_who_enters_twice_is_told_so() -> None:
    """/enter is answered wherever it is typed, and never said."""
    _, one, two = two_members()
    one.say("/enter abc\n/enter\n")
    assert one.hears() == ["you are in the room already, as TEDDC"] * 2
    assert two.hears() == []


def test_addresses_from_far_away_are_hidden() -> None:
    """/list shows a word in place of a global address, the same for all of one host, and loopback as it is."""
    room = Room(drawing("TEDDC"))
    room.chat.state.show = Cloak("auto", room.key)
    one, two, three = room.member(), stranger(room), stranger(room)
    enter(two)
    enter(three)
    one.say("/list")
    (listed,) = one.hears()
    here, there, too = listed.removeprefix("showing connected clients: ").split(", ")
    assert here == f"{one.end.address}:TEDDC"
    assert there.partition(":")[0] == too.partition(":")[0]
    assert len(there.partition(":")[0]) == 8
    assert STRANGER not in listed


def test_nothing_is_kept_of_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transport may forget who was not let in, and who left, but not one who came in with the same batch."""
    forgotten: list[Address] = []

    def forget(_: MemoryCarrier, addresses: Iterable[Address]) -> None:
        forgotten.extend(addresses)

    monkeypatch.setattr(MemoryCarrier, "forget", forget)
    room = Room()
    outside, inside = stranger(room), stranger(room)
    outside.say("hello there")
    assert forgotten == [outside.end.address]
    inside.say("hello there")
    forgotten.clear()
    (prompt,) = inside.hears()
    inside.send("hello again, and wrong")
    inside.send(prompt.removeprefix("to join, type: "))
    room.settle()
    assert forgotten == []
    inside.say("/quit")
    room.pass_time(1)
    assert forgotten == [inside.end.address]


def test_nothing_is_kept_of_who_made_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent client that makes room is notified first, and then the transport and the gate forget it."""
    forgotten: list[Address] = []

    def forget(_: MemoryCarrier, addresses: Iterable[Address]) -> None:
        forgotten.extend(addresses)
        assert silent.hears()[-1] == "you have been disconnected."

    room = Room(policy=Policy(max_clients=1))
    silent, newcomer = room.client(), room.client()
    silent.say("\n" * 100)  # with more lines than it may send
    newcomer.say("let me in")
    monkeypatch.setattr(MemoryCarrier, "forget", forget)
    newcomer.say(newcomer.hears()[0])
    assert forgotten == [silent.end.address]
    admission = room.hub.admission
    assert list(admission.quotas.clients) == [newcomer.end.address] == list(room.chat.state.roster.members)
    assert not admission.notices.floods
    assert not admission.quotas.silent


def test_a_place_that_is_taken_while_the_journal_is_late() -> None:
    """The line that a client sends after its place was taken is that of a stranger, and its departure comes first."""
    journal = LateJournal()
    room = Room(drawing("TEDDC", "Tyvem"), journal=journal, policy=Policy(max_clients=1))
    silent, newcomer = room.member_of(journal), room.client()
    newcomer.say("let me in")
    newcomer.say(newcomer.hears()[0])
    silent.say("I am here")
    journal.commit()
    room.hub.advance()
    assert silent.hears()[-1] == "you have been disconnected."
    assert list(room.chat.state.roster.members) == [newcomer.end.address]


def test_who_is_idle_leaves() -> None:
    """With a timeout, who says nothing for so long is told, and so are the others."""
    room = Room(drawing("TEDDC", "Tyvem"), policy=Policy(idle_timeout=60))
    one, two = room.member(), room.member()
    room.pass_time(59)
    two.say("still here")
    room.pass_time(1)
    why = "you sent nothing for 60 seconds, the idle timeout"
    assert one.hears() == ["Tyvem: still here", why, "you have been disconnected."]
    assert two.hears() == ["Tyvem: still here", "TEDDC has disconnected."]
    room.pass_time(1)
    assert two.hears() == []


def test_a_flood_costs_the_others_nothing() -> None:
    """A client may say so much; what is over is dropped, told to it alone, and all that the others say is heard."""
    room = Room(drawing("TEDDC", "Tyvem"), policy=Policy())
    one, two = room.member(), room.member()
    for number in range(50):
        one.send("flood\n" * 100)
        two.send(f"line {number}")
    room.settle()
    heard = two.hears()
    assert [line for line in heard if line.startswith("Tyvem")] == [f"Tyvem: line {number}" for number in range(50)]
    assert heard.count("TEDDC: flood") == 59
    assert not [line for line in one.hears() if line.startswith("error")]
    assert room.hub.admission.drops == {DropReason.CLIENT_RATE: 5000 - 59}
    room.pass_time(2)
    assert one.hears() == [f"error - slow down, {5000 - 59} lines were not sent"]


def test_a_paste_of_lists_is_worth_a_few() -> None:
    """The answers to /list are paid for, so in a large room a paste of them ends soon."""
    room = Room(policy=Policy(prefix_rate=0))
    members = [room.member() for _ in range(300)]
    members[0].say("/list\n" * 20)
    heard = members[0].hears()
    beginnings = [line for line in heard if f"{members[0].end.address}:" in line]
    assert 1 < len(beginnings) < 10
    room.pass_time(2)
    assert members[0].hears() == [f"error - slow down, {20 - len(beginnings)} lines were not sent"]


def test_lines_that_are_refused_are_counted() -> None:
    """A line over the limit has a reason in the counts."""
    room, one, _ = two_members()
    one.say("x" * 9000)
    assert room.hub.admission.drops == {DropReason.LINE_TOO_LONG: 1}


def test_time_passes_in_the_middle_of_a_batch() -> None:
    """What was left of a batch is still handled, in order, when time passes in between."""
    room, one, two = two_members()
    one.send("\n".join(str(number) for number in range(5000)))
    room.hub.turn(room.carrier)
    assert room.hub.unfinished
    room.pass_time(1)
    room.settle()
    assert two.hears() == [f"TEDDC: {number}" for number in range(5000)]
