"""What a command costs: those whom it notifies, in the rooms that it concerns."""

from __future__ import annotations

from tests.room import Client, Room
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.admission.quota import ANSWER_RATE, FREE_RECIPIENTS
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.text.nickname import Nickname


def crowd(room: Room, members: int, name: str = "lobby") -> None:
    """Let so many others be in a room of the server. They are on no network, so what they receive is not kept."""
    state = room.chat.state
    for number in range(members):
        nickname = Nickname(f"{name}{number}")
        member = state.add(MemoryAddress("10.0.0.1", 1 + len(state.roster), ""), nickname, 0.0)
        if name != "lobby":
            state.exit(member, state.rooms.lobby)
            state.rooms.enter(member, state.rooms.by_name[name])


def paid(room: Room, client: Client, command: str) -> float:
    """Return how many lines a client may say less, at once, because of a command that it sends when it may send all."""
    bucket = room.hub.admission.quotas.clients[client.end.address].buckets[0]
    room.now += 2 * BURST_SECONDS
    before = bucket.tokens(room.now)
    client.say(command)
    client.hears()
    return before - bucket.tokens(room.now)


def test_a_client_pays_for_its_room_only() -> None:
    """In a small room on a large server, a command costs what it costs on a small server. Moving costs both rooms."""
    room = Room(policy=Policy())
    one, two = room.member(), room.member()
    crowd(room, 10_000)
    for command in ("/nick n", "/join den", "/join #DEN key"):
        assert 15 < paid(room, one, command) < 25
        paid(room, one, "/leave")
    assert paid(room, one, "/join den") > 15
    two.say("/join den")
    for command in ("/nick m", "/list", "/topic lunch", "/private on", "/key sesame", "/join den2", "/join"):
        assert paid(room, one, command) < 2, command
    for command in ("/leave", "/join lobby"):
        paid(room, one, "/join den2")
        assert 15 < paid(room, one, command) < 25
    room.hub.admission.quotas.answers.take(2 * BURST_SECONDS * ANSWER_RATE, room.now)
    two.say("/topic lunch\n/leave")
    assert room.hub.admission.drops[DropReason.SERVER_RATE] == 1, "all others pay for the move, few read the topic"


def test_who_may_not_know_a_room_does_not_pay_for_it() -> None:
    """Otherwise the price would tell how many are in a private room."""
    room = Room(policy=Policy())
    one, two = room.member(), room.member()
    crowd(room, FREE_RECIPIENTS)
    for command in ("/join den", "/private on"):
        one.say(command)
    crowd(room, 5000, "den")
    assert paid(room, two, "/join den") < 1.5
    assert paid(room, one, "/leave") > 9
