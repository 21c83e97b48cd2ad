"""A server that is killed and started again, and programs that do as docs/json.md says: what each has is compared.

Checks, besides those at the head of `program`: `numbers`, one number has one content, for all programs; `hole`, after
all is calm a program has every event since it came in; `twice`, a line with an id is said once, and its outcome says
where; `noticed`, nobody reads that a program left that went on elsewhere; `bugs`, nothing of ours raised.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import attrs

from tests.journals import CODEC
from tests.room import SERVER, Client, Room
from tests.simulation.programs.program import LOBBY, Found, Program, datagram
from tests.simulation.world import check
from udpchat.adapters.journal.codec import Row
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier
from udpchat.domain.admission.policy import Policy
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Input, Rules

POLICY = Policy(rate=30, prefix_rate=0, server_rate=0, join_rate=0)
RULES = Rules(session_seconds=100_000)  # so that nobody who is away for long is somebody else
AGAIN = 3  # steps after which a program says again what was not answered


@attrs.define(eq=False)
class Paper(MemoryJournal):
    """A journal that outlives servers: rows, and a snapshot before them."""

    rows: list[Row] = attrs.field(factory=list)
    document: str = ""
    last: int = 0  # inputs of the last batch

    def recover(self) -> Recovered:
        """Return what is written."""
        state = CODEC.state(self.document) if self.document else Snapshot()
        return Recovered(state, [CODEC.input(row) for row in self.rows], min(self.last, len(self.rows)))

    def append(self, inputs: Sequence[Input]) -> None:
        """Write inputs, and commit them."""
        super().append(inputs)
        self.rows += CODEC.rows(inputs)
        self.last = len(inputs)

    def save(self, state: Snapshot) -> None:
        """Write a snapshot in place of all inputs."""
        self.document, self.rows = CODEC.document(state), []


@attrs.define(eq=False)
class ProgramWorld:
    """The server, its journal, the network and everybody on it."""

    random: Random
    loss: float
    paper: Paper = attrs.field(factory=Paper)
    room: Room = attrs.field(init=False)
    programs: list[Program] = attrs.field(factory=list)
    people: list[Client] = attrs.field(factory=list)
    heard: list[str] = attrs.field(factory=list)
    port: int = 1000
    step: int = 0
    moves: int = 0
    crashes: int = 0

    def __attrs_post_init__(self) -> None:
        self.room = self._server()
        for name in ("ada", "bob", "cleo", "dora"):
            self.programs.append(Program(name, self._attach(), repeats=self.loss > 0))
        self.people = [Client(self.room, self._attach()) for _ in range(2)]

    def _schedule(self) -> Sequence[int]:
        """Return when the copies of a datagram arrive."""
        if self.random.random() < self.loss:
            return ()
        copies = 2 if self.random.random() < self.loss / 2 else 1
        return [self.random.randrange(4) if self.loss else 0 for _ in range(copies)]

    def _server(self) -> Room:
        room = Room(schedule=self._schedule, policy=POLICY, journal=self.paper, now=self.step * 1.0)
        room.hub.start(SERVER, RULES)
        return room

    def _attach(self) -> MemoryCarrier:
        self.port += 1
        return self.room.network.attach(MemoryAddress("127.0.0.1", self.port))

    def crash(self) -> None:
        """Kill the server, with all that is on the wire, and start another one at once."""
        self.crashes += 1
        self.room = self._server()
        for program in self.programs:
            program.end = self.room.network.attach(program.end.address)
        self.people = [Client(self.room, self.room.network.attach(each.end.address)) for each in self.people]

    def move(self, program: Program) -> None:
        """Give a program another address: it goes on by its session."""
        self.moves += 1
        self.room.network.detach(program.end.address)
        program.connect(self._attach())
        self.ask_again(program)

    def send(self, program: Program, *objects: Found) -> None:
        """Send objects in one datagram."""
        self.room.network.carry(program.end.address, [datagram(*objects)], [SERVER])

    def settle(self) -> None:
        """Let a step pass, and everybody read."""
        self.step += 1
        self.room.now = float(self.step)
        self.room.network.tick()
        self.room.settle()
        self.room.hub.tick()
        self.room.hub.pace()
        for program in self.programs:
            for payload in [each for each, _ in program.end.receive(len(program.end.inbox))]:
                program.take(payload)
        for person in self.people:
            self.heard += person.hears()
        check(self.room.hub.admission.drops[DropReason.BUG] == 0, "bugs", "a bug of ours")

    def ask_again(self, program: Program) -> None:
        """Say again what has no outcome, and ask for what is missing."""
        self.send(program, *program.again())

    def say(self, program: Program, text: str) -> None:
        """Let a program say a line that counts once."""
        line = program.say(text, text)
        if not program.comes:
            self.send(program, line)

    def judge(self) -> None:
        """Check what everybody has at the end, when nothing is lost any more."""
        lobby = self.room.chat.state.rooms.lobby
        contents: dict[int, str] = {}
        for program in self.programs:
            check(not program.pending, "hole", f"{program.name} has no outcome of {program.pending}")
            wanted = [*range(program.entered + 1, lobby.seq + 1)]
            lines = program.held[LOBBY]
            held = sorted(seq for seq in lines if seq > program.entered)  # it may have had a welcome before
            check(held == wanted, "hole", f"{program.name} has not all of {wanted[:1]} to {lobby.seq}")
            for seq, content in lines.items():
                if content != "hidden":
                    check(contents.setdefault(seq, content) == content, "numbers", f"{seq} differs")
        texts = [json.loads(content).get("text") for content in contents.values()]
        for program in self.programs:
            for number, text in program.said.items():
                check(texts.count(text) == 1, "twice", f"{text!r} was said {texts.count(text)} times")
                there = json.loads(contents[program.done[number][1]])
                check(there.get("text") == text, "twice", f"the outcome of {text!r} is that of {there}")
        check(not any("connected" in each for each in self.heard), "noticed", "somebody read that a program left")
