"""The network in memory follows its schedule."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.memory.network import MemoryAddress, MemoryNetwork

HERE, THERE = MemoryAddress("10.0.0.1", 1), MemoryAddress("10.0.0.2", 2)


def run(fates: list[Sequence[int]]) -> list[tuple[int, int]]:
    """Send datagrams 0, 1, 2 and so on at once, one for each fate; return the arrivals as (tick, number)."""
    network = MemoryNetwork(schedule=iter(fates).__next__)
    here, there = network.attach(HERE), network.attach(THERE)
    for number in range(len(fates)):
        here.send([b"%d" % number], [THERE])
    arrived = []
    for tick in range(12):
        arrived += [(tick, int(payload)) for payload, _ in there.receive(1000)]
        network.tick()
    return arrived


def test_loss_repetition_delay_and_reordering() -> None:
    """A datagram with no fate is lost, one with two is repeated, one with a delay comes later than its followers."""
    assert run([(0,), (), (0, 3), (2,), (1,)]) == [(0, 0), (0, 2), (1, 4), (2, 3), (3, 2)]


@given(st.lists(st.lists(st.integers(0, 10), max_size=3)))
def test_arrivals_follow_the_schedule(fates: list[Sequence[int]]) -> None:
    """Each copy arrives after exactly its delay, and copies due at the same time arrive in the order they were sent."""
    due = sorted((delay, number) for number, fate in enumerate(fates) for delay in fate)
    assert run(fates) == due


def test_nobody_at_the_address() -> None:
    """A datagram to an address where nobody is disappears, and one that is on its way when its receiver leaves, too."""
    network = MemoryNetwork(schedule=lambda: (1,))
    here, there = network.attach(HERE), network.attach(THERE)
    here.send([b"hi"], [MemoryAddress("10.0.0.3", 3), THERE])
    there.close()
    network.tick()
    assert there.receive(1) == []


def test_two_networks() -> None:
    """Addresses of two networks differ by their carrier, even with the same host and port."""
    one, other = MemoryAddress("10.0.0.1", 1), MemoryAddress("10.0.0.1", 1, "other")
    assert one != other
    assert str(one) == str(other)
    assert [MemoryNetwork().attach(address).name for address in (one, other)] == ["memory", "other"]
