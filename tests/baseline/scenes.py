# ruff: noqa: S311, C901, PLR0912 - drawn to be repeated; it stays only until the house is rebuilt
"""Scenes drawn from a seed: what peers send to a hub, alone or as a node of a cluster, whatever it answers.

Nothing that is drawn depends on what the hub sends, so two versions of it are given the same inputs and can be compared
by what each peer reads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

import attrs

from tests.domain.strategies import NASTY
from tests.fuzz.harness import play
from tests.journals import MemoryAddresses
from tests.room import CHALLENGE, KEY, NAMES
from tests.simulation.actors import HOSTS, RECALLS
from tests.simulation.actors import NAMES as NICKNAMES
from tests.simulation.world import World
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Policy
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.inputs import Heartbeat, Input, Rules
from udpchat.domain.rooms.state import ChatState

STEPS = 40
SERVER = MemoryAddress("127.0.0.1", 12000)
QUESTIONS = (
    *(b"/list\n", b"/help", b"/nope", b"/NICK", b"/list\n" * 30, b"", b" \n", b"/enter abc", b"/quit\n", b"/QUIT now"),
    *(b"//slash", b"/" + b"x" * 2000, b"y" * 9000, b"hi\n/quit\nhi again", b"/nick client", b"/nick Client\n/list"),
    *(
        "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd".encode(),
        b"/nick \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\n/list\nhi",
    ),
)


@attrs.define(eq=False)
class Tape:
    """The port `Carrier`: hands over what it is given, and keeps what is sent to whom."""

    inbox: list[Datagram] = attrs.field(factory=list)
    returned: list[Bounce] = attrs.field(factory=list)
    sent: dict[str, list[bytes]] = attrs.field(factory=dict)

    name = SERVER.carrier

    def receive(self, limit: int) -> list[Datagram]:
        """Return what waits."""
        batch, self.inbox = self.inbox[:limit], self.inbox[limit:]
        return batch

    def bounces(self) -> list[Bounce]:
        """Return what came back."""
        bounces, self.returned = self.returned, []
        return bounces

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Keep what is sent."""
        for address in addresses:
            if address not in but:
                self.sent.setdefault(str(address), []).extend(datagrams)

    def forget(self, addresses: Iterable[Address]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@attrs.define(eq=False)
class Kept:
    """The port `Journal`: commits at once, and remembers all as text."""

    commit_timeout: float = 0.0
    snapshot_due: bool = False
    full: bool = False
    codec: Codec = attrs.field(factory=lambda: Codec(MemoryAddresses()))
    rows: list[object] = attrs.field(factory=list)
    document: str = ""
    last: int = 0
    waiting: Sequence[Input] = ()

    def recover(self) -> Recovered:
        """Return what is remembered."""
        state = self.codec.state(self.document) if self.document else Snapshot()
        self.waiting = ()
        return Recovered(state, [self.codec.input(row) for row in self.rows], self.last)  # type: ignore[arg-type]

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs."""
        self.rows += map(self.codec.row, inputs)
        self.waiting, self.last = [*self.waiting, *inputs], len(inputs)

    def committed(self) -> Sequence[Input]:
        """Return them."""
        waiting, self.waiting = self.waiting, ()
        return waiting

    def expired(self) -> Sequence[Input]:
        """Return nothing."""
        return ()

    def save(self, state: Snapshot) -> None:
        """Keep a state."""
        self.document, self.last = self.codec.document(state), 0
        self.rows.clear()

    def close(self) -> None:
        """Do nothing."""


@attrs.define(eq=False)
class Scene:
    """Peers of one hub, and its clocks."""

    random: Random
    peers: list[MemoryAddress]
    now: float = 1000.0
    wall: float = 1.7e9
    said: int = 0

    def payload(self, where: MemoryAddress) -> bytes:
        """Return what somebody sends."""
        random = self.random
        self.said += 1
        match random.randrange(20):
            case 0:
                return random.choice(QUESTIONS)
            case 1:
                return random.choice(RECALLS)
            case 2:
                return f"/nick {random.choice(NICKNAMES)}".encode()
            case 3:
                return "".join(random.choices(NASTY, k=random.randrange(1, 20))).encode()
            case 4:
                return random.randbytes(random.randrange(60))
            case 5:
                return b"and so on " * random.randrange(5, 300)
            case 6:
                return b"\n".join(b"line %d" % number for number in range(random.randrange(2, 90)))
            case 7 | 8:
                return f"/enter {CHALLENGE.code(where, self.now)}\n".encode()
            case _:
                return f"line {self.said}\n".encode()

    def batch(self) -> list[Datagram]:
        """Return what comes at once."""
        random = self.random
        senders = [random.choice(self.peers) for _ in range(random.randrange(1, 40))]
        return [Datagram(self.payload(where), where) for where in senders]

    def reports(self) -> list[Bounce]:
        """Return what is reported gone."""
        random = self.random
        return [
            Bounce(random.choice((b"", b"TEDDC: hi\n")), random.choice(self.peers))
            for _ in range(random.choice((0, 0, 0, 1, 4)))
        ]


def policy(random: Random) -> Policy:
    """Return what an operator may allow."""
    return Policy(
        admission=random.choice(("auto", "open", "code")),
        rate=random.choice((10, 1, 0)),
        prefix_rate=random.choice((200, 20, 0)),
        server_rate=random.choice((2000, 50, 0)),
        code_rate=random.choice((100, 5, 0)),
        max_clients=random.choice((10_000, 100, 20)),
        max_clients_per_prefix=random.choice((64, 2)),
        idle_timeout=random.choice((0, 0, 30)),
    )


def rules(random: Random, largest: int) -> Rules:
    """Return rules for what is said."""
    return Rules(
        history_keep=random.choice((10_000, 30)),
        history_days=random.choice((0, 1)),
        history_on_join=random.choice((0, 3, 500)),
        show_addresses=random.choice(("auto", "yes", "no")),
        max_datagram=largest,
    )


def crowd(random: Random, size: int, first: int = 1024) -> list[MemoryAddress]:
    """Return peers."""
    return [MemoryAddress(random.choice(HOSTS), first + number) for number in range(size)]


def settle(hub: Hub, tape: Tape) -> None:
    """Have the hub handle all that waits."""
    while tape.inbox or tape.returned or hub.unfinished:
        hub.turn(tape)


def alone(seed: int) -> dict[str, list[bytes]]:
    """Return what each peer of one server is sent."""
    random, entropy = Random(seed), Random(-seed)
    scene = Scene(random, crowd(random, random.choice((3, 12, 60))))
    allowed, largest, longest = policy(random), random.choice((1400, 256, 8192)), random.choice((8000, 100))
    settings, tape, kept, drops = rules(random, largest), Tape(), Kept(), DropCounts()

    def started() -> Hub:
        hub = Hub(
            chat=Chat(ChatState(NAMES, Cloak(settings.show_addresses, KEY))),  # type: ignore[arg-type]
            carriers=[tape],
            admission=Admission(allowed, CHALLENGE, drops),
            journal=kept,
            clock=lambda: scene.wall,
            timer=lambda: scene.now,
            entropy=partial(entropy.getrandbits, 64),
            max_datagram=largest,
            max_line=longest,
        )
        hub.start(SERVER, settings)
        return hub

    hub = started()
    for _ in range(STEPS):
        passed = random.choice((0.0, 0.01, 0.3, 2.0, 30.0))
        scene.now += passed
        scene.wall += passed
        tape.inbox, tape.returned = scene.batch(), scene.reports()
        settle(hub, tape)
        if random.random() < 0.5:
            hub.tick()
        if random.random() < 0.3:
            hub.pace()
        if random.random() < 0.05:
            if random.random() < 0.5:
                hub.stop()
                hub.close()
            hub = started()
    while hub.pacing:
        hub.pace()
    tape.sent["drops"] = [repr(sorted((reason.value, count) for reason, count in drops.items() if count)).encode()]
    return tape.sent


@attrs.define(eq=False)
class Node:
    """One server of several."""

    name: str
    scene: Scene
    settings: Rules
    tape: Tape = attrs.field(factory=Tape)
    entropy: Random = attrs.field(factory=lambda: Random(7))
    replica: Replica = attrs.field(init=False)
    hub: Hub = attrs.field(init=False)
    here: MemoryAddress = attrs.field(init=False)

    def start(self, log: Sequence[bytes], number: int, takes_over: str = "") -> None:
        """Begin to serve."""
        addresses = ClusterAddresses(self.name, MemoryAddresses())
        self.here = MemoryAddress("10.255.0.1", 12000 + number)
        self.replica = Replica(self.name, addresses, 2.0, lambda: self.scene.now, f"{self.name}{number}")
        self.hub = Hub(
            chat=Chat(ChatState(NAMES, directory=addresses)),
            carriers=[self.tape],
            admission=Admission(Policy(rate=0, prefix_rate=0, server_rate=0), CHALLENGE, DropCounts()),
            journal=self.replica,
            clock=lambda: self.scene.wall,
            timer=lambda: self.scene.now,
            entropy=partial(self.entropy.getrandbits, 64),
            max_datagram=1400,
            max_line=8000,
        )
        for place, payload in enumerate(log, 1):
            self.replica.arrived(place, payload)
        self.hub.start(self.here, self.settings, takes_over)

    def read(self, log: Sequence[bytes]) -> None:
        """Take what is new in the log."""
        for place in range(self.replica.last, len(log)):
            self.replica.arrived(place + 1, log[place])
        self.advance()

    def advance(self) -> None:
        """Handle what is committed."""
        self.hub.advance()
        while self.hub.unfinished:
            self.hub.advance()


def clustered(seed: int) -> dict[str, list[bytes]]:
    """Return what each peer of each node is sent."""
    random = Random(seed)
    log: list[bytes] = []
    scenes, nodes = [], []
    for number in range(random.choice((2, 3))):
        scene = Scene(random, [MemoryAddress(f"10.0.{number}.{each}", 555) for each in range(random.choice((2, 8)))])
        nodes.append(Node(f"n{number}", scene, Rules(history_on_join=random.choice((0, 3)))))
        scenes.append(scene)
    starts = 0
    for node in nodes:
        starts += 1
        node.start(log, starts)
    asleep: dict[str, int] = {}
    for step in range(STEPS):
        passed = random.choice((0.01, 0.3, 1.0, 3.0))
        for scene in scenes:
            scene.now += passed
            scene.wall += passed
        down = random.random() < 0.1
        for node in nodes:
            if asleep.get(node.name, 0) > step:
                continue
            node.tape.inbox, node.tape.returned = node.scene.batch(), node.scene.reports()
            settle(node.hub, node.tape)
            if random.random() < 0.5:
                node.hub.tell(node.here, Heartbeat(node.hub.chat.state.history.said, 5.0, node.replica.queue.steady()))
            if not down:
                log += node.replica.outgoing()
            node.replica.expire()
            if random.random() < 0.3:
                node.hub.tick()
            if random.random() < 0.3:
                node.hub.pace()
        for node in nodes:
            if asleep.get(node.name, 0) <= step:
                node.read(log)
        if random.random() < 0.06:
            asleep[random.choice(nodes).name] = step + random.randrange(1, 12)
        if random.random() < 0.05:
            starts += 1
            node = random.choice(nodes)
            node.start(log, starts, random.choice(("", "", *(each.name for each in nodes if each is not node))))
    return {f"{node.name} {where}": sent for node in nodes for where, sent in node.tape.sent.items()}


def recorded(data: bytes) -> dict[str, list[bytes]]:
    """Return what each peer is sent in a recorded input of the fuzzer."""
    sent: dict[str, list[bytes]] = {}
    deliver = World._deliver  # noqa: SLF001 - to look at all that is sent

    def seen(self: World, payload: bytes, look: Any, peer: Any) -> None:
        sent.setdefault(str(peer.address), []).append(payload)
        deliver(self, payload, look, peer)

    with patch.object(World, "_deliver", seen):
        play(data)
    return sent
