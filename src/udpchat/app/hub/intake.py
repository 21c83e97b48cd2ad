"""Datagrams, reports and silence -> inputs for the journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import attrs

from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.logs.bugs import Bugs
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.inputs import Idle, Input, Unreachable
from udpchat.domain.text.line import LineTooLong
from udpchat.domain.text.lines import clean_lines

MAX_LINES = 4096  # inputs given to the journal at once: some 10 ms


@attrs.define(eq=False)
class Intake:
    """Passes datagrams through the gate, and makes an input of each of their lines.

    `clock` gives seconds since 1970 UTC, `entropy` a number of 64 random bits, `max_line` is bytes. `strangers` are the
    addresses that the gate refused since they were taken away last.
    """

    admission: Admission
    bounces: BounceHandler
    bugs: Bugs
    clock: Callable[[], float]
    entropy: Callable[[], int]
    max_line: int
    strangers: list[Address] = attrs.field(factory=list, init=False)
    _waiting: deque[Datagram] = attrs.field(factory=deque, init=False)
    _ready: list[Input] = attrs.field(factory=list, init=False)
    _returned: list[Bounce] = attrs.field(factory=list, init=False)
    _idle: list[Address] = attrs.field(factory=list, init=False)

    @property
    def unfinished(self) -> bool:
        """Whether datagrams or lines wait, so that `inputs` has something to return."""
        return bool(self._waiting or self._ready)

    def take(self, batch: Iterable[Datagram], returned: Iterable[Bounce] = (), idle: Iterable[Address] = ()) -> None:
        """Take datagrams that came, datagrams that came back, and addresses that were silent for too long."""
        self._waiting += batch
        self._returned += returned
        self._idle += idle

    def inputs(self, now: float) -> list[Input]:
        """Return the next inputs, at most `MAX_LINES` of lines; `now` is in seconds, from a clock that never jumps."""
        if self._waiting:
            self._admit(now)
        inputs, self._ready = self._ready, []
        if len(inputs) > MAX_LINES:
            self._ready = inputs[MAX_LINES:]
            del inputs[MAX_LINES:]
        elif not self._waiting and (self._idle or self._returned):
            inputs += self._departures(now)  # last: whoever is gone sent its lines before
        return inputs

    def _admit(self, now: float) -> None:
        """Make inputs of what waits, until there are enough."""
        admit, suspects, at = self.admission.admit, self.bounces.suspects, self.clock()
        entropy, max_line, waiting, ready = self.entropy, self.max_line, self._waiting, self._ready
        while waiting and len(ready) < MAX_LINES:
            datagram = waiting.popleft()
            sender = datagram.sender
            try:
                payload = admit(datagram, now)
                if payload.__class__ is not bytes:
                    if sender not in self.admission:
                        self.strangers.append(sender)
                    continue
                found = clean_lines(payload, max_line)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this datagram, not the others nor the room
                self.admission.drops[DropReason.BUG] += 1
                self.bugs.log(exc, sender=str(sender), given=repr(datagram.payload))
                continue
            if suspects.known:
                suspects.clear(sender)
            if len(payload) > max_line and (refused := sum(isinstance(line, LineTooLong) for line in found)):
                self.admission.count(sender, DropReason.LINE_TOO_LONG, refused)
            for line in found:
                ready.append(Input(at, entropy(), sender, line))

    def _departures(self, now: float) -> list[Input]:
        at, entropy = self.clock(), self.entropy
        idle, self._idle, returned, self._returned = self._idle, [], self._returned, []
        inputs = [Input(at, entropy(), address, Idle()) for address in idle]
        inputs += (
            Input(at, entropy(), address, Unreachable(received))
            for address, received in self.bounces.confirmed(returned, now)
        )
        return inputs
