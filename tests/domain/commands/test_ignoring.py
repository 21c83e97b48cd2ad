"""Ignoring people, by properties: against a tiny model, and beside a chat in which nobody ignores anybody."""

from __future__ import annotations

from typing import cast

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.domain.cluster.chats import ONE, THREE, TWO, Cluster
from tests.domain.commands.receiving import received
from tests.domain.peers import Peer, peer
from tests.journals import CODEC
from tests.moving import move
from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.ignoring import Ignores
from udpchat.domain.commands.presence import Left
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy
from udpchat.domain.rooms.inputs import ControlInput, Heartbeat, Idle, Input, Rules, Started, Undelivered, Unreachable
from udpchat.domain.rooms.state import ChatState

PEERS = [peer(port=port) for port in range(1, 5)]
peers = st.sampled_from(PEERS)
names = st.sampled_from(["n1", "n2", "n3", "n4", "n5"])


def ignores_of(chat: Chat) -> Ignores:
    """Return who ignores whom."""
    return cast("Ignores", chat.state.slices.by_word["ignored"])


def new_chat() -> Chat:
    """Return a chat in which nothing happened."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    return chat


@attrs.define
class Spoken:
    """What a person, by its number, said in a room."""

    person: int
    room: str
    text: str


class Ignoring(RuleBasedStateMachine):
    """Four clients do what they like; some of it is to ignore each other.

    Whatever one says or gives as a reason has its number in it, `<3>`, which no other person ever has.
    """

    def __init__(self) -> None:
        super().__init__()
        self.chat, self.twin = new_chat(), new_chat()  # nobody in the second one ignores anybody
        self.ignored: dict[Address, list[Address]] = {}
        self.said: list[Spoken] = []
        self.count = 0

    @initialize(pairs=st.sets(st.tuples(peers, peers)))
    def join(self, pairs: set[tuple[Peer, Peer]]) -> None:
        """All join, and some ignore others."""
        for number, each in enumerate(PEERS, 1):
            self.handle(each, f"/nick n{number}")
        for reader, other in sorted(pairs, key=str):
            self.ignore(reader, other)

    def person(self, address: Address) -> int:
        """Return the number of a member."""
        return self.chat.state.roster.members[address].place.number

    def handle(self, sender: Peer, line: str | ControlInput, in_twin: str | None = None) -> dict[Address, list[str]]:
        """Let both chats handle a line, and compare what is received with what is ignored. Return that."""
        self.count += 1
        before = {reader: [*ignored] for reader, ignored in self.ignored.items()}
        numbers: dict[Address, int] = {each: self.person(each) for each in PEERS if each in self.chat.state.roster}
        got, twin = (
            received(chat.state, chat.handle(Input(1.0, self.count, sender, said)))
            for chat, said in ((self.chat, line), (self.twin, line if in_twin is None else in_twin))
        )
        for reader, ignored in before.items():
            # Who holds a room now is no word of the one who held it before; it may be the reader itself.
            read = [line for line in got.get(reader, []) if " kitchen now" not in line]
            assert reader == sender or sender not in ignored or not read
            assert not [line for line in got.get(reader, []) for each in ignored if f"<{numbers[each]}>" in line]
        if in_twin is None:
            for each in PEERS:
                if each not in before:
                    assert got.get(each) == twin.get(each), "only an ignorer notices"
        return got

    def leave(self, address: Peer, line: str | ControlInput) -> None:
        """Let a client leave."""
        self.handle(address, line)
        for reader in [reader for reader, ignored in self.ignored.items() if address in ignored]:
            self.forget(reader, address)
        self.ignored.pop(address, None)

    def forget(self, reader: Address, other: Address) -> None:
        """Let a client ignore another one no longer, in the model."""
        self.ignored[reader].remove(other)
        if not self.ignored[reader]:
            del self.ignored[reader]

    @rule(sender=peers, plain=st.sampled_from(["{} says this", "//{}", "{}"]))
    def say(self, sender: Peer, plain: str) -> None:
        """Somebody says something. Whoever is new has a number then."""
        if sender not in self.chat.state.roster:
            self.handle(sender, "")
        member = self.chat.state.roster.members[sender]
        line = plain.format(f"<{member.place.number}>")
        self.handle(sender, line)
        self.said.append(Spoken(member.place.number, member.place.room.name, line.replace("//", "/")))

    @rule(sender=peers, line=st.sampled_from(["/away {}", "/hand {}"]), call=st.booleans())
    def give_a_reason(self, sender: Peer, line: str, *, call: bool) -> None:
        """Somebody is away, or has a hand up, and says why. Whoever ignores it asks for that, or calls the next."""
        if sender not in self.chat.state.roster:
            self.handle(sender, "")
        member = self.chat.state.roster.members[sender]
        self.handle(sender, line.format(f"<{member.place.number}>"))
        for reader in PEERS:
            if sender in self.ignored.get(reader, ()):
                self.handle(reader, f"/whois {member.nickname}")
                self.handle(reader, "/next" if call else "/hands")

    @rule(sender=peers, name=names)
    def rename(self, sender: Peer, name: str) -> None:
        """Somebody takes another name, or tries to."""
        self.handle(sender, f"/nick {name}")

    @rule(
        sender=peers,
        line=st.sampled_from(
            ["/back", "/hand", "/hand down", "/who kitchen", "/whoami", "/help", "/ignored", "/missed"]
        ),
    )
    def command(self, sender: Peer, line: str) -> None:
        """Somebody types another command."""
        self.handle(sender, line)

    @rule(sender=peers, name=st.sampled_from(["lobby", "kitchen"]))
    def go(self, sender: Peer, name: str) -> None:
        """Somebody goes to another room."""
        for chat in (self.chat, self.twin):
            if sender in chat.state.roster:
                move(chat.state, sender, name)

    @rule(
        sender=peers,
        line=st.one_of(st.just("/quit"), st.builds(Unreachable), st.builds(Idle, st.just(60), st.booleans())),
    )
    def depart(self, sender: Peer, line: str | ControlInput) -> None:
        """Somebody leaves, or a stranger quits at once."""
        self.leave(sender, line)

    @rule(reader=peers, other=peers)
    def ignore(self, reader: Peer, other: Peer) -> None:
        """Somebody ignores another one."""
        roster = self.chat.state.roster
        if reader in roster and other in roster:
            nickname = roster.members[other].nickname
            got = self.handle(reader, f"/ignore {nickname}", "/ignored")
            if reader == other:
                assert got == {reader: ["error - you cannot ignore yourself"]}
                return
            assert got == {reader: [f"you ignore {nickname} from now on"]}
            if other not in self.ignored.setdefault(reader, []):
                self.ignored[reader].append(other)

    @rule(reader=peers, other=peers)
    def unignore(self, reader: Peer, other: Peer) -> None:
        """Somebody ignores another one no longer, and sees what it said."""
        roster = self.chat.state.roster
        if reader in roster and other in roster:
            self.handle(reader, f"/unignore {roster.members[other].nickname}", "/ignored")
            if other in self.ignored.get(reader, ()):
                self.forget(reader, other)
            self.history(reader, "/history 1000")

    @rule(reader=peers, question=st.sampled_from(["/history 1000", "/history 1h", "/missed"]))
    def history(self, reader: Peer, question: str) -> None:
        """The history has what was said in the room by those that the reader does not ignore."""
        if reader in self.chat.state.roster:
            room = self.chat.state.roster.members[reader].place.room.name
            hidden = {self.person(each) for each in self.ignored.get(reader, ())}
            for chat in (self.chat, self.twin):
                chat.handle(Input(1.0, 7, reader, Undelivered(0)))
            shown = [
                message.text
                for _, event in self.chat.handle(Input(1.0, 7, reader, question))
                if isinstance(event, HistoryShown)
                for message in event.messages
            ]
            self.twin.handle(Input(1.0, 7, reader, question))
            assert shown == [each.text for each in self.said if each.room == room and each.person not in hidden]

    @rule()
    def restart(self) -> None:
        """The server goes on from a snapshot."""
        saved = snapshot(self.chat.state)
        self.chat = Chat(ChatState(NAMES))
        restore(self.chat.state, saved)
        assert snapshot(self.chat.state) == saved

    @invariant()
    def the_slice_is_the_model(self) -> None:
        """Who ignores whom is what they asked for, as long as both are here; both directions of it agree."""
        ignores = ignores_of(self.chat)
        assert ignores.ignored == self.ignored
        assert ignores.ignorers == Ignores(ignores.ignored).ignorers
        assert not ignores_of(self.twin).ignored


TestIgnoring = Ignoring.TestCase
TestIgnoring.settings = settings(max_examples=60, stateful_step_count=30)


def departures(chat: Chat, delivered: list[Delivery]) -> list[tuple[str, ...]]:
    """Return for each departure the names of the members to whom it is not delivered."""
    names = {address: member.nickname for address, member in chat.state.roster.members.items()}
    return [
        tuple(names[each] for each in audience.but)
        for audience, event in delivered
        if isinstance(event, Left) and isinstance(audience, InRoom | InRoomBy)
    ]


def two_nodes(*members: tuple[str, str, str]) -> Cluster:
    """Return nodes a and b with these members: node, nickname and address."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    for node, name, client in members:
        cluster.handle(node, f"/nick {name}", client)
    return cluster


