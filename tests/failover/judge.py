"""The judgement at the end: what is in the log, compared with what clients said and received."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import attrs

from tests.failover.result import REFUSED, Result
from tests.members import KEY, journal
from tests.nats_servers import NatsCluster
from tests.restarts.clients import Client, Numbered
from tests.room import NAMES
from udpchat.app.server.cluster_monitor import DIGEST_EVERY
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import Heartbeat
from udpchat.domain.rooms.state import ChatState


@attrs.define
class Log:
    """The numbered lines that were committed, in order; the digests of nodes that were compared, and that differ."""

    lines: list[Numbered]
    digests: int = 0
    differing: int = 0


async def read(servers: NatsCluster, cluster: str) -> Log:
    """Compute the state of a chat from the log of its cluster, and compare the digests that the nodes sent."""
    reader = journal(servers, cluster, "judge")
    await reader.open(KEY)
    try:
        recovered = reader.recover()
    finally:
        await reader.leave()
    addresses = reader.replica.addresses
    chat, found = Chat(ChatState(NAMES, directory=addresses)), Log([])
    restore(chat.state, recovered.state)
    known: dict[int, str] = {}
    for given in recovered.inputs:
        chat.handle(given)
        if isinstance(given.line, Heartbeat):
            ours = known.get(given.line.digest_at)
            found.digests += ours is not None
            found.differing += ours not in (None, given.line.digest)
            if not chat.state.nodes.beats % DIGEST_EVERY:
                known[given.line.place] = digest(snapshot(chat.state), addresses.identity)
    matches = (re.fullmatch(r"#(\d+)\.(\d+)", line.text) for line in chat.state.rooms.lobby.log.messages)
    found.lines = [(int(match[1]), int(match[2])) for match in matches if match]
    return found


def judge(result: Result, log: Log, clients: Sequence[Client]) -> None:
    """Add to a result what was committed, and every fault."""
    result.committed, result.digests = len(log.lines), log.digests
    committed = set(log.lines)
    received = [set(client.live) for client in clients]
    by_all: set[Numbered] = set.intersection(*received)
    unexplained: set[Numbered] = set()
    for client in clients:
        lost = {(client.number, number) for number in range(1, client.said + 1)} - committed
        refused = client.answers.count(REFUSED)
        result.committed_late += refused - len(lost)
        if refused < len(lost):
            unexplained |= lost
    faulty: list[tuple[str, set[Numbered]]] = [
        ("committed twice", {line for line, times in Counter(log.lines).items() if times > 1}),
        ("received, and not in the log", set.union(*received) - committed),
        ("committed, and not received by all", committed - by_all),
        ("neither committed nor refused, among", unexplained),
    ]
    result.faults += [f"{what}: {sorted(lines)[:5]}, {len(lines)} in all" for what, lines in faulty if lines]
    order = [[number for speaker, number in log.lines if speaker == client.number] for client in clients]
    if any(numbers != sorted(numbers) for numbers in order):
        result.faults.append("lines of one sender are out of order in the log")
    if log.differing:
        result.faults.append(f"{log.differing} of {log.digests} digests are not those of the log")
    if any(client.live != clients[0].live for client in clients):
        result.faults.append("not all clients received the same order")
