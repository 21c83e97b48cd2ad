"""Pastes: the lines of one datagram stay together on the server to which they came."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.sqlite.files import opened
from tests.journals import LateJournal
from tests.room import UNLIMITED, Client, Room
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.app.hub import hub, intake
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.inputs import Input

ELSEWHERE = MemoryAddress("10.0.0.9", 1, "")  # a client of another server
KINDS = ("{}", "/me {}", "//{}", "/shrug {}", "{}\r", "x" * 300 + " {}")


@attrs.define(eq=False)
class World:
    """A room with two members and two strangers, who paste, and a member who only reads."""

    room: Room
    reader: Client = attrs.field(init=False)
    clients: list[Client] = attrs.field(init=False)
    pastes: list[int] = attrs.field(factory=list, init=False)  # lines of each
    received: list[str] = attrs.field(factory=list, init=False)  # the mark of each line: its paste and its number

    def __attrs_post_init__(self) -> None:
        self.reader, *members = [self.room.client() for _ in range(3)]
        for each in (self.reader, *members):
            each.say("\n")
            self.commit(None)
        self.clients = [*members, self.room.client(), self.room.client()]
        self.reader.gets()

    def paste(self, client: int, kinds: list[str]) -> None:
        """Let a client send so many lines in one datagram."""
        marks = (f"<{len(self.pastes)}.{number}>" for number in range(len(kinds)))
        self.pastes.append(len(kinds))
        self.clients[client].send("\n".join(kind.format(mark) for kind, mark in zip(kinds, marks, strict=True)))

    def turn(self) -> None:
        """Let the hub do one turn."""
        self.room.hub.turn(self.room.carrier)
        self.read()

    def wait(self, seconds: float) -> None:
        """Let time pass. What waits to be read is late then."""
        self.room.pass_time(seconds)
        self.read()

    def commit(self, count: int | None, elsewhere: int = 0) -> None:
        """Let a journal that commits late commit so many inputs, behind lines that came to another server."""
        if isinstance(self.room.journal, LateJournal):
            lines = [Input(self.room.clock(), number, ELSEWHERE, "elsewhere") for number in range(elsewhere)]
            self.room.journal.commit(count, lines)
            self.room.hub.advance()

    def read(self) -> None:
        """Take what the reader received."""
        self.received += [line[line.index("<") + 1 : line.index(">")] for line in self.reader.hears() if "<" in line]

    def settle(self) -> None:
        """Let everything be handled."""
        while self.room.hub.turn(self.room.carrier) or self.room.hub.unfinished:
            self.commit(None)
        self.commit(None)
        self.read()


def steps(*more: st.SearchStrategy[Callable[[World], None]]) -> st.SearchStrategy[list[Callable[[World], None]]]:
    """Return lists of what may happen: pastes, turns and time, and more."""
    paste = st.builds(
        lambda client, kinds: partial(World.paste, client=client, kinds=kinds),
        st.integers(0, 3),
        st.lists(st.sampled_from(KINDS), min_size=1, max_size=12),
    )
    wait = st.sampled_from([0.05, 0.5, 3.0]).map(lambda seconds: partial(World.wait, seconds=seconds))
    return st.lists(st.one_of(paste, paste, st.just(World.turn), wait, *more), max_size=25)


rates = st.sampled_from([0, 1, 3])
bounds = st.integers(1, 8)


def play(journal: Journal, happens: list[Callable[[World], None]], rate: int, bound: int) -> World:
    """Let things happen in a room where turns and batches are tiny, and each client may send so many lines a second."""
    with (
        patch.object(intake, "MAX_LINES", bound),
        patch.object(intake, "MAX_DATAGRAMS", bound),
        patch.object(intake, "MAX_BYTES", 100 * bound),
        patch.object(hub, "MAX_WORK", 10 * bound),
    ):
        world = World(Room(journal=journal, policy=attrs.evolve(UNLIMITED, rate=rate)))
        for step in happens:
            step(world)
        world.settle()
    return world


def assert_together(world: World, *, complete: bool) -> None:
    """Fail unless all lines of a paste that were said are its first ones, in order, without any other in between."""
    expected: list[str] = []
    for mark in world.received:
        paste, _, number = mark.partition(".")
        if number == "0":
            count = sum(each.startswith(f"{paste}.") for each in world.received)
            expected += [f"{paste}.{each}" for each in range(count)]
    assert world.received == expected
    if complete:
        assert len(world.received) == sum(world.pastes)


@given(steps(), rates, bounds)
def test_the_lines_of_a_paste_stay_together(happens: list[Callable[[World], None]], rate: int, bound: int) -> None:
    """No other line gets in between, wherever a turn or a batch ends, and if the sender can pay for a part only."""
    world = play(MemoryJournal(), happens, rate, bound)
    assert_together(world, complete=not rate)


commits = st.builds(
    lambda count, elsewhere: partial(World.commit, count=count, elsewhere=elsewhere),
    st.integers(0, 5),
    st.integers(0, 2),
)


@given(steps(commits), rates, bounds)
def test_pastes_with_a_journal_that_commits_late(happens: list[Callable[[World], None]], rate: int, bound: int) -> None:
    """Only lines that came to other servers get in between, wherever a commit ends."""
    world = play(LateJournal(), happens, rate, bound)
    assert_together(world, complete=not rate)


@settings(max_examples=15)  # each makes a file
@given(steps(), bounds)
def test_pastes_with_a_journal_in_a_file(happens: list[Callable[[World], None]], bound: int) -> None:
    """The journal in a file keeps the order, too."""
    with TemporaryDirectory() as folder:
        journal = opened(Path(folder) / "room.journal")
        world = play(journal, happens, 0, bound)
        journal.close()
    assert_together(world, complete=True)