def test_clients_of_a_dead_node() -> None:
    """Whoever ignores one of them does not read that it left, and ignores it no longer."""
    cluster = two_nodes(("a", "one", ONE), ("b", "bob", TWO), ("b", "eve", THREE))
    cluster.handle("a", "/ignore bob", ONE)
    cluster.handle("a", Heartbeat())
    for node, delivered in cluster.handle("a", Heartbeat(steady=LEASE)).items():
        assert departures(cluster.chats[node], delivered) == [("one",), ()]
    assert not any(ignores_of(chat).ignored for chat in cluster.chats.values())


def test_a_takeover() -> None:
    """Those who are taken over ignore, and are ignored, at their new addresses; an old entry leaves unnoticed."""
    cluster = two_nodes(("a", "bob", ONE), ("b", "old", ONE), ("b", "eve", TWO), ("b", "zoe", THREE))
    for name, client in (("bob", TWO), ("old", TWO), ("eve", THREE)):
        cluster.handle("b", f"/ignore {name}", client)
    for node, delivered in cluster.handle("a", Started(Rules(), takes_over="b", grammar=GRAMMAR)).items():
        assert departures(cluster.chats[node], delivered) == [("eve",)]
    for chat in cluster.chats.values():
        names = {address: member.nickname for address, member in chat.state.roster.members.items()}
        pairs = [(names[reader], [names[each] for each in all_]) for reader, all_ in ignores_of(chat).ignored.items()]
        assert pairs == [("eve", ["bob"]), ("zoe", ["eve"])]


def test_a_stored_slice_is_read() -> None:
    """A document has who ignores whom, once, and the machine knows both directions of it afterwards."""
    chat, after = new_chat(), new_chat()
    one, two = MemoryAddress("127.0.0.1", 1), MemoryAddress("127.0.0.1", 2)
    for each in (one, two):
        chat.handle(Input(0.0, each.port, each, ""))
    (nickname,) = (member.nickname for member in chat.state.roster if member.address == two)
    chat.handle(Input(0.0, 7, one, f"/ignore {nickname}"))
    document = CODEC.document(snapshot(chat.state))
    assert '"ignored": {"ignored": {"0 127.0.0.1:1": ["0 127.0.0.1:2"]}}' in document
    restore(after.state, CODEC.state(document))
    assert after.handle(Input(0.0, 7, two, "hello"))[0][0] == InRoom("lobby", frozenset((one,)))
