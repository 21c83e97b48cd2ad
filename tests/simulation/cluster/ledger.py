"""What one process of a node has taken, handled and sent, and what it still owes to its clients."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from tests.simulation.cluster.log import Log
from tests.simulation.cluster.observer import Fact, numbered
from tests.simulation.cluster.records import Records
from tests.simulation.crashes import ALL, missed_by
from tests.simulation.seen import COLOR, Number, number_of
from tests.simulation.world import check
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.address import Address
from udpchat.domain.datagram import is_of_program
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Input
from udpchat.domain.rooms.state import ChatState

SHOWN_AGAIN = re.compile(r"\[[0-9]{2}:[0-9]{2}\] ")
UNSENT = "error - the room is unreachable, your line was not sent"
DISCONNECTED = "you have been disconnected."


@attrs.define(eq=False)
class Ledger:
    """The books of the process `identity` of a node.

    All processes share two of them. `received` has the lines that were sent to each client, by node and `HOST:PORT`.
    `served` has, for each node, the last start that was handled by the process that started.
    """

    log: Log
    addresses: ClusterAddresses
    identity: str
    received: dict[tuple[str, str], set[Number]]
    served: dict[str, int]
    live: bool = attrs.field(default=False, init=False)  # the process also sends what it handles
    handled: int = attrs.field(default=0, init=False)  # inputs that count
    open: dict[Number, None] = attrs.field(factory=dict, init=False)  # taken, and neither committed nor refused
    records: Records = attrs.field(init=False)  # the same of programs
    to_part: list[str] = attrs.field(factory=list, init=False)  # removed by an error, and not yet notified
    _owed: list[tuple[int, Number]] = attrs.field(factory=list, init=False)  # lines to send in this step, by fact
    _to_notify: Counter[str] = attrs.field(factory=Counter, init=False)  # lines that were given up, by client
    _copies: dict[Number, Counter[str]] = attrs.field(factory=dict, init=False)  # that were sent, by client

    def __attrs_post_init__(self) -> None:
        self.records = Records(self.log.observer, self.identity)

    @property
    def name(self) -> str:
        """The name of the node."""
        return self.addresses.own

    def took(self, inputs: Iterable[Input]) -> None:
        """Record inputs that the journal took."""
        self.open.update(dict.fromkeys(filter(None, map(numbered, inputs))))

    def committed(self, inputs: Iterable[Input]) -> None:
        """Record inputs that came back from the log and count."""
        for given in inputs:
            self.open.pop(numbered(given) or (0, 0), None)

    def expired(self, inputs: Iterable[Input]) -> None:
        """Record inputs that were given up; their senders must be notified by the end of the step."""
        for given in inputs:
            if not isinstance(given.line, CONTROL_INPUTS):
                self._to_notify[str(given.sender)] += 1
            if line := numbered(given):
                self.open.pop(line, None)
                self.log.refused[line] = self.log.published

    def next_fact(self, given: Input) -> Fact:
        """Check that an input is the next one in the log; return it as a fact."""
        index = self.handled
        fact = self.log.observer.facts[index]
        known = (fact.sender, fact.given.at, fact.given.entropy, fact.given.line)
        check((self.addresses.identity(given.sender), given.at, given.entropy, given.line) == known, "same", index)
        self.handled += 1
        return fact

    def owe(self, line: Number) -> None:
        """Record that the line that was just handled must be sent by the end of the step."""
        self._owed.append((self.handled - 1, line))

    def sent(self, payload: bytes, address: Address) -> None:
        """Check a datagram that is sent."""
        observer, where = self.log.observer, str(address)
        check(is_of_program(payload) == (where in observer.annals.names), "outsider", payload, where)
        if is_of_program(payload):
            told = self.records.sent(payload, where, self.handled)  # perhaps of what was never taken
            self._to_notify[where] = max(0, self._to_notify[where] - told)
            return
        for text in COLOR.sub("", payload.decode()).removesuffix("\n").split("\n"):
            if text == UNSENT:
                self._to_notify[where] -= 1
            if text == DISCONNECTED and where in self.to_part:
                self.to_part.remove(where)
            line = None if SHOWN_AGAIN.match(text) else number_of(text)
            if line is None:
                continue
            index = observer.lines.get(line)
            check(index is not None and index < self.handled, "committed", line, self.name)
            check((index or 0) < observer.over.get(self.identity, self.handled), "zombie", line, self.name)
            copies = self._copies.setdefault(line, Counter())
            copies[where] += 1
            check(copies[where] == 1, "once", line, self.name, where)
            self.received.setdefault((self.name, where), set()).add(line)

    def started(self, state: ChatState) -> None:
        """Check, after the start of this process was handled, that clients can ask for what was not sent to them."""
        index, observer = self.handled - 1, self.log.observer
        for where, homes in observer.starts[index].items():
            member = state.roster.get(self.addresses.decode(f"{self.name} 0 {where}"))
            if member is None:
                continue
            kept = {number_of(said.text) for said in state.log_of(member.place.room, 0.0, member.address).last(ALL)}
            missing = self._missed(where, homes, index) & kept
            missing = missing.difference(number_of(said.text) for said in missed_by(state, member))
            check(not missing, "missed", self.name, where, *missing)
        self.served[self.name] = max(index, self.served.get(self.name, 0))

    def _missed(self, where: str, homes: Sequence[tuple[int, str]], index: int) -> set[Number]:
        """Return the lines that were said to a client since it joined, and that no process can have sent to it."""
        missed = set[Number]()
        for each in range(homes[0][0], index):
            home = next(node for since, node in reversed(homes) if since <= each)
            served = self.served.get(home, 0) >= each or any(self.served.get(n, 0) >= at > each for at, n in homes)
            fact = self.log.observer.facts[each]
            heard = where in fact.hearers.get(home, ())
            if fact.line and heard and not served and fact.line not in self.received.get((home, where), ()):
                missed.add(fact.line)
        return missed

    def check(self, *, unfinished: bool) -> None:
        """Check at the end of a step that nothing is owed; `unfinished` if inputs wait for the log."""
        observer = self.log.observer
        for index, line in self._owed:
            hearers, copies = observer.facts[index].hearers.get(self.name, set()), self._copies.get(line, Counter())
            check(hearers <= copies.keys(), "all", line, self.name, *sorted(hearers - copies.keys()))
            check(copies.keys() <= hearers, "outsider", line, self.name, *sorted(copies.keys() - hearers))
        self._owed.clear()
        check(not any(self._to_notify.values()), "told", self.name, self._to_notify)
        check(not self.to_part, "parted", self.name, *self.to_part)
        check(unfinished or not self.open, "lost", self.name, *self.open)
