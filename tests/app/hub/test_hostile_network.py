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
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.inputs import Input, Unreachable

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


def test_a_ghost_leaves_at_the_first_line_after_it_closed() -> None:
    """What comes back is sent once more; when that comes back too, the others hear that it has disconnected, once."""
    room, one, two = two_members()
    three = room.member()
    one.end.close()
    for client in (two, three):
        client.say("anybody?")
    heard = ["Tyvem: anybody?", "TEDDC has disconnected.", "aaaaa: anybody?"]
    assert two.hears() == heard
    assert three.hears() == heard
    assert one.end.address not in room.chat.state.roster


def test_a_ghost_gives_its_nickname_back() -> None:
    """The name of a client that has ended is taken for the first who asks, and free at the next try."""
    _, one, two = two_members()
    one.end.close()
    two.say("/nick TEDDC")
    assert two.hears() == ["error - nickname TEDDC is already in use", "TEDDC has disconnected."]
    two.say("/nick TEDDC")
    assert two.hears() == ["new nickname set Tyvem->TEDDC"]


def test_those_who_leave_together_are_not_told_of_each_other() -> None:
    """Of 50 who are gone at once, two datagrams to each come back, and the living are told in one or two."""
    room, one, two = two_members()
    for member in [room.member() for _ in range(50)]:
        member.end.close()
    one.say("anybody?")
    assert room.hub.admission.drops == {DropReason.UNREACHABLE: 100}
    assert len(two.gets()) == 2
    assert len(room.chat.state.roster) == 2


def test_a_bug_costs_one_departure(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the chat fails on one who leaves, the others still leave, and who is here is told."""
    room, one, _ = two_members()
    dying = [room.member() for _ in range(3)]
    for member in dying:
        member.end.close()
    handle = Chat.handle

    def sabotaged(self: Chat, given: Input) -> list[Delivery]:
        if isinstance(given.line, Unreachable) and given.sender == dying[0].end.address:
            raise RuntimeError
        return handle(self, given)

    monkeypatch.setattr(Chat, "handle", sabotaged)
    one.say("anybody?")
    assert len(one.hears()) == 3
    assert room.hub.admission.drops[DropReason.BUG] >= 1
    assert len(room.chat.state.roster) == 3


def test_who_is_back_at_its_port_in_time_stays() -> None:
    """A datagram that came back reaches the one who is at that port again, once, and nobody else."""
    room, one, two = two_members()
    one.end.close()
    two.send("anybody?")
    room.hub.turn(room.carrier)
    assert two.hears() == ["Tyvem: anybody?"]
    one.end = room.network.attach(one.end.address)
    room.settle()
    assert one.hears() == ["Tyvem: anybody?"]
    assert two.hears() == []
    assert room.hub.admission.drops == {DropReason.UNREACHABLE: 1}


def test_who_was_gone_is_shown_the_line_that_came_back() -> None:
    """/missed begins with the first line that reached nobody, not with the first after its hearer was removed."""
    room, one, two = two_members()
    one.say("still there")
    for _ in range(3):
        room.pass_time(1.0)
    one.end.close()
    for line in ("TEDDC, are you there?", "TEDDC is gone"):
        two.say(line)
        room.pass_time(1.0)
    one.end = room.network.attach(one.end.address)
    one.say("/missed")
    assert one.hears() == ["[00:00] Tyvem: TEDDC, are you there?", "[00:00] Tyvem: TEDDC is gone"]


def test_a_report_that_takes_a_second_tells_no_less() -> None:
    """What may have been lost is shown, be it a line that was heard; of what was said before that nothing is."""
    room, one, two = two_members()
    two.say("heard long before")
    for _ in range(2):
        room.pass_time(1.0)
    two.say("heard just before")
    one.end.close()
    two.send("lost")
    room.hub.turn(room.carrier)
    room.pass_time(1.0)
    room.settle()
    one.end = room.network.attach(one.end.address)
    one.say("/missed")
    assert one.hears() == ["[00:00] Tyvem: heard just before", "[00:00] Tyvem: lost"]


def test_a_suspect_that_speaks_is_no_suspect() -> None:
    """Two reports with a word in between are two first ones."""
    room, one, two = two_members()
    for _ in range(2):
        room.network.detach(one.end.address)
        two.send("x")
        room.hub.turn(room.carrier)
        one.end = room.network.attach(one.end.address)
        room.settle()
        one.say("here")
        assert one.hears() == ["Tyvem: x", "TEDDC: here"]
    assert one.end.address in room.chat.state.roster


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
