"""What is under way when a node takes over the clients of another."""

from __future__ import annotations

from tests.domain.dialects.packing import PEERS, Packing
from udpchat.adapters.memory.network import MemoryAddress

ELSEWHERE = MemoryAddress("127.0.0.1", 200, "")  # a client of another node
MOVED = MemoryAddress("127.0.0.1", 200, "memory")


def test_a_takeover_keeps_the_order() -> None:
    """A client that is replied to after it reads the lines before it first, and who moves here reads what follows."""
    packing = Packing()
    packing.join(PEERS[0])
    packing.join(PEERS[2])
    packing.join(ELSEWHERE)
    packing.add(b"one\n")
    packing.owed.pop(ELSEWHERE)
    packing.state.move({ELSEWHERE: MOVED})
    packing.reply(PEERS[0], b"alone\n")
    packing.add(b"two\n")
    packing.reply(MOVED, b"welcome\n")
    packing.add(b"three\n")
    assert packing.received() == packing.owed
