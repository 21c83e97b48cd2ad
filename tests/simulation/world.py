"""The network between the hub and its peers, which sees all that is sent and checks it against what must hold.

What must hold, each with the name that a failure shows:

    fit         every datagram has whole lines, is not empty or too long, and nothing in it drives a terminal
    amplify     an address that has not proven itself where it must gets at most three bytes for each that it sent
    outsider    who is not in the room gets a prompt for a code or a refusal, and nothing else
    admitted    nothing is handled of an address that must prove itself and did not
    once        a line is sent to a member as often as it arrived at most, and again for each report that it is gone
    all         every member is sent each line that is said while it is in the room
    order       on a network that keeps order, each hears the lines of each in the order they were said
    joins       of all who join without a code there are at most a burst and what the rate gives
    makes room  who is removed for another has sent one datagram, in which it said nothing
    counted     what the gate does not let through is counted under its reason, to the line
    names       no two members have names that count as one, by the roster's index and by letter case
    tables      what is kept of clients is bounded, and there is nothing of those who were not let in
    ghosts      a member is removed because it quit, was idle, or was reported gone twice in time, and for nothing else
    bugs        nothing fails

What must hold of `/history` and its like is in `answers`.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from random import Random
from typing import cast

import attrs

from tests.domain.text.terminal import assert_fit_for_a_terminal
from tests.simulation.peers import Peer, SimulatedAddress
from udpchat.domain.address import Address
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.datagram import Bounce, Datagram

RECALLED = re.compile("\u200e?\\[[0-9]{2}:[0-9]{2}\\] ")  # the beginning of a line that was said before
LINE = re.compile(r": #([0-9]+)\.([0-9]+)$")  # a line that can be told from all others: who said it, and which it is
PROMPT = re.compile(r"(?:to join, type: |error - invalid code, type: )?/enter ([a-z0-9]+)$")
TO_OUTSIDERS = re.compile(r"(?:to join, type: )?/enter [a-z0-9]+$|error - |you have been disconnected\.$")


class Crash(BaseException):
    """The server ends here."""


class Broken(BaseException):
    """Something that must hold does not; the first word is its name."""


def check(holds: object, name: str, *about: object) -> None:
    """Raise `Broken` unless it holds."""
    if not holds:
        raise Broken(f"{name}: {' '.join(map(repr, about))}")


@attrs.frozen
class Seen:
    """What can be known of a datagram by looking at it."""

    lines: tuple[tuple[int, int], ...]  # the numbered ones
    recalled: tuple[str, ...]  # those that were said before
    prompt: str
    fit: bool
    for_outsiders: bool


@lru_cache(maxsize=1 << 14)
def is_fit(text: str) -> bool:
    """Say whether a line does nothing to a terminal."""
    try:
        assert_fit_for_a_terminal(text)
    except AssertionError:
        return False
    return True


@lru_cache(maxsize=4096)
def look_at(payload: bytes) -> Seen:
    """Return what a datagram says."""
    texts = payload.decode().removesuffix("\n").split("\n")
    fit = payload.endswith(b"\n") and all(map(is_fit, texts))
    recalled = tuple(filter(RECALLED.match, texts))
    found = [match for text in texts if not RECALLED.match(text) and (match := LINE.search(text))]
    prompt = PROMPT.match(texts[0])
    return Seen(
        tuple((int(match[1]), int(match[2])) for match in found),
        recalled,
        prompt[1] if prompt else "",
        fit,
        all(TO_OUTSIDERS.match(text) for text in texts),
    )


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
    peers: dict[SimulatedAddress, Peer] = attrs.field(factory=dict)
    numbers: list[Peer] = attrs.field(factory=list)
    forged: dict[str, Peer] = attrs.field(factory=dict)  # by host
    inside: set[Address] = attrs.field(factory=set)  # who was in the room at some moment of this step
    arrivals: Counter[tuple[int, int]] = attrs.field(factory=Counter)  # of each numbered line at the hub
    inputs: int = 0
    deliveries: int = 0
    step: int = 0
    recalled: Callable[[Peer, str], None] = lambda *_: None  # is told of each line that was said before
    lost: dict[Address, set[str]] = attrs.field(factory=dict)  # lines sent in this step for the first time, to nobody
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
                for line in payload.splitlines():
                    if line.startswith(b"#"):
                        speaker, _, number = line[1:].partition(b".")
                        self.arrivals[int(speaker), int(number)] += 1
            if not peer.proven and payload[:7].lower() == b"/enter ":
                peer.proven = payload[7:].strip().lower().decode(errors="replace") in peer.prompts
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
        if not peer.proven and peer.scope in self.must_prove:
            check(peer.went <= MAX_AMPLIFICATION * peer.came, "amplify", payload, peer.went, peer.came)
        for line in seen.lines:
            peer.copies[line] += 1
            check(peer.copies[line] <= self.arrivals[line] * (1 + peer.bounces), "once", line, str(peer.address))
            if self.weather.keeps_order and not peer.bounces:
                speaker, number = line
                check(peer.heard.get(speaker, -1) < number, "order", payload, str(peer.address))
                peer.heard[speaker] = number
        for sentence in seen.recalled:
            self.recalled(peer, sentence)
        if seen.prompt:
            peer.prompts.append(seen.prompt)
        if not peer.alive:
            if new := [f"#{speaker}.{number}" for speaker, number in seen.lines if peer.copies[speaker, number] == 1]:
                self.lost.setdefault(peer.address, set()).update(new)
            self.report(payload, peer)
        elif seen.prompt and self.random.random() >= self.weather.loss:
            peer.code = seen.prompt

    def undelivered(self) -> Mapping[Address, int]:
        """Return nothing: whatever is lost here, nobody knows of it."""
        return {}

    def forget(self, addresses: Iterable[Address]) -> None:
        """Keep nothing, as nothing is kept that the hub could use."""

    def close(self) -> None:
        """Do nothing: the world goes on."""
