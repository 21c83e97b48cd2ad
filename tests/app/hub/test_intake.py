"""The intake: members before strangers, and how little a flood of strangers costs the others."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.room import Client, Room
from udpchat.app.hub import intake
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.drop_reason import DropReason

BATCHES = 20
STRANGERS = intake.MAX_DATAGRAMS - 1  # in each batch, in front of the line of a member
FLOOD = BATCHES * STRANGERS
MEMBERS = 1000


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), max_size=40), st.integers(1, 5))
def test_members_come_before_strangers(sent: list[tuple[int, int]], at_once: int) -> None:
    """Of what was received in one go, the lines of members come first, and each address keeps its own order."""
    with patch.object(intake, "MAX_LINES", at_once):
        room = Room()
        clients = [room.member() for _ in range(3)] + [room.client() for _ in range(3)]
        expected: list[list[str]] = [[] for _ in clients]
        for number, (index, lines) in enumerate(sent):
            texts = [f"{number}.{line}" for line in range(lines)]
            expected[index] += texts
            clients[index].send("\n".join(texts))
        inputs, first = [], room.hub.intake.inputs(room.carrier, 0.0)
        while first is not None:
            inputs += first
            first = room.hub.intake.inputs(None, 0.0) if room.hub.intake.unfinished else None
    senders = [each.sender for each in inputs]
    for client, texts in zip(clients, expected, strict=True):
        assert [each.line for each in inputs if each.sender == client.end.address] == texts
    are_members = [sender in room.chat.state.roster for sender in senders]
    assert are_members == sorted(are_members, reverse=True)


@pytest.mark.parametrize("said", ["a" + "\u200c" * 2600, "\n" * 20_000])
def test_long_datagrams_end_a_turn(said: str) -> None:
    """To clean a line takes long for its bytes, and so does counting; what is left is for the next turn, in order."""
    room = Room()
    member = room.member()
    for number in range(100):
        member.send(f"{number}\n{said}")
    inputs, most = [], 0
    first = room.hub.intake.inputs(room.carrier, 0.0)
    while first is not None:
        inputs += [each.line for each in first]
        most = max(most, len(first))
        first = room.hub.intake.inputs(None, 0.0) if room.hub.intake.unfinished else None
    assert [line for line in inputs if line != "a"] == [str(number) for number in range(100)]
    assert most <= 2 * (1 + intake.MAX_BYTES // len(said.encode()))


def flooded_room() -> tuple[Room, list[Client]]:
    """Return a room with the limits of production, its members, and a flood with lines of a member, which wait."""
    room = Room(policy=Policy(max_clients_per_prefix=1_000_000))
    members = []
    for _ in range(MEMBERS):
        members.append(room.client())
        room.hub.admission.restore(members[-1].end.address, 0.0)
        members[-1].say("\n")
        members[-1].hears()
    for number in range(FLOOD):
        room.client(f"127.{number >> 16}.{number >> 8 & 255}.{number & 255}").send("flood")
        if number % STRANGERS == STRANGERS - 1:
            members[0].send(f"line {number}")
    return room, members


def test_a_flood_of_newcomers_delays_no_member() -> None:
    """A member's line is sent in the turn in which it is received, whatever strangers sent before it."""
    room, members = flooded_room()
    for _ in range(BATCHES):
        room.hub.turn(room.carrier)
        heard = members[-1].hears()
        assert sum(": line " in line for line in heard) == 1
        assert ": line " in heard[0]


def test_a_flood_of_newcomers_costs_as_much_as_the_burst_of_joins() -> None:
    """Only the joins that the budget pays for reach the room; all other datagrams are dropped at the gate."""
    room, members = flooded_room()
    room.settle()
    burst = Policy().join_rate * BURST_SECONDS
    assert len(room.chat.state.roster) == MEMBERS + burst
    assert sum(": flood" in line for line in members[-1].hears()) == burst
    drops = room.hub.admission.drops
    assert drops[DropReason.CODE_ASKED] + drops[DropReason.CODE_RATE] == FLOOD - burst
    assert len(room.hub.admission) == MEMBERS + burst
    assert not room.hub.intake.strangers
