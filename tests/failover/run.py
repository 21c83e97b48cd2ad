"""Rounds in which a NATS server is killed under load, and started again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

import attrs

from tests.app.clients.processes import Server
from tests.app.server.cluster import node
from tests.failover import judge
from tests.failover.result import REFUSED, Result, Victim
from tests.nats_servers import NatsCluster, NatsServer, nats_cluster
from tests.restarts.clients import Client, Clients
from tests.waiting import LIMIT

NODES = ("a", "b")
CLIENTS = 8  # half of them at each node
PAUSE = 0.005  # seconds between two moments at which a client talks
AT_ONCE = (1, 1, 1, 10)  # lines said at such a moment
CLUSTER = "lobby"
# An election takes up to nine seconds, and the next round may begin as soon as a node is back.
NODE = ("--cluster-replicas", "3", "--node-lease", "30", "--history-keep", "1000000")


@attrs.define(eq=False)
class Failover:
    """Two nodes and their clients, on three NATS servers; `netcat` is the command of a client."""

    netcat: Sequence[str]
    folder: Path
    random: Random
    result: Result = attrs.field(factory=Result)
    _servers: NatsCluster = attrs.field(init=False)
    _clients: Clients = attrs.field(init=False)

    def run(self, rounds: int) -> Result:
        """Do so many rounds, with a follower and the leader of the stream in turn, and judge the result."""
        with nats_cluster(self.folder, count=3) as self._servers:
            with ExitStack() as stack:
                nodes = [stack.enter_context(node(self.folder, self._servers, name, *NODE)) for name in NODES]
                ports = [nodes[number % len(nodes)].port for number in range(CLIENTS)]
                self._clients = Clients.join([*self.netcat, "127.0.0.1", str(port)] for port in ports)
                try:
                    self._rounds(nodes, rounds)
                    self.result.faults += self._clients.faults()
                finally:
                    self.result.faults += self._clients.leave()
            judge.judge(self.result, asyncio.run(judge.read(self._servers, CLUSTER)), self._clients.each)
        return self.result

    def _rounds(self, nodes: Sequence[Server], rounds: int) -> None:
        for client in self._clients.each:
            client.type(f"/nick c{client.number:02}")
            self._until(lambda: any("new nickname set" in line for line in client.answers), chat=False)  # noqa: B023
        for number in range(rounds):
            self._round("leader" if number % 2 else "follower")
        for _ in range(2):  # every refusal of a line from before the first time arrives before the second time
            self._all_reach_each_other()
        self.result.faults += [
            f"a client received: {line}"
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
        self._until(lambda: all(self._receives_again(client, begun) for client in self._clients.each))
        self._until(lambda: server.healthy and self._servers.leader(CLUSTER) is not None)
        self._chat(0.2)
        outcome.rounds += 1
        outcome.said += self._said() - said
        outcome.refused += self._refused() - refused
        outcome.longest_silence = max(outcome.longest_silence, *(client.silence for client in self._clients.each))

    def _server(self, victim: Victim) -> NatsServer:
        """Return the server to kill."""
        self._until(lambda: self._servers.leader(CLUSTER) is not None)
        leader = self._servers.leader(CLUSTER)
        assert leader
        followers = [server for server in self._servers.each if server is not leader]
        return leader if victim == "leader" else self.random.choice(followers)

    def _receives_again(self, client: Client, begun: Sequence[int]) -> bool:
        """Return whether a client has received, from each node, a line that was said since then."""
        nodes = {speaker % len(NODES) for speaker, number in client.live[-1000:] if number > begun[speaker]}
        return len(nodes) == len(NODES)

    def _chat(self, seconds: float) -> None:
        """Let random clients talk."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for speaker in self.random.choices(self._clients.each, k=self.random.choice(AT_ONCE)):
                speaker.say()
            self._clients.listen(PAUSE)

    def _until(self, condition: Callable[[], bool], *, chat: bool = True) -> None:
        """Listen, and chat too unless told otherwise, until a condition holds."""
        end = time.monotonic() + LIMIT
        while not condition():
            assert time.monotonic() < end, f"waited {LIMIT} s: {self._state()}"
            if chat:
                self._chat(0.1)
            else:
                self._clients.listen(0.05)

    def _state(self) -> str:
        """Return what explains why a condition does not hold."""
        healthy = [server.healthy for server in self._servers.each]
        counts = [(client.said, len(client.live), client.answers.count(REFUSED)) for client in self._clients.each]
        return f"healthy {healthy}, leader {self._servers.leader(CLUSTER)}, lines said, received and refused {counts}"

    def _all_reach_each_other(self) -> None:
        """Let each client say lines until one reaches all: then none of its earlier lines is still on its way."""
        for client in self._clients.each:
            while not self._reaches_all(client):
                pass

    def _reaches_all(self, client: Client) -> bool:
        """Let a client say a line; return whether all received it, and not a refusal came back."""
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
