"""Time in which the process did not run: what waited in the kernel meanwhile is no flood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.room import Client, Room
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.drop_reason import DropReason

PAUSE = 10.0  # seconds
RATE = 10  # lines a second


def talk(client: Client, lines: int, seconds: float) -> None:
    """Send numbered lines, evenly, while the hub stands still."""
    for number in range(lines):
        client.room.now += seconds / lines
        client.send(f"line {number}\n")


@pytest.mark.parametrize("joined", [True, False], ids=["a member", "a stranger"])
def test_lines_that_waited_are_heard(joined: bool) -> None:  # noqa: FBT001 - a parameter
    """Whoever keeps to the rate while the process stands still is heard, a stranger too."""
    room = Room(policy=Policy(rate=RATE))
    listener = room.member()
    speaker = room.member() if joined else room.client()
    talk(speaker, int(9 * PAUSE), PAUSE)
    room.settle()
    assert [line.partition(": ")[2] for line in listener.hears()] == [f"line {number}" for number in range(90)]
    assert not any("slow down" in line for line in speaker.hears())


def test_more_than_one_batch_waited() -> None:
    """All of many members that keep to the rate are heard, though some asked something in between."""
    room = Room(policy=Policy(rate=RATE))
    members = [room.member() for _ in range(5)]
    for number in range(int(9 * PAUSE)):
        room.now += 1 / 9
        for member in members:
            member.send("/nick\n" if not number else f"line {number}\n")
    room.settle()
    assert [len(member.hears()) for member in members] == [1 + 5 * 89] * 5
    assert not room.hub.admission.drops


def test_a_flood_stays_a_flood() -> None:
    """Who sends a burst while the process stands still is heard as if it had run."""
    room = Room(policy=Policy(rate=RATE))
    listener, flooder = room.member(), room.member()
    room.now += 20
    for _ in range(600):
        flooder.send("flood\n")
    room.now += PAUSE
    room.settle()
    heard = len(listener.hears())
    assert RATE * BURST_SECONDS - 1 <= heard <= RATE * BURST_SECONDS  # sums of floats
    assert room.hub.admission.drops == {DropReason.CLIENT_RATE: 600 - heard}


def test_a_code_is_as_old_as_when_it_came() -> None:
    """A code that came in time lets its sender in, however late it is read."""
    room = Room(policy=Policy(admission="code"))
    stranger = room.client()
    stranger.say("hello, this is long enough for a reply\n")
    asked, _ = stranger.hears()
    code = next(word for word in asked.split() if "/enter" in asked and len(word) == 6 and word.isalnum())
    room.now += 30
    stranger.send(f"/enter {code}\n")
    room.now += 100
    room.settle()
    assert len(room.chat.state.roster) == 1


def test_who_wrote_in_the_pause_is_not_idle() -> None:
    """A member whose line waited is not idle."""
    room = Room(policy=Policy(idle_timeout=60))
    member = room.member()
    member.send("hello\n")
    room.now += 100
    room.settle()
    room.hub.tick()
    assert len(room.chat.state.roster) == 1


@given(
    st.lists(st.tuples(st.floats(0, 3), st.integers(0, 1), st.integers(1, 4)), max_size=60),
    st.lists(st.integers(0, 59), max_size=4),
)
def test_a_pause_decides_nothing(sent: list[tuple[float, int, int]], read: list[int]) -> None:
    """Whenever the process reads, each client's lines pass as if it had read every datagram at once."""

    def heard(reads: set[int]) -> tuple[list[str], int]:
        room = Room(policy=Policy(rate=2, prefix_rate=0, server_rate=0))
        speakers, listener = [room.member(), room.member()], room.member()
        for place, (step, speaker, lines) in enumerate(sent):
            room.now += step
            speakers[speaker].send("".join(f"{place} {line}\n" for line in range(lines)))
            if place in reads:
                room.settle()
        room.settle()
        said = [line for line in listener.hears() if ": " in line]
        return said, room.hub.admission.drops.total()

    assert heard(set(read)) == heard(set(range(60)))
