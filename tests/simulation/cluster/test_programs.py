"""Programs in a room on several servers: whatever happens, the lists in `run`, `records` and `programs` hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import attrs
import pytest

from tests.simulation.cluster.run import run_with_programs
from tests.simulation.replay import assert_found
from udpchat.app.hub import recovery
from udpchat.app.hub.outbox import Outbox
from udpchat.domain.address import Address
from udpchat.domain.machine import control, numbering
from udpchat.domain.machine.snapshot import Snapshot, restore
from udpchat.domain.rooms.inputs import Input, Started
from udpchat.domain.rooms.programs import catching_up
from udpchat.domain.rooms.programs.catching_up import Part
from udpchat.domain.rooms.programs.session import Sessions
from udpchat.domain.rooms.state import ChatState

pytestmark = pytest.mark.untraced

SEEDS = (4, 17)  # they take little time; one network loses and delays, the other repeats, too
FIRST = 4  # seed for nearly all planted bugs: the ones before take longer
Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize("seed", SEEDS)
def test_programs_have_each_number_once(seed: int) -> None:
    """With this seed all holds, and programs went from node to node and talked."""
    programs = run_with_programs(seed).nodes.programs
    assert programs.moves > 10
    assert all(len(program.done) > 10 for program in programs.all)
    assert any(len(program.last) > 2 for program in programs.all)  # the lobby, another room, and its own


def numberings_end_with_a_node(patch: pytest.MonkeyPatch) -> None:
    """A node that starts gives the numbers a new name."""
    start = control._start  # noqa: SLF001

    def anew(state: ChatState, given: Input, started: Started) -> object:
        state.numbering = ""
        return start(state, given, started)

    patch.setattr(control, "_start", anew)


def nodes_count_anew(patch: pytest.MonkeyPatch) -> None:
    """A node that starts from a snapshot counts only what is in the history."""

    def forgetful(state: ChatState, saved: Snapshot) -> None:
        restore(state, saved)
        for room in state.rooms:
            room.others = 0

    patch.setattr(recovery, "restore", forgetful)


def snapshots_have_no_sessions(patch: pytest.MonkeyPatch) -> None:
    """A node that starts from a snapshot does not know who is a program."""
    patch.setattr(recovery, "restore", lambda state, saved: restore(state, attrs.evolve(saved, programs=None)))


def moves_forget_ids(patch: pytest.MonkeyPatch) -> None:
    """Who goes on elsewhere may say all lines again."""
    move = Sessions.move

    def forgetful(self: Sessions, places: Mapping[Address, Address]) -> None:
        move(self, places)
        for address in places.values():
            if address in self.by_address:
                self.by_address[address].outcomes.clear()

    patch.setattr(Sessions, "move", forgetful)


def answers_skip_a_line(patch: pytest.MonkeyPatch) -> None:
    """The first event that is asked for is not sent."""
    items = Part.items

    def later(self: Part) -> Iterator[object]:
        return islice(items(self), 1, None)

    patch.setattr(Part, "items", later)


def answers_begin_with_what_is_known(patch: pytest.MonkeyPatch) -> None:
    """The last event that a program has is sent again."""
    begin = catching_up._begin  # noqa: SLF001

    def before(number: int | None, first: int, last: int) -> tuple[int, tuple[int, int] | None]:
        return begin(number and number - 1, first, last)

    patch.setattr(catching_up, "_begin", before)


def sessions_end(patch: pytest.MonkeyPatch) -> None:
    """Nobody goes on elsewhere."""

    def end(self: Sessions, places: Mapping[Address, Address]) -> None:
        for address in places:
            self.end(address)

    patch.setattr(Sessions, "move", end)


def what_is_late_comes_in(patch: pytest.MonkeyPatch) -> None:
    """A line from where a program was is that of somebody new."""
    patch.setattr(Sessions, "was_at", lambda *_: False)


def spent_sessions_come_in(patch: pytest.MonkeyPatch) -> None:
    """A hello with a session that is not valid any more is that of somebody new."""
    patch.setattr(Sessions, "is_spent", lambda *_: False)


def programs_must_ask(patch: pytest.MonkeyPatch) -> None:
    """What a room is told is not sent to programs before they ask."""
    patch.setattr(Outbox, "_share_objects", lambda *_: None)


def nothing_is_hidden(patch: pytest.MonkeyPatch) -> None:
    """A program reads whom it ignores."""
    patch.setattr(numbering, "_hidden", lambda *_: frozenset())


PLANTED: dict[Plant, str] = {
    numberings_end_with_a_node: "hole",
    nodes_count_anew: "states",
    snapshots_have_no_sessions: "states",
    moves_forget_ids: "twice",
    answers_skip_a_line: "hole",
    answers_begin_with_what_is_known: "once",
    sessions_end: "noticed",
    what_is_late_comes_in: "noticed",
    spent_sessions_come_in: "noticed",
    programs_must_ask: "all",
    nothing_is_hidden: "ignored",
}
LATER: dict[Plant, int] = {answers_skip_a_line: 8, spent_sessions_come_in: 20}  # the first seed that shows the bug


@pytest.mark.parametrize(("plant", "name"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, plant: Plant, name: str) -> None:
    """One of the first seeds breaks what the bug must break, and says how to replay it."""
    plant(monkeypatch)
    assert_found(plant.__name__, name, run_with_programs, range(LATER.get(plant, FIRST), 30))
