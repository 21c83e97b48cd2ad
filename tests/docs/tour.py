"""The session in docs/tour.md, played in a room in memory: what people type there, and what they read of it.

A block has a line for each line that is typed or read. It begins with who does so, in a column of 20 characters; a line
without that goes on with what the same people read. `others` are all but the one who typed, and `all` are all. Each
heading has the time at which its blocks begin. People take ten seconds for each line. Tina is an operator; her
phone shows 755224. `shell` types `udpchat admin` on the server's machine, and reads what that prints.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from string import ascii_letters

import attrs
from markdown_it import MarkdownIt

from tests.docs.pages import ROOT
from tests.room import SERVER, Client, Room
from tests.wire.acting import Codes
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.inputs import Administered

PEOPLE = ("tina", "ben", "ana", "leo")
SHELL = "shell"
ADMIN = "udpchat admin "
COLUMN = 20  # characters
SECONDS = 10.0  # for each line that is typed
PAGE = "docs/tour.md"
RESTARTED = "text restarted"  # a block before which the server starts again


@attrs.frozen
class Step:
    """A line that somebody types, and what each person reads of it, in order. `number` is that of the page's line."""

    number: int
    who: str
    types: str
    reads: Mapping[str, list[str]] = attrs.field(factory=lambda: {name: [] for name in (*PEOPLE, SHELL)})


@attrs.frozen
class Block:
    """A block of the page: its first line, the time when it begins, and whether the server has started again."""

    number: int
    at: float
    restarted: bool
    steps: tuple[Step, ...]


def blocks() -> Iterator[Block]:
    """Yield the blocks of the page."""
    at, heading = 0.0, False
    for token in MarkdownIt().parse((ROOT / PAGE).read_text(encoding="utf-8")):
        if heading and (time := re.match(r"\d+:\d\d", token.content)):
            at = datetime.strptime(f"2026-03-02 {time[0]} +0000", "%Y-%m-%d %H:%M %z").timestamp()
        heading = token.type == "heading_open"
        if token.type == "fence" and token.info in {"text", RESTARTED}:
            assert token.map is not None
            number = token.map[0] + 2
            yield Block(number, at, token.info == RESTARTED, tuple(steps(token.content, number)))


def steps(content: str, first: int) -> Iterator[Step]:
    """Yield the steps of a block that begins in this line of the page."""
    step, readers = None, list[str]()
    for number, line in enumerate(content.splitlines(), first):
        label, text = line[:COLUMN].strip(), line[COLUMN:]
        who, _, verb = label.rpartition(" ")
        if verb == "types":
            if step is not None:
                yield step
            step, readers = Step(number, who, text), []
            continue
        assert step is not None, f"{PAGE}:{number}: somebody reads before anybody types"
        if label:
            assert verb in {"read", "reads"}, f"{PAGE}:{number}: {label!r} is not who types or reads"
            others = [name for name in PEOPLE if name != step.who]
            readers = {"all": [*PEOPLE], "others": others}.get(who, who.split(", "))
        for reader in readers:
            step.reads[reader].append(text)
    if step is not None:
        yield step


def nicknames() -> Iterator[str]:
    """Yield the nicknames that newcomers get."""
    source = Random(2)  # noqa: S311 - to be repeatable, not secret
    while True:
        yield "".join(source.choices(ascii_letters, k=5))


class Tour:
    """Four people with netcats, in one room."""

    def __init__(self) -> None:
        """Let nobody have said anything."""
        self._entropy = nicknames()
        self._room = self._started()
        self._clients = self._netcats()

    def _started(self, now: float = 0.0) -> Room:
        """Return a server on which tina is an operator."""
        room = Room(self._entropy, now=now, codes=Codes("tina"))
        room.hub.outbox.here = SERVER
        return room

    def _netcats(self) -> dict[str, Client]:
        return {name: self._room.client(port=port) for port, name in enumerate(PEOPLE, 50_001)}

    def play(self, block: Block) -> Iterator[tuple[Step, dict[str, list[str]]]]:
        """Play a block; yield each step with what everyone reads."""
        if block.restarted:
            self._restart()
        self._room.pass_time(max(0.0, block.at - self._room.now))
        for step in block.steps:
            self._room.pass_time(SECONDS)
            printed = self._type(step)
            yield (
                step,
                {name: [*map(shown, client.hears())] for name, client in self._clients.items()} | {SHELL: printed},
            )

    def _type(self, step: Step) -> list[str]:
        """Let somebody type a line; return what the shell prints if it was typed there."""
        if step.who != SHELL:
            self._clients[step.who].say(f"{step.types}\n")
            return []
        assert step.types.startswith(ADMIN), f"{PAGE}:{step.number}: the shell has only {ADMIN}"
        act, *rest = shlex.split(step.types.removeprefix(ADMIN))
        printed = list[str]()
        self._room.hub.tell(SERVER, Administered(act, " ".join(rest)), printed.extend)
        return printed

    def _restart(self) -> None:
        """End the server, and start another one that knows what the first one knew. People keep their addresses."""
        before, self._room = self._room, self._started(self._room.now)
        restore(self._room.chat.state, snapshot(before.chat.state))
        for address in self._room.chat.state.roster.members:
            self._room.hub.admission.restore(address, self._room.now)
        self._clients = self._netcats()


def shown(line: str) -> str:
    """Return a line as the page shows it: with names for the control characters, as Bash has them."""
    return line.replace("\x1b", "\\e").replace("\x07", "\\a")
