"""State of one family: machine, snapshot, digest and codec treat it as they treat every other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from tests.journals import CODEC, MemoryAddresses
from tests.room import NAMES
from udpchat.adapters.journal import codec
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.address import Address
from udpchat.domain.commands import SLICES
from udpchat.domain.machine import chat as machine
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.slice import Follower, Slice, Watcher
from udpchat.domain.rooms.state import ChatState

ONE, TWO = MemoryAddress("127.0.0.1", 1), MemoryAddress("127.0.0.1", 2)


@attrs.define
class Hands(Slice):
    """Who has raised a hand, and which hands were raised before, in which order."""

    raised: dict[Address, int] = attrs.field(factory=dict)
    before: list[set[int]] = attrs.field(factory=list)

    def leave(self, address: Address) -> None:
        """Lower it."""
        self.raised.pop(address, None)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Keep it up."""
        self.raised = {places.get(address, address): at for address, at in self.raised.items()}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return who, as text."""
        return [(encode(address), at) for address, at in self.raised.items()]


@pytest.fixture(autouse=True)
def _hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a family have hands."""
    for module in (machine, codec):
        monkeypatch.setattr(module, "SLICES", {**SLICES, "hands": Hands})


def all_hands(chat: Chat) -> Hands:
    """Return the slice of a chat."""
    found = chat.state.slices.by_word["hands"]
    assert isinstance(found, Hands)
    return found


def hands(chat: Chat) -> dict[Address, int]:
    """Return the hands that are up."""
    return all_hands(chat).raised


def test_a_slice_is_part_of_the_state() -> None:
    """It goes into a snapshot and comes back, counts in the digest, and is not shared with the snapshot."""
    chat = Chat(ChatState(NAMES))
    before = digest(snapshot(chat.state), str)
    hands(chat)[ONE] = 3
    all_hands(chat).before.append({3})
    state = snapshot(chat.state)
    assert digest(state, str) != before
    hands(chat)[TWO] = 4
    all_hands(chat).before[0].add(4)
    after = Chat(ChatState(NAMES))
    restore(after.state, CODEC.state(CODEC.document(state)))
    assert all_hands(after) == Hands({ONE: 3}, [{3}])
    assert snapshot(after.state) == state


def test_a_slice_follows_its_members() -> None:
    """It is told who left, and who has another address after a takeover."""
    addresses = ClusterAddresses("a", MemoryAddresses())
    chat = Chat(ChatState(NAMES, directory=addresses))
    for where in ("a 0 10.0.0.1:1", "b 0 10.0.0.2:2"):
        chat.handle(Input(0.0, 7, addresses.decode(where), "hello"))
        hands(chat)[addresses.decode(where)] = 1
    chat.handle(Input(0.0, 7, addresses.decode("a 0 10.0.0.9:9"), Started(Rules(), takes_over="b")))
    assert list(map(addresses.identity, hands(chat))) == ["a 10.0.0.1:1", "a 10.0.0.2:2"]
    chat.handle(Input(0.0, 7, addresses.decode("a 0 10.0.0.1:1"), "/quit"))
    assert list(map(addresses.identity, hands(chat))) == ["a 10.0.0.2:2"]


def test_a_slice_is_told_who_left_a_room() -> None:
    """It is told the room, while a member that leaves the server leaves it as a whole."""
    left: list[tuple[Address, str]] = []

    @attrs.define
    class Leavers(Hands, Follower):
        """Who left which room."""

        def exit(self, address: Address, room: str) -> None:
            """Take note."""
            left.append((address, room))

    chat = Chat(ChatState(NAMES))
    chat.state.slices.use({"hands": Leavers()})
    chat.handle(Input(0.0, 7, ONE, "hello"))
    (member,) = chat.state.roster
    kitchen = chat.state.rooms.make("kitchen", 2)
    assert kitchen is not None
    chat.state.exit(member, chat.state.rooms.lobby)
    chat.state.rooms.enter(member, kitchen)
    assert (member.place.rooms, left) == ((kitchen,), [(ONE, "lobby")])
    chat.handle(Input(0.0, 7, ONE, "/quit"))
    assert left == [(ONE, "lobby")]


def test_a_member_that_a_takeover_removes_leaves_the_slice() -> None:
    """If a client is a member at both nodes, its entry at the dead node goes, and so does its part of a slice."""
    addresses = ClusterAddresses("a", MemoryAddresses())
    chat = Chat(ChatState(NAMES, directory=addresses))
    for where in ("a 0 10.0.0.1:1", "b 0 10.0.0.1:1"):
        chat.handle(Input(0.0, 7, addresses.decode(where), "hello"))
        hands(chat)[addresses.decode(where)] = 1
    chat.handle(Input(0.0, 7, addresses.decode("a 0 10.0.0.9:9"), Started(Rules(), takes_over="b")))
    assert list(map(addresses.identity, hands(chat))) == ["a 10.0.0.1:1"]


def test_an_empty_slice_is_not_stored() -> None:
    """A snapshot has only slices with something in them, so earlier versions can read it until one is used."""
    chat = Chat(ChatState(NAMES))
    assert snapshot(chat.state).slices == {}
    hands(chat)[ONE] = 3
    assert snapshot(chat.state).slices == {"hands": Hands({ONE: 3})}


def test_a_slice_can_tell_that_a_member_is_away() -> None:
    """The first slice that knows a member to be away tells why; a member is here if no slice knows more."""

    @attrs.define
    class Away(Hands, Watcher):
        """Whoever has a hand up is away. Nobody is watched."""

        watches = "nobody"

        nobody: tuple[Address, ...] = ()

        @property
        def absent(self) -> Mapping[Address, str]:
            """Return how many hands are up, as text."""
            return {address: f"{number}" for address, number in self.raised.items()}

    chat = Chat(ChatState(NAMES))
    assert chat.state.slices.absence_of(ONE) is None
    chat.state.slices.use({"other": Away({TWO: 2}), "later": Away({ONE: 1, TWO: 3})})
    assert [chat.state.slices.absence_of(each) for each in (ONE, TWO)] == ["1", "2"]
