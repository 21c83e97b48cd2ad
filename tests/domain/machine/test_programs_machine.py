"""Programs that lose what they are sent, change their addresses, and repeat lines, beside people with text."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.machine.programs import SERVER, Talk, Told, port
from tests.journals import stored
from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Rules, SessionOver, Started, Unreachable
from udpchat.domain.rooms.programs.answers import Done, Gap, Kept, Welcome
from udpchat.domain.rooms.requests import Hello, Numbered, Ping, Places, Since
from udpchat.domain.rooms.state import ChatState

SESSION_SECONDS = 120
PEOPLE = [port(1), port(2)]


@attrs.define(eq=False)
class Program:
    """A program as docs/json.md asks for: it keeps what it got by number, and asks for what is missing."""

    talk: Talk
    name: str
    address: MemoryAddress
    secrets: Any
    secret: str = ""
    ids: Any = attrs.field(factory=lambda: count(1))
    sent: list[Numbered] = attrs.field(factory=list)
    outcomes: dict[int, tuple[str | None, int | None]] = attrs.field(factory=dict)
    got: dict[str, dict[int, str]] = attrs.field(factory=dict)
    own: dict[int, str] = attrs.field(factory=dict)
    number: int = 0  # of the member

    @property
    def is_in(self) -> bool:
        """Whether it is a member."""
        member = self.talk.state.roster.get(self.address)
        return member is not None and member.place.number == self.number

    def places(self) -> Places:
        """Return how far it has all without a hole."""
        rooms = [(room, self._whole(got, self._entered(room))) for room, got in self.got.items()]
        return Places(tuple(rooms), self._whole(self.own, 0), self.talk.state.numbering)

    def _entered(self, room: str) -> int:
        found = self.talk.state.rooms.by_name.get(room)
        return 0 if found is None else found.programs.get(self.address, 0)

    @staticmethod
    def _whole(got: dict[int, str], begin: int) -> int:
        while begin + 1 in got:
            begin += 1
        return begin

    def take(self, told: list[Told]) -> None:
        """Take what came through."""
        for each in told:
            if isinstance(each.event, Gap):
                if each.event.room is not None:
                    for seq in range(each.event.first, each.event.last + 1):
                        assert seq <= self._entered(each.event.room), "what it could have is a gap"
            elif isinstance(each.event, Welcome):
                self.secret = each.event.hashed or self.secret
            elif each.room:
                got = self.got.setdefault(each.room, {})
                assert got.setdefault(each.seq, each.text) == each.text, "a number came with two events"
            elif each.own:
                assert self.own.setdefault(each.own, each.text) == each.text
            elif isinstance(each.event, Kept) and '"done"' in each.event.text:
                found = json.loads(each.event.text)
                where = found.get("room"), found.get("seq")
                assert self.outcomes.setdefault(found["id"], where) == where
            elif isinstance(each.event, Done):
                where = each.event.room, each.event.seq
                assert self.outcomes.setdefault(each.event.id, where) == where, "a line was obeyed twice"

    def forget_left_rooms(self) -> None:
        """Forget rooms that it left, and what it had of one before it came back."""
        rooms = {room.name: room for room in self.talk.state.roster.members[self.address].place.rooms}
        for name in [*self.got]:
            if name not in rooms:
                del self.got[name]
                continue
            entered = rooms[name].programs[self.address]
            self.got[name] = {seq: text for seq, text in self.got[name].items() if seq > entered}
        for name in rooms:
            self.got.setdefault(name, {})

    def check(self) -> None:
        """Fail unless it has each event of its rooms since it came in, and all of its own, each once and right."""
        for name, got in self.got.items():
            room = self.talk.state.rooms.by_name[name]
            entered = room.programs[self.address]
            assert [*sorted(got)] == [*range(entered + 1, room.seq + 1)]
            for seq, text in got.items():
                assert text in {"hidden", self.talk.events[name, seq]}
        session = self.talk.state.sessions.by_address[self.address]
        assert sorted(self.own) == [*range(1, session.own + 1)]


@attrs.define(eq=False)
class World:
    """Two people, three programs, and addresses that were never used."""

    talk: Talk
    programs: list[Program] = attrs.field(init=False)
    ports: Any = attrs.field(factory=lambda: count(100))
    secrets: Any = attrs.field(factory=lambda: map("s{}".format, count()))

    def __attrs_post_init__(self) -> None:
        self.programs = [Program(self.talk, name, port(next(self.ports)), self.secrets) for name in "xyz"]
        for client in PEOPLE:
            self.talk.give(client, "")

    def tell(self, sender: MemoryAddress, line: Any, *, loses: bool = False, after: float = 1.0) -> None:
        """Give an input, and let programs take what comes of it, unless all of it is lost."""
        before = {program.name: program.address in self.talk.state.roster for program in self.programs}
        found = self.talk.tell(sender, line, after)
        for program in self.programs:
            member = self.talk.state.roster.get(program.address)
            if member is not None and not before[program.name]:
                program.number = member.place.number
            if not loses:
                program.take(found.get(program.address, []))
            if program.is_in:
                program.forget_left_rooms()
        self.consistent()

    def consistent(self) -> None:
        """Fail if a session has no member, a member two addresses, or a room another number than it was told events."""
        state = self.talk.state
        assert state.sessions.by_address.keys() <= state.roster.members.keys()
        numbers = [member.place.number for member in state.roster]
        assert len(set(numbers)) == len(numbers)
        for room in state.rooms:
            programs = {each for each in room.members if state.roster.members[each].place.look.json}
            assert room.programs.keys() == programs
            assert (room.told is not None) == bool(programs)
            assert room.told is None or room.told.last == room.seq
        for member in state.roster:
            session = state.sessions.by_address.get(member.address)
            assert member.place.look.json == (session is not None)
            assert member.place.look.lost == (session is not None and session.lost is not None)
            assert member.place.look.lost == (member.address in state.sessions.lost)

    def act(  # noqa: C901, PLR0912 - one case for each thing that somebody does
        self, what: str, number: int, text: str, *, loses: bool
    ) -> None:
        """Let somebody do something."""
        program = self.programs[number % 3]
        match what:
            case "person":
                self.tell(PEOPLE[number % 2], text, loses=loses)
            case "hello" if not program.is_in:
                self.begin(program)
            case "line" if program.is_in:
                line = Numbered(
                    text if text[0] == "/" else f"{text} {program.name} {len(program.sent)}", next(program.ids)
                )
                program.sent.append(line)
                self.tell(program.address, line, loses=loses)
            case "repeat" if program.is_in and program.sent:
                self.tell(program.address, program.sent[number % len(program.sent)], loses=loses)
            case "since" if program.is_in:
                self.tell(program.address, Since(program.places()), loses=loses)
            case "ping" if program.is_in:
                self.tell(program.address, Ping(1), loses=loses)
            case "gone" if program.is_in:
                self.tell(program.address, Unreachable(), loses=loses)
            case "moved" if program.is_in and program.secret:
                self.move(program, loses=loses)
            case "over":
                for each in self.talk.state.sessions.over(self.talk.inputs[-1].at + 1, SESSION_SECONDS):
                    self.tell(each, SessionOver(), loses=loses)  # type: ignore[arg-type]
            case "later":
                self.tell(SERVER, Started(self.talk.rules, grammar=5), loses=loses, after=100.0)
            case "snapshot":
                self.talk.start_again()
            case _:
                pass

    def begin(self, program: Program) -> None:
        """Let a program come in, as somebody new."""
        program.address = port(next(self.ports))
        program.got, program.own, program.outcomes, program.sent = {}, {}, {}, []
        program.ids = count(1)
        self.tell(program.address, Hello(program.name, "", Places(), next(self.secrets)))

    def move(self, program: Program, *, loses: bool) -> None:
        """Let a program go on at another address: the same member, and nobody else."""
        state = self.talk.state
        before, number = state.roster.members[program.address], len(state.roster)
        program.address = port(next(self.ports))
        hello = Hello("", program.secret, program.places(), next(self.secrets))
        self.tell(program.address, hello, loses=loses)
        after = state.roster.members[program.address]
        assert (after.nickname, after.place) == (before.nickname, before.place)
        assert (len(state.roster), before.address in state.roster) == (number, False)


ACTIONS = [
    "person",
    "person",
    "line",
    "line",
    "line",
    "repeat",
    "since",
    "ping",
    "gone",
    "moved",
    "over",
    "later",
    "hello",
    "snapshot",
]
TEXTS = [
    *("good morning", "good evening", "ok", "x to you", "//quoted", "/me waves", "/roll 2d6"),
    *("/join kitchen", "/join den", "/leave", "/nick tom", "/nick tim", "/topic tea", "/quit", "/hand", "/next"),
    *(
        "/ignore x",
        "/ignore y",
        "/unignore x",
        "/msg x hi",
        "/msg y hi",
        "/invite z",
        "/away lunch",
        "/back",
        "/nope",
        "/list",
    ),
]
actions = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 5), st.sampled_from(TEXTS), st.booleans()), max_size=60
)


@given(actions, st.sampled_from(["announced", "silent"]))
def test_programs_miss_nothing(drawn: list[tuple[str, int, str, bool]], announces: str) -> None:
    """Whatever is lost, and wherever they go on: after `since` they have every event since they came in, each once.

    No session has two members, no line with an id is said twice, and a chat that was stored and restored in between has
    the same numbers as one that was not.
    """
    world = World(Talk(Rules(session_seconds=SESSION_SECONDS, announce_joins=announces == "announced")))
    for program in world.programs:
        world.begin(program)
    for what, number, text, loses in drawn:
        world.act(what, number, text, loses=loses)
    talk = world.talk
    for program in world.programs:
        if program.is_in:
            world.tell(program.address, Since(program.places()))
    for program in world.programs:
        if program.is_in:
            program.check()
    lines = [text.partition('"text":')[2] for text in talk.events.values() if '"text":"good' in text]
    own = [line for line in lines if line.partition('"')[2].partition('"')[0][-1].isdigit()]
    assert len(set(own)) == len(own)
    again = Chat(ChatState(NAMES))
    for each in talk.inputs:
        again.handle(each)
    assert stored(again.state) == stored(talk.state)
