"""The network between the hub and its peers, which sees all that is sent and checks it against what must hold.

What must hold, each with the name that a failure shows:

    fit         every datagram has whole lines, is not empty or too long, and nothing in it drives a terminal, but for
                the colors and the bell of those who asked for them
    amplify     an address that has not proven itself where it must, or has not sent the key of the server, gets at most
                three bytes for each that it sent
    outsider    who is not in the room gets a prompt for a code or the key, or a refusal, and nothing else
    admitted    nothing is handled of an address that must prove itself, or send the key, and did not
    once        a line is sent to a member as often as it arrived at most, and again for each report that it is gone
    all         every member is sent each line that is said while it is in the room, and that it is to read
    order       on a network that keeps order, each hears the lines of each in the order they were said
    joins       of all who join without a code there are at most a burst and what the rate gives
    makes room  who is removed for another has sent one datagram, in which it said nothing
    counted     what the gate does not let through is counted under its reason, to the line
    names       no two members have names that count as one, by the roster's index and by letter case
    tables      what is kept of clients is bounded, and there is nothing of those who were not let in
    ghosts      a member is removed because it quit, was idle, or was reported gone twice in time, and for nothing else
    bugs        nothing fails

What must hold of `/history` and its like is in `answers`, and of rooms and of private words in `rooms`.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count
from random import Random
from typing import cast

import attrs

from tests.simulation.peers import Peer, SimulatedAddress
from tests.simulation.seen import NUMBERED, SECRET, Number, Seen, look_at, number_of
from udpchat.domain.address import Address
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.datagram import Bounce, Datagram


class Crash(BaseException):
    """The server ends here."""


class Broken(BaseException):
    """Something that must hold does not; the first word is its name."""


def check(holds: object, name: str, *about: object) -> None:
    """Raise `Broken` unless it holds."""
    if not holds:
        raise Broken(f"{name}: {' '.join(map(repr, about))}")


@attrs.frozen
class Weather:
    """What the network does to a datagram: chances to lose or repeat it, and how long, in steps, it may take."""

    loss: float
    repetition: float
    delay: int

    @property
    def keeps_order(self) -> bool:
        """Whether nothing overtakes anything, and nothing comes twice."""
        return not self.delay and not self.repetition


@attrs.define(eq=False)
class World:
    """The port `Carrier` of a hub, and everything on the other side of it."""

    random: Random
    weather: Weather
    max_datagram: int
    must_prove: frozenset[object]  # scopes
    key: str = ""  # of the server
    peers: dict[SimulatedAddress, Peer] = attrs.field(factory=dict)
    numbers: list[Peer] = attrs.field(factory=list)
    forged: dict[str, Peer] = attrs.field(factory=dict)  # by host
    inside: set[Address] = attrs.field(factory=set)  # who was in the room at some moment of this step
    arrivals: Counter[Number] = attrs.field(factory=Counter)  # of each numbered line at the hub
    inputs: int = 0
    deliveries: int = 0
    step: int = 0
    recalled: Callable[[Peer, str], None] = lambda *_: None  # is told of each line that was said before
    reads: Callable[[Peer, Number], None] = lambda *_: None  # and of each numbered text
    reads_of: Callable[[Peer, str], None] = lambda *_: None  # and of the name of each room
    lost: dict[Address, set[Number]] = attrs.field(
        factory=dict
    )  # lines sent in this step for the first time, to nobody
    fuse: int | None = None  # calls of `send` until one ends the server
    now: float = 1000.0  # seconds, by the timer
    forward: float = 0.0  # seconds that the timer went forward so far, also when it was set
    _inbox: deque[Datagram] = attrs.field(factory=deque)
    _landed: deque[float] = attrs.field(factory=deque)  # when those landed, by the timer
    _taken: list[float] = attrs.field(factory=list)  # the same of what the hub received last
    _bounced: list[Bounce] = attrs.field(factory=list)
    _in_flight: list[tuple[int, int, Datagram | Bounce]] = attrs.field(factory=list)
    _order: count[int] = attrs.field(factory=count)

    name = SimulatedAddress.carrier

    def add(self, where: SimulatedAddress) -> Peer:
        """Have somebody at an address."""
        peer = self.peers[where] = Peer(len(self.numbers), where)
        self.numbers.append(peer)
        return peer

    def set_timer(self, seconds: float) -> None:
        """Let the timer go forward or back."""
        self.now += seconds
        self.forward += max(seconds, 0.0)

    def fates(self) -> Iterable[int]:
        """Return the delay of each copy of the next datagram that arrives."""
        random, weather = self.random.random, self.weather
        if random() < weather.loss:
            return ()
        copies = 2 if random() < weather.repetition else 1
        return [int(random() * (weather.delay + 1)) for _ in range(copies)]

    def carry(self, payload: bytes, peer: Peer) -> None:
        """Put a datagram from a peer, or in its name, on its way to the hub."""
        for delay in self.fates():
            heapq.heappush(self._in_flight, (self.step + delay, next(self._order), (payload, peer.address)))

    def report(self, payload: bytes, peer: Peer) -> None:
        """Put a report that a peer is gone, true or forged, on its way to the hub."""
        peer.returned.add(payload)
        for delay in self.fates():
            heapq.heappush(self._in_flight, (self.step + delay, next(self._order), Bounce(payload, peer.address)))

    def land(self) -> None:
        """Let arrive what is due."""
        while self._in_flight and self._in_flight[0][0] <= self.step:
            landed = heapq.heappop(self._in_flight)[2]
            if isinstance(landed, Bounce):
                self._bounced.append(landed)
            else:
                self._inbox.append(landed)
                self._landed.append(self.now)

    @property
    def busy(self) -> bool:
        """Whether something waits for the hub."""
        return bool(self._inbox or self._bounced)

    def receive(self, limit: int) -> list[Datagram]:
        """Hand over what has arrived."""
        batch = [self._inbox.popleft() for _ in range(min(limit, len(self._inbox)))]
        self._taken = [self._landed.popleft() for _ in batch]
        self.inputs += len(batch)
        for payload, sender in batch:
            peer = self.peers[cast("SimulatedAddress", sender)]
            peer.came += len(payload)
            if b"#" in payload:
                numbers = NUMBERED.findall(payload.decode(errors="replace"))
                self.arrivals.update((int(speaker), int(number)) for speaker, number in numbers)
            if b"secret" in payload:
                peer.knows.update(SECRET.findall(payload.decode(errors="replace")))
            if payload[:7].lower() == b"/enter ":
                words = payload[7:].lower().decode(errors="replace").split()
                peer.proven = peer.proven or bool({*words[:1]} & {*peer.prompts})
                peer.keyed = peer.keyed or self.key in {" ".join(words), " ".join(words[1:])}
        return batch

    def ages(self, most: float) -> Sequence[float]:
        """Return for how long each datagram waited, also where the timer was set meanwhile."""
        return [min(max(self.now - landed, 0.0), most) for landed in self._taken]

    def bounces(self) -> Sequence[Bounce]:
        """Hand over the reports."""
        bounces, self._bounced = self._bounced, []
        for bounce in bounces:
            peer = self.peers[cast("SimulatedAddress", bounce.address)]
            peer.bounces += 1
            peer.reported.append(self.now)
        return bounces

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """See what is sent to whom, and bring it there or back."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                self.fuse = None
                raise Crash("in a send")
        for payload in datagrams:
            check(0 < len(payload) <= self.max_datagram, "fit", payload)
            seen = look_at(payload)
            check(seen.fit, "fit", payload)
            for each in addresses:
                if each not in but:
                    self._deliver(payload, seen, self.peers[cast("SimulatedAddress", each)])

    def _deliver(self, payload: bytes, seen: Seen, peer: Peer) -> None:
        self.deliveries += 1
        peer.went += len(payload)
        peer.last_sent = payload
        check(peer.address in self.inside or seen.for_outsiders, "outsider", payload, str(peer.address))
        if not self.is_let_in(peer):
            check(peer.went <= MAX_AMPLIFICATION * peer.came, "amplify", payload, peer.went, peer.came)
        check(seen.looks <= peer.looks, "fit", payload, str(peer.address))
        for name in seen.secrets if payload not in peer.returned else ():  # the name was perhaps public before
            self.reads_of(peer, name)
        if "time" in peer.looks:  # what is said now looks to it like what was said before
            self._deliver_with_times(seen, peer)
        else:
            self._deliver_lines(payload, seen, peer)
        if seen.prompt:
            peer.prompts.append(seen.prompt)
        if not peer.alive:
            if new := [number for number in seen.lines if peer.copies[number] == 1]:
                self.lost.setdefault(peer.address, set()).update(new)
            self.report(payload, peer)
        elif seen.prompt and self.random.random() >= self.weather.loss:
            peer.code = seen.prompt

    def is_let_in(self, peer: Peer) -> bool:
        """Return whether somebody has sent what it must send to be let in."""
        return (peer.proven or peer.scope not in self.must_prove) and (peer.keyed or not self.key)

    def _deliver_lines(self, payload: bytes, seen: Seen, peer: Peer) -> None:
        """See the lines that are sent to somebody."""
        for line in seen.lines:
            self.reads(peer, line)
            peer.copies[line] += 1
            check(peer.copies[line] <= self.arrivals[line] * (1 + peer.bounces), "once", line, str(peer.address))
            if self.weather.keeps_order and not peer.bounces:
                speaker, number = line
                check(peer.heard.get(speaker, -1) < number, "order", payload, str(peer.address))
                peer.heard[speaker] = number
        for sentence in seen.recalled:
            self.recalled(peer, sentence)

    def _deliver_with_times(self, seen: Seen, peer: Peer) -> None:
        """See the same where nobody can tell what is said now from what was said before."""
        numbers = (*seen.lines, *filter(None, map(number_of, seen.recalled)))
        peer.copies.update(numbers)
        for number in numbers:
            if number not in peer.shown:
                self.reads(peer, number)

    def undelivered(self) -> Mapping[Address, int]:
        """Return nothing: whatever is lost here, nobody knows of it."""
        return {}

    def forget(self, addresses: Iterable[Address]) -> None:
        """Keep nothing, as nothing is kept that the hub could use."""

    def end(self, addresses: Iterable[Address]) -> None:
        """Do nothing: there are no connections."""

    def close(self) -> None:
        """Do nothing: the world goes on."""
