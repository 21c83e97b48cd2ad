"""The simulation finds bugs of rooms, of private words and of ignoring, in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest

from tests.simulation.replay import assert_found
from tests.simulation.run import run
from udpchat.app.hub import recovery
from udpchat.domain.address import Address
from udpchat.domain.commands import private
from udpchat.domain.machine import chat, obey
from udpchat.domain.machine.snapshot import Snapshot, restore
from udpchat.domain.rooms import moves
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.history.log import Recent
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.rooms import Rooms
from udpchat.domain.rooms.slices import Slices
from udpchat.domain.rooms.state import ChatState

pytestmark = pytest.mark.untraced

SEEDS = 10
Plant = Callable[[pytest.MonkeyPatch], None]


def all_rooms_have_one_history(patch: pytest.MonkeyPatch) -> None:
    """/history shows what was said in the lobby, in any room."""
    log_of = ChatState.log_of

    def anywhere(self: ChatState, _: Room, at: float, reader: Address | None = None) -> Recent:
        return log_of(self, self.rooms.lobby, at, reader)

    patch.setattr(ChatState, "log_of", anywhere)


def who_moves_stays(patch: pytest.MonkeyPatch) -> None:
    """Whoever goes to another room is still in the old one."""
    patch.setattr(ChatState, "exit", lambda *_: None)


def rooms_do_not_end(patch: pytest.MonkeyPatch) -> None:
    """A room without members stays, whatever it is."""
    patch.setattr(Rooms, "_close", lambda *_: None)


def private_rooms_are_listed(patch: pytest.MonkeyPatch) -> None:
    """/rooms shows rooms that are private."""
    shown = Rooms.shown_to

    def all_shown(self: Rooms, member: Any) -> Any:
        place = member.place
        everywhere = attrs.evolve(member, place=attrs.evolve(place, rooms=tuple(self)))
        return shown(self, everywhere)

    patch.setattr(Rooms, "shown_to", all_shown)


def private_rooms_are_named_on_the_way(patch: pytest.MonkeyPatch) -> None:
    """Whoever goes to a private room is said to go there."""
    patch.setattr(moves, "_name_for_all", lambda room: room.name)


def private_words_are_for_the_room(patch: pytest.MonkeyPatch) -> None:
    """What is said to one person is sent to the room."""
    deliver = private._deliver  # noqa: SLF001 - this is where it is decided

    def loud(state: ChatState, member: Any, *words: Any) -> list[Delivery]:
        return [
            (member.place.room.everyone if isinstance(event, private.PrivatelySaid) else audience, event)
            for audience, event in deliver(state, member, *words)
        ]

    patch.setattr(private, "_deliver", loud)


def mistyped_words_are_said(patch: pytest.MonkeyPatch) -> None:
    """A private line without its slash is said in the room."""
    patch.setattr(obey, "mistyped", lambda *_: None)


def nobody_is_left_out(patch: pytest.MonkeyPatch) -> None:
    """What an ignored person says is sent to those who ignore it, too."""

    def everyone(_: frozenset[Address], deliveries: Iterable[Delivery]) -> list[Delivery]:
        return [*deliveries]

    patch.setattr(chat, "without", everyone)


def history_has_no_ignored(patch: pytest.MonkeyPatch) -> None:
    """/history shows what an ignored person said."""
    patch.setattr(Slices, "hidden_from", lambda *_: ())


def starts_forget_the_ignored(patch: pytest.MonkeyPatch) -> None:
    """After a start nobody ignores anybody."""

    def forgetting(state: ChatState, saved: Snapshot) -> None:
        slices = {word: each for word, each in saved.slices.items() if word != "ignored"}
        restore(state, attrs.evolve(saved, slices=slices))

    patch.setattr(recovery, "restore", forgetting)


PLANTED: dict[Plant, str] = {
    all_rooms_have_one_history: "rooms",
    who_moves_stays: "rooms",
    rooms_do_not_end: "one room",
    private_rooms_are_listed: "private",
    private_rooms_are_named_on_the_way: "private",
    private_words_are_for_the_room: "private",
    mistyped_words_are_said: "private",
    nobody_is_left_out: "ignored",
    history_has_no_ignored: "ignored",
    starts_forget_the_ignored: "restart",
}

FIRST: dict[Plant, int] = {  # the first seeds that show the others
    nobody_is_left_out: 1,
    private_rooms_are_listed: 2,
    private_rooms_are_named_on_the_way: 2,
    history_has_no_ignored: 6,
    starts_forget_the_ignored: 6,
}


@pytest.mark.parametrize(("plant", "name"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, plant: Plant, name: str) -> None:
    """One of the first seeds breaks, by what the bug breaks, and tells how to replay it."""
    plant(monkeypatch)
    first = FIRST.get(plant, 0)
    assert_found(plant.__name__, name, run, range(first, first + SEEDS))
