"""What is under way when a node takes over the clients of another."""

from __future__ import annotations

from tests.domain.dialects.packing import ELSEWHERE, PEERS, Packing
from udpchat.adapters.memory.network import MemoryAddress

MOVED = MemoryAddress(ELSEWHERE[0].host, ELSEWHERE[0].port, "memory")


def test_a_takeover_keeps_the_order() -> None:
    """A client that is replied to after it reads the lines before it first, and who moves here reads what follows."""
    packing = Packing()
    packing.join(PEERS[0])
    packing.join(PEERS[2])
    packing.join(ELSEWHERE[0])
    packing.add(b"one\n")
    packing.take_over()
    packing.reply(PEERS[0], b"alone\n")
    packing.add(b"two\n")
    packing.reply(MOVED, b"welcome\n")
    packing.add(b"three\n")
    assert packing.received() == packing.owed
