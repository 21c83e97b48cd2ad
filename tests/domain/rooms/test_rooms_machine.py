"""Rooms against a tiny model: who is where, who reads what, and what a snapshot in between changes: nothing.

Some clients are in one room, as plain text is. Others have windows: they are in up to ten rooms at once.
"""

from __future__ import annotations

from collections import Counter

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.domain.peers import peer
from tests.domain.rooms.model import LOBBY, Model
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.commands.holding import Invited, notify_holders
from udpchat.domain.commands.names import NicknameRequested
from udpchat.domain.commands.presence import Left
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Audience, Delivery, InRoom, InRoomBy, Only
from udpchat.domain.rooms.inputs import ControlInput, Idle, Input, Rules, Started, Unreachable
from udpchat.domain.rooms.rooms import MAX_ROOMS_OF_CLIENT
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line

SERVER = peer(network=2)
PLAIN, WINDOWS = (1, 2, 3), (4, 5)
PEERS: dict[int, Address] = {number: peer(port=number) for number in (*PLAIN, *WINDOWS)}
NUMBERS = {address: number for number, address in PEERS.items()}
# None of these can be a part of a nickname, of a topic or of what is said.
ROOMS = ("attics", "cellar", "garret", *(f"pantry{number}" for number in range(9)))

clients = st.sampled_from((*PLAIN, *WINDOWS))
rooms = st.sampled_from((*ROOMS[:3], *ROOMS[:2], LOBBY))
keys = st.sampled_from(("", "", "hash1", "hash2"))
anything = st.sampled_from(
    (
        "/list",
        "/whoami",
        "/history",
        "/missed",
        "/rooms",
        "/topic",
        "/help",
        "/nick Ann",
        "/nick Ben",
        "/enter x",
        "/nope",
    )
)


@attrs.frozen
class Seen:
    """The rooms at one moment: the members of each, and which are private."""

    members: dict[str, frozenset[Address]]
    private: frozenset[str]

    def of(self, address: Address) -> frozenset[str]:
        """Return the rooms that a client is in."""
        return frozenset(name for name, members in self.members.items() if address in members)


def look(state: ChatState) -> Seen:
    """Return the rooms as they are now."""
    return Seen(
        {room.name: frozenset(room.members) for room in state.rooms},
        frozenset(room.name for room in state.rooms if room.private),
    )


def readers(state: ChatState, audience: Audience) -> list[tuple[Address, bool]]:
    """Return who receives an event, and whether in its own wording."""
    if not isinstance(audience, InRoom | InRoomBy):
        return [(audience.address, isinstance(audience, Only))]
    own = [(audience.address, True)] if isinstance(audience, InRoomBy) else []
    room = state.rooms.by_name.get(audience.room)
    but = {*audience.but, *(address for address, _ in own)}
    return [*own, *((address, False) for address in (room.members if room else ()) if address not in but)]


def fresh() -> Chat:
    """Return a chat without members."""
    return Chat(ChatState(NAMES))


