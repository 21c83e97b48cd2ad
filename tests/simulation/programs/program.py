"""A program that does as docs/json.md says: it discards what it has, asks for what is missing, and repeats lines.

Checks, each with the name that a failure shows:

    numbers     one number has one content, whenever and wherever it comes from
    hole        the numbers go on under one name, and of what concerns the program alone nothing is gone
    twice       a line with an id has one outcome
    once        within a connection, nothing comes that the program said it has, and nothing more often than it asked:
                without a further question, nothing comes twice. This holds where the network repeats nothing
    noticed     the program is always the same member
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import attrs

from tests.simulation.world import check
from udpchat.adapters.memory.network import MemoryCarrier

LOBBY = "lobby"
OWN = ""  # in the place of a room: what concerns the program alone
NOT_KEPT = frozenset(("slow-down", "room-unreachable"))  # codes after which a line is repeated until it has an outcome

Found = dict[str, Any]
"""An object."""


def datagram(*objects: Found) -> bytes:
    """Return a datagram with these objects."""
    return b"".join(b"\x1e%b\n" % json.dumps(each).encode() for each in objects)


@attrs.define(eq=False)
class Program:
    """One program. `last` is the last number of each place without a hole before it, `held` all that it has by number.

    A place is a room, or `OWN`. What happens in a room while the program is elsewhere it may not have.
    """

    name: str
    end: MemoryCarrier
    repeats: bool = False  # the network repeats datagrams
    secret: str = ""
    log: str = ""
    entered: int = 0  # the last number of the lobby when it came in
    last: dict[str, int] = attrs.field(factory=dict)
    held: dict[str, dict[int, str]] = attrs.field(factory=dict)
    pending: dict[int, Found] = attrs.field(factory=dict)  # lines without an outcome
    said: dict[int, str] = attrs.field(factory=dict)  # what its lines tell a room
    done: dict[int, tuple[str, int]] = attrs.field(factory=dict)  # the place of that, or ("", 0)
    refused: dict[int, str] = attrs.field(factory=dict)  # codes
    number: int = 0
    comes: bool = True  # it has to say hello
    servers: int = 1  # processes that may send it the same, one after the other or at once
    silent: int = 0  # steps since something came that shows that its server works
    _far: dict[str, int] = attrs.field(factory=dict, init=False)  # how far the places are, as it knows
    _asked: int = attrs.field(default=0, init=False)  # times on this connection
    _floor: dict[str, int] = attrs.field(factory=dict, init=False)  # what it said first that it has
    _copies: Counter[tuple[str, int]] = attrs.field(factory=Counter, init=False)

    @property
    def is_behind(self) -> bool:
        """Whether it knows of numbers that it does not have."""
        return any(self._far.get(place, 0) > last for place, last in self.last.items())

    def connect(self, end: MemoryCarrier, servers: int = 1) -> None:
        """Be at another address from now on, where so many processes may write to it."""
        self.end, self.comes, self.silent, self.servers = end, True, 0, servers
        self._asked, self._floor, self._copies = 0, {}, Counter()

    def say(self, typed: str, told: str = "") -> Found:
        """Return a line that counts once, and tells a room something or nothing."""
        self.number += 1
        line = self.pending[self.number] = {"line": typed, "id": self.number}
        if told:
            self.said[self.number] = told
        return line

    def hello(self) -> Found:
        """Return its hello, with how far it has come."""
        session = {"session": self.secret} if self.secret else {}
        return {"hello": {"v": 1, "nick": self.name, **session, **self._places("rooms")}}

    def again(self) -> list[Found]:
        """Return its hello, or what has no outcome, and questions for what is missing and for how far the rooms are."""
        if self.comes:
            return [self.hello()]
        since = [self._places("since")] if self.is_behind else []
        return [*since, *self.pending.values(), {"ping": self.number}]

    def _places(self, name: str) -> Found:
        """Return how far it has come, which is a question for all that came after that."""
        self._asked += 1
        if self._asked == 1:
            self._floor = dict(self.last)
        rooms = {place: last for place, last in self.last.items() if place != OWN}
        return {name: rooms, "own": self.last[OWN], "log": self.log} if self.log else {}

    def take(self, payload: bytes) -> None:
        """Take a datagram."""
        for text in payload[1:].split(b"\x1e"):
            found = json.loads(text)
            if found.get("code") != "room-unreachable":
                self.silent = 0
            self._take(found)

    def _take(self, found: Found) -> None:
        match found["event"]:
            case "welcome":
                self._come_in(found)
            case "done" | "error" if "id" in found and found.get("code") not in NOT_KEPT:
                self._end(found["id"], found)
            case "session-moved":
                self.comes = True
            case "gap":
                check("room" in found, "hole", f"{self.name} may not have {found} any more")
                self._go_on(found["room"], found["to"])
            case "pong" if self.log:
                self._see({**found["rooms"], OWN: found["own"]})
            case kind if "seq" in found and self.log:
                self._hold(found["room"], found["seq"], "hidden" if kind == "hidden" else text_of(found))
            case _ if "own" in found and self.log:
                self._hold(OWN, found["own"], text_of(found))

    def _come_in(self, found: Found) -> None:
        self.secret, self.comes = found.get("session", self.secret), False
        check(found["you"] == self.name, "noticed", f"{self.name} is {found['you']} after it moved")
        rooms = {room["room"]: room["seq"] for room in found["rooms"]}
        if not self.log:
            self.log, self.entered = found["log"], rooms[LOBBY]
            self.last = {LOBBY: self.entered, OWN: found["own"]}
        check(found["log"] == self.log, "hole", "the numbering has another name")
        self._see({**rooms, OWN: found["own"]})

    def _end(self, number: int, outcome: Found) -> None:
        """Take the outcome of a line."""
        self.pending.pop(number, None)
        if outcome["event"] == "done":
            place = outcome.get("room", ""), outcome.get("seq", 0)
            same = number not in self.refused and self.done.setdefault(number, place) == place
        else:
            code = outcome["code"]
            same = number not in self.done and self.refused.setdefault(number, code) == code
        check(same, "twice", f"line {number} of {self.name} has two outcomes, one is {outcome}")

    def _see(self, places: dict[str, int]) -> None:
        """Take note of how far places are. Of those where it has nothing yet, it may have all since it entered."""
        for place, number in places.items():
            self.last.setdefault(place, 0)
            self._far[place] = max(number, self._far.get(place, 0))

    def _hold(self, place: str, number: int, content: str) -> None:
        self._see({place: number})
        self._copies[place, number] += 1
        most = self.servers * max(1, self._asked)
        wanted = self._copies[place, number] <= most and number > self._floor.get(place, 0)
        check(wanted or self.repeats, "once", f"{self.name} has {place} {number} already")
        known = self.held.setdefault(place, {}).setdefault(number, content)
        check(known == content, "numbers", f"{place} {number} is {known} and {content}")
        self._go_on(place, self.last[place])

    def _go_on(self, place: str, number: int) -> None:
        """Take note that it has, or may not have, all up to a number, and perhaps more."""
        number, held = max(number, self.last.get(place, 0)), self.held.get(place, {})
        while number + 1 in held:
            number += 1
        self.last[place] = number


def text_of(found: Found) -> str:
    """Return an object as text, to compare it."""
    return json.dumps(found, sort_keys=True)
