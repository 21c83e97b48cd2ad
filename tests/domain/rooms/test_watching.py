"""Slices that watch members: they take note of what these say, or hide it from others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import attrs
import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.history import NothingSaid
from udpchat.domain.commands.presence import Greeted
from udpchat.domain.commands.spec import Command, alone
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Slice, Watcher
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line, LineTooLong

ONE, TWO = peer(port=1), peer(port=2)


@attrs.define
class Watching(Watcher):
    """A slice that watches some members, and never forgets one."""

    watches = "members"

    members: list[Address] = attrs.field(factory=list)

    def leave(self, _: Address) -> None:
        """Do nothing."""

    def move(self, _: Mapping[Address, Address]) -> None:
        """Do nothing."""

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return them as text."""
        return [*map(encode, self.members)]


@attrs.define
class Asleep(Watching):
    """The watched members are asleep. When one says something, its room greets it."""

    def speak(self, member: Member) -> list[Delivery]:
        """Wake up."""
        self.members.remove(member.address)
        return [(member.place.room.everyone, Greeted(member.nickname))]

    @property
    def absent(self) -> Mapping[Address, str]:
        """Return the watched members."""
        return dict.fromkeys(self.members, "asleep")


@attrs.define
class Unseen(Watching):
    """Nobody else receives anything of the watched members."""

    everybody: list[Address] = attrs.field(factory=list)

    def hidden_from(self, reader: Address) -> Collection[Address]:
        """Return the watched members, except the reader itself."""
        return [each for each in self.members if each != reader]

    def hiding(self, speaker: Address) -> Collection[Address]:
        """Return all others, if the speaker is watched."""
        return [each for each in self.everybody if each != speaker and speaker in self.members]


def two_members(*slices: Slice) -> tuple[Chat, Member]:
    """Return a chat with these slices, and the first of its two members."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    for each in (ONE, TWO):
        chat.handle(Input(0.0, each.port, each, ""))
    chat.state.slices.use({f"test {number}": each for number, each in enumerate(slices)})
    return chat, chat.state.roster.members[ONE]


def wakes(chat: Chat, sender: Address, line: Line) -> bool:
    """Say whether a line leads to a greeting, which then comes first."""
    deliveries = chat.handle(Input(0.0, 7, sender, line))
    (room,) = chat.state.rooms
    greeted = [place for place, (_, event) in enumerate(deliveries) if isinstance(event, Greeted)]
    assert greeted in ([], [0])
    assert not greeted or (deliveries[0][0] == room.everyone and len(deliveries) > 1)
    return bool(greeted)


def refuse(*_: object) -> list[Delivery]:
    """Refuse a command."""
    raise Rejected(LineTooLong(9, 8))


@pytest.mark.parametrize("line", ["good morning", "ok", "//ok", "/wave"])
def test_a_slice_takes_note_of_what_a_watched_member_says(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the slice delivers comes before what was said. Members that are not watched any more are not noted."""
    wave = Command("/wave", "wave", alone(object), lambda *_: [(Only(ONE), NothingSaid())], speaks=True)
    monkeypatch.setitem(COMMANDS, "/wave", wave)
    chat, _ = two_members(Asleep([ONE]))
    assert [wakes(chat, sender, line) for sender in (TWO, ONE, ONE)] == [False, True, False]


@pytest.mark.parametrize("line", ["", "/list", "/wave", "/nope", LineTooLong(9, 8)])
def test_other_lines_say_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice takes no note of blank lines, of commands that say nothing, and of what is refused."""
    monkeypatch.setitem(COMMANDS, "/wave", Command("/wave", "wave", alone(object), refuse, speaks=True))
    chat, _ = two_members(Asleep([ONE]))
    assert not wakes(chat, ONE, line)
    assert wakes(chat, ONE, "hello")


def test_who_is_away() -> None:
    """Members count of whom a slice knows that they are away."""
    chat, _ = two_members(Asleep([TWO, peer(port=3)]), Watching([ONE]))
    assert chat.state.slices.away() == {TWO, peer(port=3)}


def test_a_slice_can_hide_members() -> None:
    """The others receive nothing that a hidden member says or does, in history neither. It reads its own replies."""
    chat, _ = two_members(Unseen([ONE], [ONE, TWO]))
    others = frozenset((TWO,))
    assert [audience for audience, _ in chat.handle(Input(0.0, 7, ONE, "peekaboo"))] == [InRoom("lobby", others)]
    listed = chat.handle(Input(0.0, 7, ONE, "/list"))
    assert [audience for audience, _ in listed] == [Only(ONE), InRoomBy("lobby", ONE, others)]
    assert chat.handle(Input(0.0, 7, TWO, "/nick x")) != []
    taken = chat.handle(Input(0.0, 7, ONE, "/nick x"))
    assert [audience for audience, _ in taken] == [Only(ONE)], "the notice for the holder of the name is left out"
    assert [event for _, event in chat.handle(Input(0.0, 7, TWO, "/history"))] == [NothingSaid()]
    assert len(chat.handle(Input(0.0, 7, ONE, "/history"))) == 1


def test_watching_survives_a_restart() -> None:
    """A restored chat watches the same members."""
    chat, _ = two_members(Asleep([ONE]))
    after = Chat(ChatState(NAMES))
    restore(after.state, snapshot(chat.state))
    assert wakes(after, ONE, "hello")
