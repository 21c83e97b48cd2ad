"""The intake: members before strangers, and how little a flood of strangers costs the others."""

from __future__ import annotations

from unittest.mock import patch

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.room import Client, Room
from udpchat.app.hub import intake
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.inputs import Input

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


USUAL = st.sampled_from([b"hello\n", b"!\n", b"a  b\n", b"x" * 60 + b"\n", b"a" * 399 + b"\n"])
UNUSUAL = st.sampled_from(
    [
        b"",
        b"\n",
        b" \n",
        b"a",
        b"a\nb\n",
        b"a\r\n",
        b"/list\n",
        b" /list\n",
        b"a" * 400 + b"\n",
        b"a" + b" " * 17 + b"\n",
    ]
)
SENT = st.lists(st.tuples(st.integers(0, 4), USUAL | UNUSUAL), max_size=12)  # by which client, and what


@pytest.mark.untraced
@given(
    st.lists(st.tuples(st.floats(-1, 8), SENT)),
    st.sampled_from([0, 1, 3]),
    st.sampled_from([0, 1, 4]),
    st.sampled_from([5, 8000]),
)
def test_a_batch_gives_what_its_datagrams_give_one_by_one(
    batches: list[tuple[float, list[tuple[int, bytes]]]], rate: int, others: int, max_line: int
) -> None:
    """Whether plain lines are admitted together or not, the same inputs and drops come of them, and buckets agree."""
    outcomes = []
    for few in (1, intake.MAX_DATAGRAMS + 1):
        with patch.object(intake, "FEW", few):
            room = Room(max_line=max_line, policy=Policy(rate=rate, prefix_rate=others, server_rate=2 * others))
            clients = [room.member() for _ in range(3)] + [room.client(host) for host in ("127.0.0.1", "192.0.2.1")]
            found: list[object] = []
            for step, datagrams in batches:
                room.now += step
                for index, payload in datagrams:
                    clients[index].send(payload)
                found.append(room.hub.intake.inputs(room.carrier, room.now))
                found += [quota.seen_at for quota in room.hub.admission.quotas.clients.values()]
                for quota in room.hub.admission.quotas.clients.values():
                    found += [bucket.full_at for bucket in quota.buckets]
            outcomes.append((found, room.hub.admission.drops, room.hub.intake.waiting))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("reports", [0, 1])
def test_a_member_that_speaks_is_no_suspect(reports: int) -> None:
    """Also if many plain lines come together: a datagram that came back once proves nothing any more."""
    room = Room()
    members = [room.member() for _ in range(intake.FEW)]
    for member in members:
        member.send("hello\n")
    for _ in range(reports):
        room.hub.intake.bounces.suspects.report(members[0].end.address, room.now)
    inputs = room.hub.intake.inputs(room.carrier, room.now)
    assert inputs is not None
    assert [each.line for each in inputs] == ["hello"] * intake.FEW
    assert not room.hub.intake.bounces.suspects.known


def test_what_was_left_before_comes_first() -> None:
    """Lines that come together do not overtake a datagram of an earlier batch."""
    room = Room()
    member = room.member()
    expected = [str(number) for number in range(2 + intake.FEW)]
    inputs: list[Input] = []
    with patch.object(intake, "MAX_LINES", 1):
        for batch in (expected[:2], expected[2:]):
            for line in batch:
                member.send(f"{line}\n")
            inputs += room.hub.intake.inputs(room.carrier, room.now) or ()
        while room.hub.intake.unfinished:
            inputs += room.hub.intake.inputs(None, room.now) or ()
    assert [each.line for each in inputs] == expected


def test_a_bug_in_admitting_together_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged, and each datagram is admitted by itself."""

    def sabotaged(*_: object) -> int:
        raise RuntimeError("trip")

    room = Room()
    member = room.member()
    monkeypatch.setattr(Admission, "admit_lines", sabotaged)
    for number in range(intake.FEW):
        member.send(f"{number}\n")
    with structlog.testing.capture_logs() as logged:
        room.settle()
    assert [line[-1] for line in member.hears()] == [str(number) for number in range(intake.FEW)]
    assert [line["exception"] for line in logged if "exception" in line] == ["RuntimeError"]
    assert not room.hub.admission.drops


@pytest.mark.untraced
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
