"""What every journal does: the contract of the port `Journal`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journals import CODEC, LateJournal, inputs
from tests.members import KEY, PATIENCE, journal
from tests.nats_servers import nats_cluster
from tests.room import NAMES
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.nats.journal import JetStreamJournal
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.app.server.metrics.meter import Meter
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot, restore, snapshot
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState

Make = Callable[[], tuple[Journal, Callable[[], None]]]
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
batches = st.lists(inputs(max_size=8), max_size=6)


def sqlite(path: Path) -> SqliteJournal:
    """Return a journal in a file."""
    return SqliteJournal(JournalFile.open(path), CODEC, keep=10)


@pytest.fixture
def clustered(tmp_path: Path) -> Iterator[Make]:
    """Give what makes a journal in a cluster, each with a log of its own."""
    names: Iterator[int] = iter(range(10_000))
    opened: list[JetStreamJournal] = []
    with nats_cluster(tmp_path) as servers, asyncio.Runner() as runner:

        def made() -> tuple[Journal, Callable[[], None]]:
            made = journal(servers, f"cluster{next(names)}")
            opened.append(made)
            runner.run(made.open(KEY))
            return made, lambda: runner.run(made.settle(PATIENCE))

        yield made
        for each in opened:
            runner.run(each.leave())


@pytest.fixture(params=["memory", "sqlite", "sqlite, with a meter", "late", "jetstream"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Return what makes an empty journal, and what has it commit."""
    names: Iterator[int] = iter(range(10_000))
    if request.param == "jetstream":
        return cast("Make", request.getfixturevalue("clustered"))

    def made() -> tuple[Journal, Callable[[], None]]:
        if request.param == "memory":
            return MemoryJournal(), lambda: None
        if request.param.startswith("sqlite"):
            file = sqlite(tmp_path / str(next(names)))
            return Meter().journal(file) if "meter" in request.param else file, lambda: None
        late = LateJournal()
        return late, late.commit

    return made


@shared
@given(batches, st.integers(1, 3))
def test_inputs_come_back_once_and_in_order(make: Make, batches: list[list[Input]], every: int) -> None:
    """Whatever is taken comes back, however often it is asked for."""
    journal, commit = make()
    recovered = journal.recover()
    assert (recovered.state, list(recovered.inputs), recovered.unsent) == (Snapshot(), [], 0)
    assert list(journal.committed()) == []
    back: list[Input] = []
    for number, batch in enumerate(batches):
        journal.append(batch)
        commit()
        if number % every == 0:
            back += journal.committed()
    back += journal.committed()
    assert back == [each for batch in batches for each in batch]
    assert list(journal.committed()) == []
    assert not journal.snapshot_due
    journal.save(Snapshot())
    journal.close()


@shared
@given(batches=batches, saved_after=st.integers(0, 6), closed=st.booleans())
def test_what_was_committed_is_remembered(
    tmp_path: Path, *, batches: list[list[Input]], saved_after: int, closed: bool
) -> None:
    """A file that is opened again makes the same state; the last batch may be unsent, unless a snapshot follows it."""
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    journal, chat, saved = sqlite(path), Chat(ChatState(NAMES)), 0
    journal.recover()
    for number, batch in enumerate(batches):
        journal.append(batch)
        for each in journal.committed():
            chat.handle(each)
        if number + 1 == saved_after:
            journal.save(snapshot(chat.state))
            saved = sum(map(len, batches[: number + 1]))
    if closed:
        journal.close()
    else:
        journal.file.close()
    again, state = sqlite(path), Chat(ChatState(NAMES))
    recovered = again.recover()
    told = list(recovered.inputs)
    assert told == [each for batch in batches for each in batch][saved:]
    restore(state.state, recovered.state)
    for each in told:
        state.handle(each)
    assert snapshot(state.state) == snapshot(chat.state)
    last = next((len(batch) for batch in reversed(batches) if batch), 0)
    assert recovered.unsent == (last if told else 0)
    again.close()
