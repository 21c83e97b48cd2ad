"""Datagrams, reports and silence -> inputs for the journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat

import attrs

from udpchat.app.hub.arrivals import Arrivals
from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.hub.objects import Objects
from udpchat.app.hub.verdicts import Verdicts
from udpchat.app.logs.bugs import Bugs
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.quota import FREE_RECIPIENTS, LINE_BYTES
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.secrecy import PUBLIC_WORDS
from udpchat.domain.datagram import Bounce, Datagram, is_of_program
from udpchat.domain.dialects.json.decoder import decode
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.ports.carrier import LATE, Carrier, Source
from udpchat.domain.rooms.inputs import Idle, Input, Undelivered, Unreachable
from udpchat.domain.rooms.requests import Numbered
from udpchat.domain.rooms.rooms import Rooms
from udpchat.domain.text.line import Line, LineTooLong
from udpchat.domain.text.lines import clean_lines, plain_line, plain_lines

MAX_DATAGRAMS = 256  # received at once
FEW = 8  # datagrams of a batch; to look at fewer takes longer together than one by one
MAX_LINES = 4096  # inputs given to the journal at once: some 10 ms
MAX_BYTES = 100_000  # of datagrams that are not one plain line, read at once: up to 30 ms

# Why a stranger has to go, and need not try again for now. Its connection ends.
FINAL = {DropReason.KEPT_OUT, DropReason.ROOM_FULL, DropReason.NETWORK_FULL}

Admit = Callable[[Datagram, float, str | None], bytes | DropReason | None]
"""How a datagram passes the gate: as `Admission.admit`."""


@attrs.define(eq=False)
class Intake:
    """Passes datagrams through the gate, and makes an input of each of their lines.

    What strangers sent waits until all clients had their turn, so that a flood of strangers delays no member.

    `clock` gives seconds since 1970 UTC, `entropy` numbers of 64 random bits, `max_line` is bytes. `strangers` are the
    addresses that the gate refused since they were taken away last, and `refused` those that need not try again.
    `unfinished` tells that `inputs` has more.

    The class is long because its loop reads all parts of it for each batch, and calls there cost.
    """

    carriers: Mapping[str, Carrier]
    rooms: Rooms
    admission: Admission
    bounces: BounceHandler
    bugs: Bugs
    clock: Callable[[], float]
    entropy: Iterator[int]
    max_line: int
    verdicts: Verdicts
    objects: Objects = attrs.field(init=False)
    strangers: list[Address] = attrs.field(factory=list, init=False)
    refused: list[Address] = attrs.field(factory=list, init=False)
    unfinished: bool = attrs.field(default=False, init=False)
    arrivals: Arrivals = attrs.field(factory=Arrivals, init=False)
    _waiting: deque[Datagram] = attrs.field(factory=deque, init=False)
    _from_strangers: deque[Datagram] = attrs.field(factory=deque, init=False)
    _ready: list[Input] = attrs.field(factory=list, init=False)
    _returned: list[Bounce] = attrs.field(factory=list, init=False)
    _idle: list[Address] = attrs.field(factory=list, init=False)
    _undelivered: list[tuple[Address, int]] = attrs.field(factory=list, init=False)

    @objects.default
    def _(self) -> Objects:
        return Objects(self.admission, self.verdicts)

    @property
    def waiting(self) -> int:
        """The number of datagrams and lines that were received and are not inputs yet."""
        return len(self._waiting) + len(self._from_strangers) + len(self._ready)

    def take_idle(self, addresses: Iterable[Address]) -> None:
        """Take all addresses that were silent for too long, in place of those that were given before."""
        self._idle = list(addresses)
        self.unfinished = self.unfinished or bool(self._idle)

    def take_undelivered(self, members: Iterable[tuple[Address, int]]) -> None:
        """Take members that did not receive a datagram, each with the number of messages that it surely received."""
        self._undelivered += members
        self.unfinished = self.unfinished or bool(self._undelivered)

    def forget_strangers(self) -> list[Address]:
        """Let the carriers forget addresses that the gate refused. Return those that it sent away."""
        strangers, self.strangers, refused, self.refused = self.strangers, [], self.refused, []
        for name, carrier in self.carriers.items():
            own = (each for each in strangers if each.carrier == name)
            carrier.forget([address for address in own if address not in self.admission])
        return [address for address in refused if address not in self.admission]

    def inputs(  # noqa: C901, PLR0912, PLR0915 - a busy room runs this for each batch, and calls cost
        self, source: Source | None, now: float
    ) -> list[Input] | None:
        """Return the next inputs of what waits at a source and of what was left before: `MAX_LINES` or fewer.

        Return None if nothing waits there. `now` is in seconds, from a clock that never jumps.
        """
        waiting, ready, arrivals, suspects = self._waiting, self._ready, self.arrivals, self.bounces.suspects
        at = self.clock()
        if source is not None:
            received = source.receive(MAX_DATAGRAMS)
            if arrivals.times:
                arrivals.times.clear()
            if received and now - arrivals.latest.get(source, 0.0) > LATE:
                arrivals.look(source, received, now)
            else:
                arrivals.latest[source], arrivals.late = now, 0.0
            for carrier in self.carriers.values():
                self._returned += carrier.bounces()
            if not received and not waiting and not self._returned:
                return None
            if len(received) >= FEW and not waiting and not arrivals.times and not suspects.known:
                received = received[self._admit_plain_lines(received, at, now) :]
            waiting.extend(received)
        admit: Admit = self._admit_late if arrivals.times else self.admission.admit
        entropy, max_line, large = self.entropy, self.max_line, len(self.bounces.roster.members) > FREE_RECIPIENTS
        left = MAX_BYTES
        while len(ready) < MAX_LINES and left > 0 and (waiting or self._from_strangers):
            if not waiting:
                waiting = self._from_strangers
                admit = self._admit_late_stranger if arrivals.times else self.admission.admit_stranger
            payload, sender = datagram = waiting.popleft()
            try:
                line = plain_line(payload)
                admitted = admit(datagram, now, line)
                if (
                    admitted is payload  # nearly always, and a slash sorts before the digits
                    and line is not None
                    and len(payload) <= max_line
                    and (line >= "0" or not large or line[0] != "/")
                ):
                    if line < "0" and line[0] == "/" and line.split(maxsplit=1)[0].lower() not in PUBLIC_WORDS:
                        ready += self._inputs(at, sender, (line,))
                    else:
                        ready.append(Input(at, next(entropy), sender, line))
                elif isinstance(admitted, bytes) and is_of_program(payload):
                    left -= len(payload)
                    ready += self._objects(at, datagram, admitted, now, large=large)
                elif isinstance(admitted, bytes):
                    left -= len(payload)
                    lines = clean_lines(admitted, max_line)
                    if sender not in self.admission:  # it posts as a script: anything else would let it in
                        lines = [line for line in lines[:1] if isinstance(line, str)]
                    elif large:
                        lines = self._affordable(lines, sender, now)
                    ready += self._inputs(at, sender, lines)
                elif admitted is None:
                    self._from_strangers.append(datagram)
                    continue
                else:
                    left -= len(payload)
                    if sender not in self.admission:
                        self.strangers.append(sender)
                        if admitted in FINAL:
                            self.refused.append(sender)
                    elif is_of_program(payload):
                        self.objects.refuse(sender, payload, self.max_line, now)
                    continue
            except Exception as exc:  # noqa: BLE001 - our own bug costs this datagram, not the others nor the room
                self._bug(exc, datagram)
                continue
            if suspects.known:
                suspects.clear(sender)
        if waiting or self._from_strangers or len(ready) > MAX_LINES:
            return self._cut(now)
        if self._returned or self._idle or self._undelivered or self.admission.quotas.evicted:
            return self._cut(now)
        self._ready, self.unfinished = [], False
        return ready

    def _admit_plain_lines(self, received: Sequence[Datagram], at: float, now: float) -> int:
        """Make an input of each datagram if all are short plain lines. Return how many inputs were made.

        The inputs end before a datagram whose sender is a stranger or cannot pay. Nearly every batch of a busy room
        passes here. The loop of `inputs` gives the same, but takes longer.
        """
        try:
            payloads, senders = zip(*received, strict=True)
            lines = plain_lines(payloads, min(self.max_line, LINE_BYTES))
            if lines is None:
                return 0
            admitted = self.admission.admit_lines(senders, now)
            inputs = list(map(Input, repeat(at, admitted), self.entropy, senders, lines))
        except Exception as exc:  # noqa: BLE001 - our own bug: the loop of `inputs` finds the datagram that it is about
            self.bugs.log(exc, secret=True)
            return 0
        self._ready += inputs
        return admitted

    def _admit_late(self, datagram: Datagram, now: float, _: str | None) -> bytes | DropReason | None:
        """Pass a client's datagram through the gate, by the time when it came."""
        return self.admission.admit_late(datagram, now, self.arrivals.of(datagram, now))

    def _admit_late_stranger(self, datagram: Datagram, now: float, line: str | None) -> bytes | DropReason:
        """Pass a stranger's datagram through the gate, by the time when it came."""
        return self.admission.admit_stranger(datagram, now, line, self.arrivals.of(datagram, now))

    def _inputs(self, at: float, sender: Address, lines: Sequence[Line]) -> list[Input]:
        """Return an input for each line of a datagram. Count the lines that are too long."""
        if refused := sum(isinstance(line, LineTooLong) for line in lines):
            self.admission.count(sender, DropReason.LINE_TOO_LONG, refused)
        hide = partial(self.verdicts.without_secrets, sender)
        kept = [hide(line) if isinstance(line, str) else line for line in lines]
        return [Input(at, next(self.entropy), sender, line) for line in kept if line is not None]

    def _objects(self, at: float, datagram: Datagram, admitted: bytes, now: float, *, large: bool) -> list[Input]:
        """Return an input for each object of a datagram that was admitted, and answer the others."""
        payload, sender = datagram
        known = sender in self.admission
        if known:
            self.objects.refuse(sender, payload[len(admitted) :], self.max_line, now)
        if not self.objects.may_ask(sender):
            return []
        asked = decode(admitted, self.max_line)
        if not known:  # it posts as a script: anything else would let it in
            asked = [each for each in asked[:1] if isinstance(each, Numbered) and isinstance(each.line, str)]
        elif large:
            lines = [each.line if isinstance(each, Numbered) else "" for each in asked]
            unpaid = self._unpaid(lines, sender, now)
            for place, reason in unpaid.items():
                self.admission.count(sender, reason)
                self.objects.refuse_one(sender, asked[place], now)
            asked = [each for place, each in enumerate(asked) if place not in unpaid]
        return [Input(at, next(self.entropy), sender, each) for each in self.objects.requests(sender, asked)]

    def _affordable(self, lines: list[Line], sender: Address, now: float) -> list[Line]:
        """Return the lines without the commands that others are notified of if the sender cannot pay for that."""
        unpaid = self._unpaid(lines, sender, now)
        for reason in unpaid.values():
            self.admission.drop(sender, now, reason)
        return [line for place, line in enumerate(lines) if place not in unpaid]

    def _unpaid(self, lines: list[Line], sender: Address, now: float) -> dict[int, DropReason]:
        """Return why the sender cannot pay for commands that others are notified of, by their places in the lines."""
        member, rooms, unpaid = self.bounces.roster.members.get(sender), self.rooms, dict[int, DropReason]()
        quota = self.admission.quotas.clients[sender]
        notified = set(member.place.rooms) if member else {rooms.lobby}  # with those that it moves to in these lines
        for place, line in enumerate(lines):
            words = line.split(maxsplit=1) if isinstance(line, str) else ()
            command = COMMANDS.get(words[0].lower()) if words else None
            if command is not None and command.announced:
                entered = command.enters(rooms, sender, "".join(words[1:])) if command.enters else None
                notified.update(() if entered is None else (entered,))
                recipients = sum(len(room.members) for room in notified)
                if recipients > FREE_RECIPIENTS and (reason := quota.pay_for_command(recipients, now)):
                    unpaid[place] = reason
        return unpaid

    def _bug(self, exc: Exception, datagram: Datagram) -> None:
        """Count and log a bug. Nothing may be logged of a datagram that may have a code, or the key of the server."""
        self.admission.drops[DropReason.BUG] += 1
        payload, sender = datagram
        secret = (
            b"/" in payload
            or is_of_program(payload)
            or (self.admission.key is not None and sender not in self.admission)
        )
        self.bugs.log(exc, secret=secret, sender=str(sender), given="(hidden)" if secret else payload)

    def _cut(self, now: float) -> list[Input]:
        """Return as many inputs as may be given to the journal at once, and last those of whoever is gone."""
        inputs, self._ready = self._ready[:MAX_LINES], self._ready[MAX_LINES:]
        self.unfinished = bool(self._waiting or self._from_strangers or self._ready)
        if not self.unfinished:  # what waited was sent before its sender was gone
            inputs += self._departures(now)
        return inputs

    def _departures(self, now: float) -> list[Input]:
        at, entropy = self.clock(), self.entropy
        idle, self._idle, returned, self._returned = self._idle, [], self._returned, []
        undelivered, self._undelivered = self._undelivered, []
        inputs = [Input(at, next(entropy), address, Undelivered(heard)) for address, heard in undelivered]
        inputs += [Input(at, next(entropy), address, Idle(self.admission.policy.idle_timeout)) for address in idle]
        inputs += (
            Input(at, next(entropy), address, Idle(makes_room=True)) for address in self.admission.take_evicted()
        )
        inputs += (
            Input(at, next(entropy), address, Unreachable(received))
            for address, received in self.bounces.confirmed(returned, now)
        )
        return inputs
