"""How a server ends while it has much to do: soon, and nothing that was committed is lost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journals import CODEC
from tests.room import SERVER, Client, Room
from udpchat.adapters.memory.network import MemoryCarrier
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.app.hub import hub, intake
from udpchat.app.hub.hub import STOP_SECONDS
from udpchat.domain.address import Address
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.inputs import Rules

TURN = 10  # sends, in these tests


def opened(path: Path) -> Room:
    """Return a room with its journal in a file."""
    return Room(journal=SqliteJournal(JournalFile.open(path), CODEC, 10_000))


def said(lines: Sequence[str]) -> list[str]:
    """Return what was said in lines that a client received, in whatever form."""
    return [line.rpartition(": ")[2] for line in lines]


def slow(patch: pytest.MonkeyPatch, room: Room, seconds: float) -> None:
    """Let each send of a datagram to one client take so long."""
    send = MemoryCarrier.send

    def slowly(
        carrier: MemoryCarrier, datagrams: Sequence[bytes], to: Sequence[Address], but: Collection[Address] = ()
    ) -> None:
        room.now += seconds * len(datagrams) * len(to)
        send(carrier, datagrams, to, but)

    patch.setattr(MemoryCarrier, "send", slowly)


@given(
    lines=st.integers(0, 80),
    size=st.integers(1, 300),
    turns=st.integers(0, 2),
    seconds=st.sampled_from([0.0, 0.001, 0.01, 0.1]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_server_ends_soon_and_loses_nothing_that_was_committed(
    tmp_path: Path, *, lines: int, size: int, turns: int, seconds: float
) -> None:
    """Whatever it has to do, it ends in time. Each client has received each committed line, or finds it in /missed."""
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    room = opened(path)
    room.hub.start(SERVER, Rules())
    members = [room.member() for _ in range(3)]
    for number in range(lines):
        members[number % 3].send(f"{number}{'x' * size}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub, "MAX_WORK", TURN)
        patch.setattr(intake, "MAX_LINES", 16)
        for _ in range(turns):
            room.hub.turn(room.carrier)
        begun = room.now
        slow(patch, room, seconds)
        room.hub.stop()
        room.hub.close()
        assert room.now - begun <= STOP_SECONDS + 2 * TURN * seconds
    received = [said(member.hears()) for member in members]
    again = opened(path)
    again.hub.start(SERVER, Rules())
    kept = [message.text for message in again.chat.state.rooms.lobby.log.messages]
    unread = len(room.carrier.inbox)
    assert len(kept) + room.hub.admission.drops[DropReason.UNCOMMITTED] + unread == lines
    again.hub.journal.close()
    for member, heard in zip(members, received, strict=True):
        back = Client(again, again.network.attach(member.end.address))
        back.say("/missed")
        missed = said(back.hears())
        assert heard == kept[: len(heard)]
        assert {*heard, *missed} >= {*kept}
        if seconds == 0.0:
            assert heard == kept
            assert missed == ["you missed nothing"]


def test_a_server_that_has_time_handles_all_that_it_received(monkeypatch: pytest.MonkeyPatch) -> None:
    """More datagrams wait than fit into one turn, and more lines than into one batch."""
    monkeypatch.setattr(hub, "MAX_WORK", TURN)
    monkeypatch.setattr(intake, "MAX_LINES", 16)
    room = Room()
    one, two = room.member(), room.member()
    for number in range(100):
        one.send(f"{number}\n{number}")
    room.hub.turn(room.carrier)
    room.hub.stop()
    assert said(two.hears()) == [str(number) for number in range(100) for _ in range(2)]
    assert not room.hub.unfinished


def test_what_strangers_sent_is_counted_if_it_comes_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their datagrams wait until members had their turn; those that still wait at the end are dropped and counted."""
    monkeypatch.setattr(intake, "MAX_LINES", 1)
    room = Room()
    for _ in range(3):
        room.client().send("hello")
    assert room.hub.turn(room.carrier)
    room.hub.close()
    assert room.hub.admission.drops[DropReason.UNCOMMITTED] == 2
