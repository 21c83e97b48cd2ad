"""A room over the network in memory: the hub as in production, with a clock and nicknames that the test knows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count
from string import ascii_lowercase

import attrs

from tests.journals import LateJournal
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier, MemoryNetwork, Schedule, faithful
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.hub.hub import Hub
from udpchat.app.logs.drops import log_drop
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.ports.codes import OneTimeCodes
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

SERVER = MemoryAddress("127.0.0.1", 12000)
KEY = b"k" * KEY_BYTES
CHALLENGE = Challenge(KEY)
NAMES = NicknameRules(UnicodeTables())
MIDNIGHT = 1_764_028_800.0  # the beginning of a day, in seconds since 1970 UTC
UNLIMITED = Policy(rate=0, prefix_rate=0, server_rate=0, join_rate=0)  # for tests of anything but the limits


def entropy_for(nickname: str) -> int:
    """Return the entropy that generates `nickname`, of 5 letters."""
    number = case = 0
    for letter in reversed(nickname):
        number = number * len(ascii_lowercase) + ascii_lowercase.index(letter.lower())
        case = case * 2 + letter.isupper()
    return case * int(len(ascii_lowercase) ** len(nickname)) + number


def numbered_nickname(number: int) -> str:
    """Return a nickname for each number: aaaaa, baaaa and so on."""
    letters = []
    for _ in range(5):
        number, index = divmod(number, len(ascii_lowercase))
        letters.append(ascii_lowercase[index])
    return "".join(letters)


@attrs.define(eq=False)
class Client:
    """A plain client: it says bytes and keeps what it gets."""

    room: Room
    end: MemoryCarrier

    def say(self, what: str | bytes) -> None:
        """Send one datagram and let the hub handle all that waits."""
        self.send(what)
        self.room.settle()

    def send(self, what: str | bytes) -> None:
        """Send one datagram and leave it waiting."""
        payload = what.encode() if isinstance(what, str) else what
        self.room.network.carry(self.end.address, [payload], [SERVER])

    def gets(self) -> list[bytes]:
        """Return the datagrams that came since the last call."""
        return [payload for payload, _ in self.end.receive(len(self.end.inbox))]

    def hears(self) -> list[str]:
        """Return the lines that came since the last call; every datagram must hold whole lines and at least one."""
        return [line for payload in self.gets() for line in whole_lines(payload)]


def whole_lines(payload: bytes) -> list[str]:
    """Return the lines of a datagram to a client, and fail unless they are whole."""
    assert payload.endswith(b"\n")
    return payload.decode().removesuffix("\n").split("\n")


@attrs.define(eq=False)
class Room:
    """One hub and any number of clients."""

    nicknames: Iterator[str] = attrs.field(factory=lambda: map(numbered_nickname, count()))
    schedule: Schedule = faithful
    max_datagram: int = 1400
    max_line: int = 8000
    policy: Policy = UNLIMITED
    now: float = 0.0
    key: bytes = KEY
    server_key: str = ""
    journal: Journal = attrs.field(factory=MemoryJournal)
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    show_lines: bool = False
    codes: OneTimeCodes | None = None
    chat: Chat = attrs.field(init=False)
    network: MemoryNetwork = attrs.field(init=False)
    carrier: MemoryCarrier = attrs.field(init=False)
    hub: Hub = attrs.field(init=False)
    _ports: Iterator[int] = attrs.field(factory=lambda: count(55000), init=False)

    def __attrs_post_init__(self) -> None:
        self.chat = Chat(ChatState(NAMES, directory=self.directory))
        self.chat.state.use_grammar(GRAMMAR)  # as after a start
        self.network = MemoryNetwork(self.schedule, lambda: self.now)
        self.carrier = self.network.attach(SERVER)
        watch = {"watch": log_drop} if self.show_lines else {}
        server_key = ServerKey.of(self.key, self.server_key) if self.server_key else None
        self.hub = Hub(
            chat=self.chat,
            carriers=[self.carrier],
            admission=Admission(self.policy, Challenge(self.key), DropCounts(), key=server_key, **watch),
            journal=self.journal,
            clock=self.clock,
            timer=lambda: self.now,
            entropy=map(entropy_for, self.nicknames),
            max_datagram=self.max_datagram,
            max_line=self.max_line,
            show_lines=self.show_lines,
            codes=self.codes,
        )

    def clock(self) -> float:
        """Return the time in seconds since 1970 UTC: `now` seconds after a midnight, so that it is no timer."""
        return MIDNIGHT + self.now

    def client(self, host: str = "127.0.0.1", port: int | None = None) -> Client:
        """Return a new client, which has not said anything yet."""
        return Client(self, self.network.attach(MemoryAddress(host, port or next(self._ports))))

    def member(self) -> Client:
        """Return a new client that is in the room."""
        client = self.client()
        client.say("\n")
        assert len(client.hears()) <= 1  # the greeting
        return client

    def member_of(self, journal: LateJournal) -> Client:
        """Return a new client that is in the room, where the journal has to be told to commit."""
        client = self.client()
        client.say("\n")
        journal.commit()
        self.hub.advance()
        client.hears()  # the greeting
        return client

    def settle(self) -> None:
        """Let the hub handle all that waits."""
        while self.hub.turn(self.carrier):
            pass

    def pass_time(self, seconds: float) -> None:
        """Let time pass. Then the hub does what is due."""
        self.now += seconds
        self.hub.tick()


def drawing(*nicknames: str) -> Iterator[str]:
    """Return what a room draws from: these nicknames, one for each line that anyone says, then others."""
    return chain(nicknames, map(numbered_nickname, count()))


def two_members() -> tuple[Room, Client, Client]:
    """Return a room with TEDDC and Tyvem in it, in that order."""
    room = Room(drawing("TEDDC", "Tyvem"))
    return room, room.member(), room.member()
