"""Acts of the machine that are never answered, and acts that a start finds in its journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import attrs
import pytest

from tests.journals import LateJournal
from tests.room import SERVER, Room
from udpchat.adapters.admin.messages import Request
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.app.server.admin import Desk
from udpchat.app.server.reload import Outcome
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Administered, Input, Rules, Started


def no_reload() -> Outcome:
    """Do nothing."""
    raise AssertionError("nobody asked for it")


async def test_an_act_that_is_never_committed_leaves_nothing() -> None:
    """Whoever asked has gone; if it is committed later, nobody is answered, and the next one reads its own answer."""
    journal = LateJournal()
    room = Room(journal=journal)
    desk, console = Desk(room.hub, no_reload), room.hub.outbox.console
    room.hub.outbox.here = SERVER
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await desk.handle(Request("announce", "tea"))
    assert console._waiting == {}  # noqa: SLF001 - the table itself
    journal.commit()
    room.hub.advance()
    asking = asyncio.create_task(desk.handle(Request("announce", "coffee")))
    await asyncio.sleep(0)
    journal.commit()
    room.hub.advance()
    assert (await asking).lines == ["server announces: coffee"]
    assert console._waiting == {}  # noqa: SLF001 - the table itself


def test_an_act_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine would have read is no part of the next answer."""
    room = Room()
    answers: list[Sequence[str]] = []

    def fail(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(room.hub._aftermath.__class__, "of_line", fail)  # noqa: SLF001 - a bug of ours
        room.hub.outbox.here = SERVER
        room.hub.tell(SERVER, Administered("announce", "tea"), answers.append)
    room.hub.tell(SERVER, Administered("announce", "coffee"), answers.append)
    assert answers == [["server announces: coffee"]]


@attrs.define(eq=False)
class Kept(MemoryJournal):
    """A journal with inputs of an earlier server, which notes that they must be deleted."""

    lines: Sequence[Administered | str] = ()
    forgets: int = attrs.field(default=0, init=False)

    def recover(self) -> Recovered:
        """Return the inputs."""
        begin = Input(0.0, 0, SERVER, Started(Rules(), grammar=GRAMMAR))
        return Recovered(Snapshot(), [begin, *(Input(1.0, 7, SERVER, line) for line in self.lines)])

    def forget(self) -> None:
        """Count the calls."""
        self.forgets += 1


@pytest.mark.parametrize(("word", "forgets"), [("wipe", 1), ("mute", 0)])
def test_a_start_goes_on_with_what_was_taken_back(word: str, forgets: int) -> None:
    """The server before may have ended between the act and the end of the inputs before it."""
    journal = Kept(lines=["/nick berta", "hello", Administered(word, "berta")])
    room = Room(journal=journal)
    room.hub.start(SERVER, Rules())
    assert journal.forgets == forgets
