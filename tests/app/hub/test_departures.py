"""Clients whose programs have ended leave the room, and only those."""

from __future__ import annotations

import pytest

from tests.programs import program
from tests.room import two_members
from udpchat.domain.datagram import Bounce
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import Input, Unreachable


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


def test_each_leaves_at_its_time() -> None:
    """Programs read when it was, also of several that leave together, and read the same when they ask again."""
    room, one, two = two_members()
    bot = program(room)
    begin = bot.comes_in("robot")["rooms"][0]["seq"]
    left = [Input(at, 0, client.end.address, Unreachable()) for at, client in ((5.0, one), (9.0, two))]
    room.hub.journal.append(left)
    room.hub.advance()
    found = bot.gets()
    assert [each["at"][-7:] for each in found] == ["05.000Z", "09.000Z"]
    assert bot.asks({"since": {"lobby": begin}}) == found


def test_a_bug_costs_one_departure(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the chat fails on one who leaves, the others still leave, and who is here is told."""
    room, one, _ = two_members()
    dying = [room.member() for _ in range(3)]
    for member in dying:
        member.end.close()
    execute = Chat.execute

    def sabotaged(self: Chat, given: Input) -> list[Delivery]:
        if isinstance(given.line, Unreachable) and given.sender == dying[0].end.address:
            raise RuntimeError
        return execute(self, given)

    monkeypatch.setattr(Chat, "execute", sabotaged)
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
    """/missed shows what may have been lost, also a line that the client did receive, and nothing from before."""
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


def test_a_connection_that_ends_may_have_lost_the_last_lines() -> None:
    """/missed begins with what may not have been read any more, and has nothing from long before."""
    room, one, two = two_members()
    two.say("heard long before")
    for _ in range(2):
        room.pass_time(1.0)
    two.say("on the way")
    room.carrier.returned.append(Bounce(b"", one.end.address, ended=True))
    room.settle()
    assert two.hears() == ["Tyvem: heard long before", "Tyvem: on the way", "TEDDC has disconnected."]
    one.hears()
    one.say("/missed")
    assert one.hears() == ["[00:00] Tyvem: on the way"]


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


def test_who_makes_a_room_of_the_same_name_reads_nothing_of_the_one_before() -> None:
    """A private room ends with its last member. The next line of the same batch makes another one."""
    room, one, two = two_members()
    one.say("/join den\n/private on")
    two.hears()
    gone = Input(0.0, 7, one.end.address, Unreachable())
    room.hub.journal.append([gone, Input(0.0, 7, two.end.address, "/join den")])
    room.hub.advance()
    assert two.hears() == [
        "you are alone in den",
        "you hold den now, you may use /topic, /key, /private, /invite, /next, /kick, /mute, /slow and /hush",
    ]
    assert room.chat.state.rooms.by_name["den"].holder == two.end.address


def test_a_member_that_holds_a_room_for_a_moment_is_not_notified() -> None:
    """It leaves in the same batch as the holder before it, and the one that stays reads that it holds the room now."""
    room, one, two = two_members()
    three = room.member()
    for client in (one, two, three):
        client.say("/join den")
    for client in (one, two, three):
        client.hears()
    room.hub.part_from([one.end.address, two.end.address])
    assert one.hears() == two.hears() == []
    assert (
        three.hears()[-1]
        == "you hold den now, you may use /topic, /key, /private, /invite, /next, /kick, /mute, /slow and /hush"
    )
