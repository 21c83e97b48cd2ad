"""What is measured while a server runs: turns, commits, and what is sent."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import LateJournal
from tests.room import SERVER, Room
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.memory.network import MemoryAddress, MemoryNetwork
from udpchat.adapters.metrics.families import BOUNDS, Durations
from udpchat.app.hub.hub import Hub
from udpchat.app.server.metrics.meter import Meter, MeteredHub, MeteredJournal
from udpchat.domain.rooms.inputs import Heartbeat, Input

ADDRESSES = tuple(MemoryAddress("10.0.0.2", port) for port in range(1, 6))


def said(number: int) -> Input:
    """Return an input, equal to others with this number, but another object."""
    return Input(0.0, number, ADDRESSES[0], "hello")


@attrs.define(eq=False)
class Watched:
    """A metered journal that commits when it is told to, on a clock of the test."""

    late: LateJournal = attrs.field(factory=LateJournal)
    now: float = 0.0
    meter: Meter = attrs.field(init=False)
    journal: MeteredJournal = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.meter = Meter(lambda: self.now)
        journal = self.meter.journal(self.late)
        assert isinstance(journal, MeteredJournal)
        self.journal = journal

    def measured(self) -> tuple[int, float]:
        """Return how many commits were measured, and their seconds."""
        return sum(self.meter.commits.counts), self.meter.commits.seconds


def test_a_commit() -> None:
    """It takes from `append` until all of the batch is back, also among inputs of other nodes."""
    watched = Watched()
    batch = [said(1), said(2)]
    watched.journal.append(batch)
    watched.now += 1.0
    watched.late.commit(1)
    assert watched.journal.committed() == batch[:1]
    assert watched.measured() == (0, 0.0)
    watched.now += 0.5
    watched.late.commit(elsewhere=[said(2), said(3)])
    watched.late.commit(elsewhere=[said(4)])
    watched.journal.committed()
    assert watched.measured() == (1, 1.5)
    assert watched.journal.committed() == []
    assert watched.measured() == (1, 1.5)


def test_an_equal_input_of_another_node() -> None:
    """It is not taken for the input that is waited for."""
    watched = Watched()
    watched.journal.append([said(1)])
    watched.late.commit(0, elsewhere=[said(1)])
    watched.journal.committed()
    assert watched.measured() == (0, 0.0)


def test_commits_that_overlap() -> None:
    """One is measured at a time: the next one is that which is taken after it."""
    watched = Watched()
    watched.journal.append([said(1)])
    watched.now += 1.0
    watched.journal.append([said(2)])
    watched.late.commit()
    watched.journal.committed()
    assert watched.measured() == (1, 1.0)
    watched.journal.append([said(3)])
    watched.now += 2.0
    watched.late.commit()
    watched.journal.committed()
    assert watched.measured() == (2, 3.0)


def test_what_is_given_up_is_no_commit() -> None:
    """It does not count, and the next batch is measured."""
    watched = Watched()
    watched.journal.append([said(1)])
    watched.late.give_up()
    watched.journal.expired()
    watched.journal.append([said(2)])
    watched.now += 0.25
    watched.late.commit()
    watched.journal.committed()
    assert watched.measured() == (1, 0.25)


def test_heartbeats_are_not_watched() -> None:
    """A journal gives them back with their place, as other objects, so one would be waited for without end."""
    watched = Watched()
    watched.journal.append([Input(0.0, 1, ADDRESSES[0], Heartbeat(0))])
    watched.journal.append([])
    watched.journal.append([said(1)])
    watched.late.commit()
    watched.journal.committed()
    assert watched.measured() == (1, 0.0)


def test_a_journal_in_memory_is_not_measured() -> None:
    """Its commits take no time, so measuring would only cost."""
    journal = MemoryJournal()
    assert Meter().journal(journal) is journal


@given(
    st.lists(
        st.tuples(
            st.lists(st.binary(min_size=1, max_size=9), max_size=3),
            st.lists(st.sampled_from(ADDRESSES), min_size=1, unique=True).map(tuple),
            st.lists(st.sampled_from(ADDRESSES), unique=True),
        ),
        max_size=8,
    )
)
def test_what_is_sent(sends: Sequence[tuple[list[bytes], tuple[MemoryAddress, ...], list[MemoryAddress]]]) -> None:
    """Datagrams and bytes are those that arrive, whoever is excluded, and whether or not it is in the audience."""
    network, meter = MemoryNetwork(), Meter()
    ends = [network.attach(address) for address in ADDRESSES]
    (carrier,) = meter.carriers([network.attach(SERVER)])
    for datagrams, addresses, but in sends:
        carrier.send(datagrams, addresses, but)
    arrived = [payload for end in ends for payload, _ in end.receive(1000)]
    sent = meter.sent["memory"]
    assert (sent.datagrams, sent.bytes) == (len(arrived), sum(map(len, arrived)))


def test_several_rooms_of_a_process() -> None:
    """A room that starts again goes on with the counts of the one before, so that no counter goes back."""
    meter = Meter()
    for _ in range(2):
        network = MemoryNetwork()
        (carrier,) = meter.carriers([network.attach(SERVER)])
        carrier.send([b"hi\n"], (ADDRESSES[0],))
    assert meter.sent["memory"].datagrams == 2


def test_turns() -> None:
    """Each turn that had something to do is measured, and so is what the journal committed later."""
    now, room, turns = [0.0], Room(), Durations()

    def timer() -> float:
        now[0] += 0.001
        return now[0]

    parts = {each.name: getattr(room.hub, each.name) for each in attrs.fields(Hub) if each.init}
    hub = MeteredHub(**(parts | {"timer": timer, "turns": turns}))
    assert not hub.turn(room.carrier)
    assert not any(turns.counts)
    client = room.client()
    client.send("hello\n")
    assert hub.turn(room.carrier)
    assert client.hears()
    hub.advance()
    assert sum(turns.counts) == 2
    assert turns.seconds >= 2 * 0.001
    assert not any(turns.counts[: BOUNDS.index(0.001)])