class RoomsAgainstModel(RuleBasedStateMachine):
    """A chat agrees with the model after each input, and with a chat that was restored from a snapshot of it."""

    def __init__(self) -> None:
        super().__init__()
        self.chat, self.restored = fresh(), fresh()
        self.model = Model()
        self.entropy = 0

    def handle(self, sender: Address, line: Line | ControlInput) -> list[Delivery]:
        """Let both chats handle an input, and check who reads what of it."""
        self.entropy += 0x9E3779B97F4A7C15
        given = Input(0.0, self.entropy % 2**64, sender, line)
        before = look(self.chat.state)
        deliveries = self.chat.handle(given)
        assert self.restored.handle(given) == deliveries
        after = look(self.chat.state)
        places = (before.of(sender) or {LOBBY}) | after.of(sender)  # a stranger comes into the lobby first
        for audience, event in deliveries:
            for reader, own in readers(self.chat.state, audience):
                known = before.of(reader) | after.of(reader)
                assert reader == sender or known & places or isinstance(event, Invited | NicknameRequested), (
                    "nobody in another room receives anything"
                )
                text = b"".join(render(event, 1400, own=own)).decode().lower()
                for name in (before.private | after.private) - known:
                    said_so = (reader == sender and name in str(line).lower()) or isinstance(event, Invited)
                    assert said_so or name not in text, "nobody outside reads the name of a private room"
        return deliveries

    def send(self, client: int, line: str) -> list[Delivery]:
        """Let a client send a line; it joins if it is not here."""
        self.model.arrive(client)
        return self.handle(PEERS[client], line)

    def go(self, client: int, name: str, key: str = "", mark: str = "") -> None:
        """Let a client go to a room, if it may."""
        self.send(client, f"/join {mark}{name} {key}")
        self.model.join(client, name, key)

    def holder(self, client: int) -> int:
        """Return one of those who hold a room, if there are any; which one depends on the client."""
        self.send(client, "")
        holders = [room.holder for room in self.model.rooms.values() if room.holder]
        return holders[client % len(holders)] if holders else client

    @initialize(max_rooms=st.sampled_from((2, 3, 1000)), history=st.sampled_from((0, 2)))
    def start(self, max_rooms: int, history: int) -> None:
        """The server starts, with some settings."""
        self.model.max_rooms = max_rooms
        rules = Rules(max_rooms=max_rooms, history_on_join=history)
        assert self.handle(SERVER, Started(rules, grammar=GRAMMAR)) == []
        for client in PEERS:
            self.send(client, "")

    @rule(client=clients, word=st.sampled_from(("hello", "good morning", "//x", "")))
    def say(self, client: int, word: str) -> None:
        """All in the room read what is said there, and nobody else."""
        deliveries = self.send(client, word)
        if word:
            self.model.say(client)
            said = [audience for audience, event in deliveries if isinstance(event, Said)]
            read = [reader for audience in said for reader, _ in readers(self.chat.state, audience)]
            assert read == [PEERS[each] for each in self.model.here(client).members]

    @rule(client=clients, name=rooms, key=keys, mark=st.sampled_from(("", "#")))
    def join(self, client: int, name: str, key: str, mark: str) -> None:
        """A client goes to a room, or is refused."""
        self.go(client, name, key, mark)

    @rule(client=clients)
    def leave(self, client: int) -> None:
        """A client goes back."""
        self.send(client, "/leave")
        self.model.back(client)

    @rule(client=clients, holder=st.booleans(), topic=st.sampled_from(("lunch", "stars", "off")))
    def topic(self, client: int, topic: str, *, holder: bool) -> None:
        """A client sets a topic, if it may."""
        who = self.holder(client) if holder else client
        self.send(who, f"/topic {topic}")
        if self.model.here(who).holder == who:
            self.model.here(who).topic = topic.replace("off", "")

    @rule(client=clients, holder=st.booleans(), key=st.sampled_from(("hash1", "hash2", "off")))
    def key(self, client: int, key: str, *, holder: bool) -> None:
        """A client sets a key, if it may."""
        who = self.holder(client) if holder else client
        self.send(who, f"/key {key}")
        if self.model.here(who).holder == who:
            self.model.here(who).key = key.replace("off", "")

    @rule(client=clients, private=st.sampled_from((True, True, False)))
    def private(self, client: int, *, private: bool) -> None:
        """A client hides its room or shows it, if it may."""
        who = self.holder(client)
        self.send(who, f"/private {'on' if private else 'off'}")
        if self.model.here(who).holder == who:
            self.model.here(who).private = private

    @rule(client=clients, guest=clients, holder=st.booleans(), comes=st.booleans())
    def invite(self, client: int, guest: int, *, holder: bool, comes: bool) -> None:
        """A client invites another one, if it may. That may come at once."""
        who = self.holder(client) if holder else client
        here = self.chat.state.roster.get(PEERS[guest])
        self.send(who, f"/invite {here.nickname if here else 'nobody'}")
        self.model.invite(who, guest if here else None)
        if comes and here:
            self.go(guest, self.model.places[who][-1])

    @rule(client=clients, line=anything)
    def other(self, client: int, line: str) -> None:
        """A client sends any other command."""
        self.send(client, line)

    @rule(client=clients, line=st.sampled_from(("/quit", Idle(60), Unreachable(None))))
    def quit(self, client: int, line: str | ControlInput) -> None:
        """A client leaves. Each of its rooms reads of it, once for each, and nobody else."""
        was_here = client in self.model.places
        if was_here or isinstance(line, str):
            self.model.arrive(client)
        others = Counter(
            PEERS[other]
            for name in (self.model.places[client] if was_here else ())
            for other in self.model.rooms[name].members
            if other != client
        )
        deliveries = self.handle(PEERS[client], line)
        if client in self.model.places:
            self.model.quit(client)
            if not isinstance(line, Unreachable):
                others[PEERS[client]] += 1
        left = [audience for audience, event in deliveries if isinstance(event, Left)]
        assert Counter(reader for audience in left for reader, _ in readers(self.chat.state, audience)) == others

    @rule(client=st.sampled_from(WINDOWS), name=st.sampled_from(ROOMS), at=st.integers(0, 20))
    def open_window(self, client: int, name: str, at: int) -> None:
        """A client with windows enters one more room, which perhaps is private, or is made."""
        self.send(client, "")
        places, names = self.model.places[client], [each for each in self.model.rooms if each != LOBBY]
        name = names[at] if at < len(names) else name
        if name in places or len(places) == MAX_ROOMS_OF_CLIENT or not (name in names or self.model.make(name)):
            return
        for chat in (self.chat, self.restored):
            room = chat.state.rooms.find(name) or chat.state.rooms.make(name, self.model.max_rooms)
            assert room is not None
            chat.state.rooms.enter(chat.state.roster.members[PEERS[client]], room)
            notify_holders(chat.state)
        self.model.enter(client, name)

    @rule()
    def snapshot(self) -> None:
        """The other chat is replaced by one that is restored."""
        self.restored = fresh()
        restore(self.restored.state, snapshot(self.chat.state))

    @invariant()
    def the_rooms_are_the_models(self) -> None:
        """Which rooms there are and in which order, who is in them, who holds them, and how they are closed."""
        numbers = NUMBERS.__getitem__
        assert [
            (name, [*map(numbers, room.members)], room.holder and numbers(room.holder), [*map(numbers, room.invited)])
            for name, room in self.chat.state.rooms.by_name.items()
        ] == [(name, room.members, room.holder, room.invited) for name, room in self.model.rooms.items()]
        assert [(room.topic, room.key, room.private) for room in self.chat.state.rooms] == [
            (room.topic, room.key, room.private) for room in self.model.rooms.values()
        ]

    @invariant()
    def every_client_is_in_its_rooms(self) -> None:
        """A plain client is in exactly one. Each speaks in one of its own rooms."""
        places = {NUMBERS[each.address]: [room.name for room in each.place.rooms] for each in self.chat.state.roster}
        assert places == self.model.places
        assert all(len(places[each]) == 1 for each in PLAIN if each in places)
        assert all(each.place.room is each.place.rooms[-1] for each in self.chat.state.roster)

    @invariant()
    def the_restored_chat_is_the_same(self) -> None:
        """Its state is that of the chat that was never restored."""
        assert snapshot(self.restored.state) == snapshot(self.chat.state)


TestRoomsAgainstModel = RoomsAgainstModel.TestCase
TestRoomsAgainstModel.settings = settings(max_examples=80, stateful_step_count=40)
