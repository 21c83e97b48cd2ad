"""How often somebody may try to be an operator, and when one code is not enough.

A network that was right before tries at its own rate, whatever happens elsewhere: attackers never lock out an operator
who comes from where it was before. All other networks share one budget too. While several of them fail, they need two
codes of time steps that follow each other.

How long guessing takes on average, if three of 10**6 codes count at any moment (`OneTimeCodes`):

- One code. Each guess is right with a chance of 3 / 10**6, so it takes 10**6 / 3 = 333,333 tries. A network alone has
  one try a minute: 333,333 minutes = 231 days.
- More networks. Before a try with one code, at most `FEW_NETWORKS` failed within `ATTACK_SECONDS`, so with its own at
  most 4 networks try with one code in 10 minutes. Each of them has 5 + 10 tries in that time. That is 60 tries in 10
  minutes: 333,333 / 6 = 55,556 minutes = 39 days, and no number of networks makes it less.
- Two codes. Three pairs of 10**12 count, so it takes 10**12 / 3 tries. All networks together have one every 6 seconds:
  2 * 10**12 seconds = 63,000 years.

Limits: where source addresses can be forged, an attacker can use up the tries of the network of an operator. While more
than ten networks try all the time, a network that was never right finds the shared budget spent. Each node of a cluster
counts for itself.
"""

from __future__ import annotations

from enum import Enum

import attrs

from udpchat.domain.address import Network

TRIES_AT_ONCE = 5  # of one network: people mistype a code, or type one that is too old
TRY_SECONDS = 60.0  # until one more: two steps of a code, so somebody who waits for a new code may try it
SHARED_TRIES_AT_ONCE = 10  # of all networks that were never right: two operators who mistype do not hold up each other
SHARED_TRY_SECONDS = 6.0  # until one more: two codes that are guessed at this rate hold for ever
FEW_NETWORKS = 3  # that may fail before two codes are needed: some operators in new places, each with a slip
ATTACK_SECONDS = 600.0  # for which a failure counts: as long as the slowest tries of one network take to double
MAX_PROVEN = 1000  # networks: a few for each operator in a large file


class Ask(Enum):
    """What a network must send to be tried."""

    REFUSED = "refused"  # nothing: it must wait
    ONE_CODE = "one code"
    TWO_CODES = "two codes"  # of steps that follow each other


@attrs.define(eq=False)
class TryBucket:
    """Holds `size` tries, and gains one every `interval` seconds. A new bucket is full.

    It counts what is spent, and not as `TokenBucket` when it will be full: so a full one has exactly `size` tries.
    """

    size: int
    interval: float
    spent: int = attrs.field(default=0, init=False)
    since: float = attrs.field(default=0.0, init=False)  # when the last try was gained, or the first one was spent

    def is_full(self, now: float) -> bool:
        """Return whether nothing is spent: a new one could replace it."""
        self._gain(now)
        return not self.spent

    def has_one(self, now: float) -> bool:
        """Return whether there is a try."""
        self._gain(now)
        return self.spent < self.size

    def take(self, now: float) -> None:
        """Use up a try. There must be one."""
        if self.is_full(now):
            self.since = now
        self.spent += 1

    def _gain(self, now: float) -> None:
        gained = max(int((now - self.since) // self.interval), 0)
        self.spent = max(self.spent - gained, 0)
        self.since += gained * self.interval


def _own_bucket() -> TryBucket:
    return TryBucket(TRIES_AT_ONCE, TRY_SECONDS)


@attrs.define(eq=False)
class Tries:
    """Decides who may try a code. After each try that it allows, it must be told how that ended.

    All times are in seconds, by a clock that never jumps. Loopback is a network like all others. What attackers can
    make it keep is bounded by the shared budget: a bucket that is full again is deleted, which leaves some 60.
    """

    _proven: dict[Network, TryBucket] = attrs.field(factory=dict, init=False)  # the last to be right comes last
    _others: dict[Network, TryBucket] = attrs.field(factory=dict, init=False)  # none is full
    _shared: TryBucket = attrs.field(factory=lambda: TryBucket(SHARED_TRIES_AT_ONCE, SHARED_TRY_SECONDS), init=False)
    _failed: dict[Network, float] = attrs.field(factory=dict, init=False)  # when; the last comes last

    @property
    def kept(self) -> int:
        """Number of entries that this keeps about networks."""
        return len(self._proven) + len(self._others) + len(self._failed)

    def ask(self, network: Network, now: float) -> Ask:
        """Return what a network must send to be tried now. Unless it is refused, this is one of its tries."""
        own = self._proven.get(network)
        if own is not None:
            if not own.has_one(now):
                return Ask.REFUSED
            own.take(now)
            return Ask.ONE_CODE
        own = self._others.get(network) or _own_bucket()
        if not (own.has_one(now) and self._shared.has_one(now)):
            return Ask.REFUSED
        own.take(now)
        self._shared.take(now)
        self._others[network] = own
        self._others = {each: bucket for each, bucket in self._others.items() if not bucket.is_full(now)}
        return Ask.TWO_CODES if self._is_attacked(now) else Ask.ONE_CODE

    def succeeded(self, network: Network, now: float) -> None:
        """Note that a network was right. From now on it tries at its own rate.

        It keeps the tries that it has left. If too many networks were right, the one for which that is longest ago is
        as all others again.
        """
        own = self._proven.pop(network, None) or self._others.pop(network, None) or _own_bucket()
        self._proven[network] = own
        self._failed.pop(network, None)
        if len(self._proven) > MAX_PROVEN:
            forgotten = next(iter(self._proven))
            bucket = self._proven.pop(forgotten)
            if not bucket.is_full(now):
                self._others[forgotten] = bucket

    def failed(self, network: Network, now: float) -> None:
        """Note that a network was wrong. If it was right before, somebody there mistyped a code."""
        if network in self._proven:
            return
        self._failed.pop(network, None)
        self._failed[network] = now
        if len(self._failed) > FEW_NETWORKS + 1:  # more make no difference
            del self._failed[next(iter(self._failed))]

    def _is_attacked(self, now: float) -> bool:
        """Return whether more than a few networks failed recently."""
        return sum(now - at < ATTACK_SECONDS for at in self._failed.values()) > FEW_NETWORKS
