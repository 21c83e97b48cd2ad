"""Private words: who reads them, whatever the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.domain.cluster.chats import ONE, THREE, TWO, Cluster
from tests.domain.peers import peer
from tests.journals import CODEC, MemoryAddresses
from tests.room import NAMES, Room, entropy_for
from udpchat.domain.address import Address
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.arguments import NotHere
from udpchat.domain.commands.private import (
    REPLY_SECONDS,
    NobodyWrote,
    PrivatelySaid,
    ReaderAway,
)
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.members.look import Look
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Watcher
from udpchat.domain.rooms.state import ChatState

CLIENTS = 4
_STYLE = re.compile(r"\x1b\[[0-9;]*m")  # that a look puts around names
clients = st.integers(0, CLIENTS - 1)


class PrivateWords(RuleBasedStateMachine):
    """Clients write to each other, go to other rooms, leave and come back. `last` is who wrote last to each person."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room()
        self.clients = [self.room.member() for _ in range(CLIENTS)]
        self.last: dict[int, tuple[int, float | None]] = {}  # reader -> writer, and since when it is another one
        self.said = 0

    def member(self, client: int) -> Member:
        """Return the member at a client. If it has left, another person comes to its address."""
        address = self.clients[client].end.address
        if address not in self.room.chat.state.roster:
            self.clients[client].say("\n")
        return self.room.chat.state.roster.members[address]

    def heard(self, client: int, line: str) -> dict[int, str]:
        """Let a client send a line with a word that is new; return who receives this word, and in which line."""
        self.said += 1
        for each in self.clients:
            each.gets()
        self.clients[client].say(f"{line} secret{self.said}.")
        got = {number: _STYLE.sub("", "\n".join(each.hears())) for number, each in enumerate(self.clients)}
        return {number: lines for number, lines in got.items() if f"secret{self.said}." in lines}

    def reached(self, got: dict[int, str], client: int, to: int) -> None:
        """Fail unless exactly these two received it; then note who wrote to whom."""
        speaker, reader = self.member(client), self.member(to)
        assert got.keys() == {client, to}
        assert got[client].count("secret") == got[to].count("secret") == 1
        assert f"[you -> {reader.nickname}] secret" in got[client]
        assert f"[{speaker.nickname} -> you] secret" in got[to]
        writer, since = self.last.get(reader.place.number, (0, None))
        if writer not in {0, speaker.place.number}:
            since = self.room.now
        self.last[reader.place.number] = speaker.place.number, since

    @rule(client=clients, to=clients, word=st.sampled_from(["/msg", "/M", " /tell", "/query", "/w"]))
    def write(self, client: int, to: int, word: str) -> None:
        """Write to somebody in any room."""
        self.member(client)
        got = self.heard(client, f"{word} {self.member(to).nickname}")
        if client == to:
            assert got == {}
        else:
            self.reached(got, client, to)

    @rule(
        client=clients,
        to=clients,
        word=st.sampled_from(["msg", "Tell", ".m", "x/query", "\uff0fmsg", "/mgs", "/"]),
        more=st.sampled_from(["", " this is a"]),
    )
    def mistype(self, client: int, to: int, word: str, more: str) -> None:
        """Try to write to somebody else."""
        self.member(client)
        if client != to:
            assert self.heard(client, f"{word} {self.member(to).nickname}{more}") == {}

    @rule(client=clients, word=st.sampled_from(["/r", "/reply"]))
    def reply(self, client: int, word: str) -> None:
        """Answer the person who wrote last. That may be too early, or that person may have left."""
        writer, since = self.last.get(self.member(client).place.number, (0, None))
        here = [number for number, each in enumerate(self.clients) if each.end.address in self.room.chat.state.roster]
        to = next((number for number in here if self.member(number).place.number == writer), None)
        got = self.heard(client, word)
        if to is None or (since is not None and self.room.now - since < REPLY_SECONDS):
            assert got == {}
        else:
            self.reached(got, client, to)

    @rule(client=clients, name=st.sampled_from(["lobby", "kitchen", "cellar"]))
    def move(self, client: int, name: str) -> None:
        """Go to another room."""
        member, state = self.member(client), self.room.chat.state
        room = state.rooms.find(name) or state.rooms.make(name, 1000)
        assert room is not None
        if room is not member.place.room:
            before = member.place.room
            state.rooms.enter(member, room)
            state.exit(member, before)

    @rule(client=clients, color=st.booleans(), time=st.sampled_from([None, 0, 120]))
    def look(self, client: int, *, color: bool, time: int | None) -> None:
        """Read in another look."""
        self.room.chat.state.rooms.use_look(self.member(client), Look(color, time))

    @rule(client=clients, line=st.sampled_from(["/quit", "/nick bob", "/nick alice", "hello", "help", "/list"]))
    def do(self, client: int, line: str) -> None:
        """Do something else."""
        self.clients[client].say(line)

    @rule(seconds=st.sampled_from([0.5, REPLY_SECONDS]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.room.now += seconds

    def teardown(self) -> None:
        """Fail if any history has private words."""
        for number, client in enumerate(self.clients):
            self.member(number)
            client.gets()
            client.say("/history 1000\n/missed")
            assert not [line for line in client.hears() if "secret" in line]
        assert "secret" not in str(snapshot(self.room.chat.state))


PrivateWords.TestCase.settings = settings(max_examples=50, stateful_step_count=25)
TestPrivateWords = PrivateWords.TestCase
"""A private line reaches exactly two, a reply the person that wrote last, a mistyped one nobody; no history has it."""


@attrs.define
class Others(Watcher):
    """Who is away, and who ignores whom, as another family may have it."""

    watches = "ignored"

    away: dict[Address, str] = attrs.field(factory=dict)
    ignored: dict[Address, Address] = attrs.field(factory=dict)  # who is ignored -> who ignores it

    def leave(self, address: Address) -> None:
        """Do nothing."""

    def move(self, places: Mapping[Address, Address]) -> None:
        """Do nothing."""

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return nothing."""

    def hiding(self, speaker: Address) -> Collection[Address]:
        """Return who ignores a speaker."""
        return [self.ignored[speaker]] if speaker in self.ignored else []

    @property
    def absent(self) -> Mapping[Address, str]:
        """Return who is away."""
        return self.away


A, B, C = (peer(port=port) for port in (1, 2, 3))


def chat_of_three() -> tuple[Chat, Others]:
    """Return a chat with Anna, Berta and Carla, and a slice of another family."""
    chat, others = Chat(ChatState(NAMES)), Others()
    chat.state.use_grammar(GRAMMAR)
    chat.state.slices.use({"others": others})
    for address, name in ((A, "annax"), (B, "berta"), (C, "carla")):
        chat.handle(Input(0.0, entropy_for(name), address, ""))
    return chat, others


def said(chat: Chat, address: Address, line: str, at: float = 10.0) -> list[Delivery]:
    """Return the deliveries of a line."""
    return chat.handle(Input(at, 7, address, line))


def events(deliveries: list[Delivery]) -> list[Event]:
    """Return the events of deliveries."""
    return [event for _, event in deliveries]


def test_a_speaker_reads_why_the_reader_is_away() -> None:
    """The line is delivered all the same. The reason may be empty."""
    chat, others = chat_of_three()
    for why in ("lunch", ""):
        others.away[B] = why
        (first, line), (second, same), away = said(chat, A, "/msg berta hi")
        assert (first, second) == (Only(A), Notify(B))
        assert line is same
        assert away == (Only(A), ReaderAway(chat.state.roster.members[B].nickname, why))


def test_who_ignores_the_speaker_receives_nothing_and_answers_another() -> None:
    """The speaker does not notice. A reply does not go to somebody whose line was never shown."""
    chat, others = chat_of_three()
    said(chat, C, "/msg berta hi")
    others.ignored[A] = B
    chat.state.slices.watch()
    ((audience, event),) = said(chat, A, "/msg berta psst", 20.0)
    assert audience == Only(A)
    assert isinstance(event, PrivatelySaid)
    assert [audience for audience, _ in said(chat, B, "/r hi", 20.0)] == [Only(B), Notify(C)]


def test_private_words_are_said() -> None:
    """So whoever writes is not away any more. All words for it are private, wherever logs and tools ask."""
    for word in ("/msg", "/m", "/tell", "/query", "/w", "/reply", "/r"):
        assert COMMANDS[word].speaks
        assert COMMANDS[word].private


def test_an_earlier_grammar_has_no_private_words() -> None:
    """A replay of an earlier journal says what was said then: unknown commands, and lines that were said."""
    chat, _ = chat_of_three()
    chat.handle(Input(0.0, 7, peer(port=12000), Started(Rules(), grammar=ROOMS_SINCE - 1)))
    for line in ("/msg berta hi", "/w berta hi", "/r hi"):
        assert isinstance(events(said(chat, A, line))[0], UnknownCommand)
    assert [audience for audience, _ in said(chat, A, "msg berta hi")] == [chat.state.rooms.lobby.everyone]


def test_who_wrote_last_is_part_of_the_state() -> None:
    """After a snapshot, a reply goes to the same person, and not to another one at its address."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    addresses = [MemoryAddresses().decode(f"0 127.0.0.1:{port}") for port in (1, 2, 3)]
    one, two, three = addresses
    for address, name in zip(addresses, ("annax", "berta", "carla"), strict=True):
        chat.handle(Input(0.0, entropy_for(name), address, ""))
    said(chat, three, "/msg berta hi")
    said(chat, one, "/msg berta hi")
    after = Chat(ChatState(NAMES))
    restore(after.state, CODEC.state(CODEC.document(snapshot(chat.state))))
    for each in (chat, after):
        assert [audience for audience, _ in said(each, two, "/r hi", 20.0)] == [Only(two), Notify(one)]
        said(each, one, "/quit")
        said(each, one, "")
        assert events(said(each, two, "/r hi", 20.0)) == [NotHere("annax")]
        said(each, two, "/quit")
        said(each, two, "")
        assert events(said(each, two, "/r hi")) == [NobodyWrote()]
    assert snapshot(after.state) == snapshot(chat.state)


def test_a_takeover_changes_nothing() -> None:
    """Readers and writers that another node serves now are the same persons, on all nodes alike."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    cluster.handle("b", "/nick berta", ONE)
    cluster.handle("a", "/nick annax", TWO)
    cluster.handle("b", "/nick carla", THREE)
    cluster.handle("b", "/msg annax hi", ONE)
    cluster.handle("a", "/msg carla hi", TWO)
    cluster.handle("a", Started(Rules(), takes_over="b", grammar=GRAMMAR))
    for sender, reader in ((TWO, ONE), (THREE, TWO)):
        for delivered in cluster.handle("a", "/r hi", sender).values():
            (_, (audience, event)) = delivered
            assert isinstance(audience, Notify)
            assert str(audience.address) == reader.removeprefix("0 ")
            assert isinstance(event, PrivatelySaid)
