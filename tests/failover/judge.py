"""What the log of a room tells after the fact, read as a node that starts reads it."""

from __future__ import annotations

import re

import attrs

from tests.engine import Servers
from tests.members import KEY, journal
from tests.restarts.clients import Numbered
from tests.room import NAMES
from udpchat.app.server.cluster_monitor import DIGEST_EVERY
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import Heartbeat
from udpchat.domain.rooms.state import ChatState


@attrs.define
class Log:
    """The numbered lines that were committed, in order, and how many digests of nodes were, and were not, ours."""

    lines: list[Numbered]
    digests: int = 0
    differing: int = 0


async def read(servers: Servers, room: str) -> Log:
    """Work the state out from the log, and compare it with what the nodes told of theirs."""
    reader = journal(servers, room, "judge")
    await reader.open(KEY)
    try:
        recovered = reader.recover()
    finally:
        await reader.leave()
    chat, found = Chat(ChatState(NAMES, directory=reader.addresses)), Log([])
    restore(chat.state, recovered.state)
    known: dict[int, str] = {}
    for given in recovered.inputs:
        chat.handle(given)
        if isinstance(given.line, Heartbeat):
            told = known.get(given.line.digest_at)
            found.digests += told is not None
            found.differing += told not in (None, given.line.digest)
            if not chat.state.nodes.beats % DIGEST_EVERY:
                known[given.line.place] = digest(snapshot(chat.state), reader.addresses.identity)
    matches = (re.fullmatch(r"#(\d+)\.(\d+)", line.text) for line in chat.state.history.messages)
    found.lines = [(int(match[1]), int(match[2])) for match in matches if match]
    return found
