"""What one process of a node sends to programs.

outsider    a program is sent what happens in its rooms while it is there, and what concerns it alone
committed   only what counts, after it was handled
zombie      nothing newer by a process that was replaced
numbers     each number in the words of the one reader of the log, and as hidden if the program must not see it
once        and no number again, unless the program asks
all         while it is here, it is sent each number at once
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection
from typing import cast

import attrs

from tests.simulation.cluster.annals import Told, own_of
from tests.simulation.cluster.observer import Observer
from tests.simulation.programs.program import OWN
from tests.simulation.world import check

UNREACHABLE = "room-unreachable"

Place = tuple[str, str, int]
"""`HOST:PORT`, a room or `OWN`, and a number."""


@attrs.define(eq=False)
class Records:
    """The books of the process `identity` about programs, which are known by `HOST:PORT`."""

    observer: Observer
    identity: str
    _asked: Counter[str] = attrs.field(factory=Counter, init=False)
    _came: set[str] = attrs.field(factory=set, init=False)  # by a question, before anything was sent to them here
    _known: set[str] = attrs.field(factory=set, init=False)
    _copies: Counter[Place] = attrs.field(factory=Counter, init=False)
    _owed: list[Place] = attrs.field(factory=list, init=False)  # to send in this step

    def asked(self, where: str, *, is_new: bool) -> None:
        """Record that a program asked for what it has not, perhaps as a newcomer to this node."""
        if is_new and where not in self._known:
            self._came.add(where)
        self._known.add(where)
        self._asked[where] += 1

    def owe(self, where: str, told: Told) -> None:
        """Record that a program must be sent something by the end of the step."""
        self._owed.append((where, told.numbers.room or OWN, told.numbers.seq or told.numbers.own))

    def lost(self, gone: Collection[str]) -> None:
        """Record that nobody seems to be at these addresses, perhaps only for a moment: they need not be sent more."""
        self._owed = [place for place in self._owed if place[0] not in gone]

    def sent(self, payload: bytes, where: str, handled: int) -> int:
        """Check a datagram that is sent. Return how many of its objects say that the room is unreachable."""
        refused = 0
        for record in payload.splitlines(keepends=True):
            found = json.loads(record[1:])
            refused += found.get("code") == UNREACHABLE
            if "seq" in found and found["event"] != "done":
                self._numbered(record, (where, found["room"], found["seq"]), handled)
            elif "own" in found and found["event"] not in {"welcome", "pong"}:
                self._numbered(record, (where, OWN, found["own"]), handled)
        return refused

    def _numbered(self, record: bytes, place: Place, handled: int) -> None:
        where, room, number = place
        annals = self.observer.annals
        nick = annals.names[where]
        told = annals.find(room or own_of(nick), number)
        check(told and nick in told.readers, "outsider", nick, record)
        told = cast("Told", told)
        check(told.index < handled, "committed", nick, record)
        check(told.index < self.observer.over.get(self.identity, handled), "zombie", nick, record)
        check(record in told.records(nick), "numbers", nick, record)
        self._copies[place] += 1
        self._known.add(where)
        most = self._asked[where] + (where not in self._came)
        check(self._copies[place] <= max(1, most), "once", nick, where, record)

    def check(self, here: Collection[str]) -> None:
        """Check at the end of a step that nothing is owed to the programs that are `here` now."""
        missing = [place for place in self._owed if place[0] in here and not self._copies[place]]
        check(not missing, "all", "a program", missing)
        self._owed.clear()
