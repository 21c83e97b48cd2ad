"""Rounds of killing a server of the engine under load and starting it again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Literal

import attrs

from tests.app.clients.processes import Server
from tests.app.server.cluster import node
from tests.failover import judge
from tests.nats_servers import NatsCluster, NatsServer, nats_cluster
from tests.restarts.clients import Client, Clients, Numbered
from tests.waiting import LIMIT

NODES = ("a", "b")
CLIENTS = 8  # half of them at each node
PAUSE = 0.005  # seconds from when somebody says something to when the next one does
AT_ONCE = (1, 1, 1, 10)  # lines said then
REFUSED = "error - the room is unreachable, your line was not sent"
ROOM = "lobby"
# An election takes up to nine seconds, and the next round may hit a node as soon as it is back.
NODE = ("--cluster-replicas", "3", "--node-lease", "30", "--history-keep", "1000000")

Victim = Literal["follower", "leader"]


@attrs.define
class Outcome:
    """What became of the rounds with one kind of victim: lines by kind, and seconds."""

    rounds: int = 0
    said: int = 0
    refused: int = 0  # told as not sent
    longest_silence: float = 0.0


@attrs.define
class Result:
    """What became of all rounds; faults must not be."""

    by_victim: dict[Victim, Outcome] = attrs.field(factory=lambda: {"follower": Outcome(), "leader": Outcome()})
    committed: int = 0
    all_the_same: int = 0  # told as not sent, and committed later
    digests: int = 0  # of nodes that were compared with one worked out from the log
    faults: list[str] = attrs.field(factory=list)


@attrs.define(eq=False)
class Failover:
    """Two nodes and their clients, on an engine of three; `netcat` is the command of a client."""

    netcat: Sequence[str]
    folder: Path
    random: Random
    result: Result = attrs.field(factory=Result)
    _engine: NatsCluster = attrs.field(init=False)
    _clients: Clients = attrs.field(init=False)

    def run(self, rounds: int) -> Result:
        """Do so many rounds, with a follower and the leader of the log in turn, and look at what became of them."""
        with nats_cluster(self.folder, count=3) as self._engine:
            with ExitStack() as stack:
                nodes = [stack.enter_context(node(self.folder, self._engine, name, *NODE)) for name in NODES]
                ports = [nodes[number % len(nodes)].port for number in range(CLIENTS)]
                self._clients = Clients.join([*self.netcat, "127.0.0.1", str(port)] for port in ports)
                try:
                    self._chatting(nodes, rounds)
                    self.result.faults += self._clients.faults()
                finally:
                    self.result.faults += self._clients.leave()
            self._judge()
        return self.result

    def _chatting(self, nodes: Sequence[Server], rounds: int) -> None:
        for client in self._clients.each:
            client.type(f"/nick c{client.number:02}")
            self._until(lambda: any("new nickname set" in line for line in client.answers), chat=False)  # noqa: B023
        for number in range(rounds):
            self._round("leader" if number % 2 else "follower")
        for _ in range(2):  # what was told of the lines before the first time comes before what is said the second time
            self._all_hear_each_other()
        self.result.faults += [
            f"a client was told: {line}"
            for client in self._clients.each
            for line in client.answers
            if "nickname" not in line and line != REFUSED
        ]
        self.result.faults += [
            f"a node logged: {line}" for node in nodes for line in node.logged().splitlines() if '"error"' in line
        ]

    def _round(self, victim: Victim) -> None:
        outcome = self.result.by_victim[victim]
        said, refused = self._said(), self._refused()
        for client in self._clients.each:
            client.silence = 0.0
        self._chat(self.random.uniform(0.2, 0.6))
        server = self._server(victim)
        server.kill()
        begun = [client.said for client in self._clients.each]
        self._chat(self.random.uniform(0.0, 1.0))
        server.start()
        self._until(lambda: all(self._hears_again(client, begun) for client in self._clients.each))
        self._until(lambda: server.healthy and self._engine.leader(ROOM) is not None)
        self._chat(0.2)
        outcome.rounds += 1
        outcome.said += self._said() - said
        outcome.refused += self._refused() - refused
        outcome.longest_silence = max(outcome.longest_silence, *(client.silence for client in self._clients.each))

    def _server(self, victim: Victim) -> NatsServer:
        """Return the one to be killed."""
        self._until(lambda: self._engine.leader(ROOM) is not None)
        leader = self._engine.leader(ROOM)
        assert leader
        followers = [server for server in self._engine.each if server is not leader]
        return leader if victim == "leader" else self.random.choice(followers)

    def _hears_again(self, client: Client, begun: Sequence[int]) -> bool:
        """Say whether a client heard something from each node that was said since then."""
        heard = {speaker % len(NODES) for speaker, number in client.live[-1000:] if number > begun[speaker]}
        return len(heard) == len(NODES)

    def _chat(self, seconds: float) -> None:
        """Have anybody say lines for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for speaker in self.random.choices(self._clients.each, k=self.random.choice(AT_ONCE)):
                speaker.say()
            self._clients.listen(PAUSE)

    def _until(self, condition: Callable[[], bool], *, chat: bool = True) -> None:
        """Listen, and perhaps chat, until a condition holds."""
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"waited {LIMIT} s: {self._state()}"
            if chat:
                self._chat(0.1)
            else:
                self._clients.listen(0.05)

    def _state(self) -> str:
        """Return what may be waited for in vain."""
        healthy = [server.healthy for server in self._engine.each]
        counts = [(client.said, len(client.live), client.answers.count(REFUSED)) for client in self._clients.each]
        return f"healthy {healthy}, leader {self._engine.leader(ROOM)}, said, heard and told as not sent {counts}"

    def _all_hear_each_other(self) -> None:
        """Have each say lines until all have heard one: nothing that it said before is on its way then."""
        for client in self._clients.each:
            while not self._all_hear(client):
                pass

    def _all_hear(self, client: Client) -> bool:
        """Have a client say a line, and return whether all have heard it, or it was told that one was not sent."""
        refused, line = client.answers.count(REFUSED), client.say()
        self._until(
            lambda: client.answers.count(REFUSED) > refused or all(line in each.live for each in self._clients.each),
            chat=False,
        )
        return all(line in each.live for each in self._clients.each)

    def _said(self) -> int:
        return sum(client.said for client in self._clients.each)

    def _refused(self) -> int:
        return sum(client.answers.count(REFUSED) for client in self._clients.each)

    def _judge(self) -> None:
        """Compare what was said, what is in the log and what was heard."""
        result, clients = self.result, self._clients.each
        log = asyncio.run(judge.read(self._engine, ROOM))
        result.committed, result.digests = len(log.lines), log.digests
        committed = set(log.lines)
        heard = [set(client.live) for client in clients]
        by_all: set[Numbered] = set.intersection(*heard)
        unsaid: set[Numbered] = set()
        for client in clients:
            lost = {(client.number, number) for number in range(1, client.said + 1)} - committed
            told = client.answers.count(REFUSED)
            result.all_the_same += told - len(lost)
            if told < len(lost):
                unsaid |= lost
        order = [[number for speaker, number in log.lines if speaker == client.number] for client in clients]
        must_not_be: list[tuple[str, set[Numbered]]] = [
            ("committed twice", {line for line, times in Counter(log.lines).items() if times > 1}),
            ("heard, and not in the log", set.union(*heard) - committed),
            ("committed, and not heard by all", committed - by_all),
            ("neither committed nor told as not sent, among", unsaid),
        ]
        result.faults += [f"{what}: {sorted(lines)[:5]}, {len(lines)} in all" for what, lines in must_not_be if lines]
        if any(numbers != sorted(numbers) for numbers in order):
            result.faults.append("lines of one sender are out of order in the log")
        if log.differing:
            result.faults.append(f"{log.differing} of {log.digests} digests are not those of the log")
        if any(client.live != clients[0].live for client in clients):
            result.faults.append("not all heard the same order")
