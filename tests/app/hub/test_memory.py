"""Memory that runs out at any place: the hub does not go on."""

from __future__ import annotations

import pytest

from tests.room import Room
from udpchat.adapters.memory.network import MemoryNetwork
from udpchat.app.hub import intake
from udpchat.app.hub.outbox import Outbox
from udpchat.domain.admission.gate import Admission
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.history.log import Log

PLACES = {
    "the gate": (Admission, "admit"),
    "the gate, for many": (Admission, "admit_lines"),
    "reading": (intake, "plain_line"),
    "reading many": (intake, "plain_lines"),
    "the chat": (Chat, "say"),
    "the state": (Log, "extend"),
    "the outbox": (Outbox, "deliver_said"),
    "the carrier": (MemoryNetwork, "carry"),
}


@pytest.mark.parametrize("place", PLACES)
def test_memory_runs_out(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """It is no bug that costs one line: the turn raises, wherever that was, and nothing is counted as a bug."""
    room = Room()
    member = room.member()

    def fail(*_: object, **__: object) -> object:
        raise MemoryError

    for _ in range(intake.FEW if "many" in place else 1):
        member.send("hello\n")
    room.network.schedule = lambda: (0,)  # a network that is not faithful carries each datagram
    monkeypatch.setattr(*PLACES[place], fail)
    with pytest.raises(MemoryError):
        room.settle()
    assert not room.hub.bugs.counts
