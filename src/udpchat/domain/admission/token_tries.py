"""How often a token may be tried.

A token has 120 bits (`rooms/tokens.py`), so what is limited is the work that tries cause. While 10,000 names with two
valid tokens each are claimed, somebody who uses all tries of the server needs 2**120 / 20,000 = 6.6 * 10**31 of them on
average, at 10 a second: 2.1 * 10**23 years.

Limits: an attacker with more than 30 networks can use up the tries of the server, as long as it sends. Owners that are
here do not notice; those who come back must try again. Each node of a cluster counts for itself.
"""

from __future__ import annotations

from itertools import islice

import attrs

from udpchat.domain.address import Network
from udpchat.domain.admission.tries import TryBucket

TOKENS_AT_ONCE = 10  # of one network: twice as many as it may have names
TOKEN_SECONDS = 3.0  # until one more
ALL_TOKENS_AT_ONCE = 100  # of all networks: many who come back at once; a full server works on them for a second
ALL_TOKEN_SECONDS = 0.1  # until one more: a full server needs some 10 ms for an owner that goes on at another address


@attrs.define(eq=False)
class TokenTries:
    """Decides whether a network may try a token. All times are in seconds, by a clock that never jumps.

    A bucket that is full again is forgotten when others are used. The bucket of all bounds how many are not full.
    """

    _networks: dict[Network, TryBucket] = attrs.field(factory=dict, init=False)  # the last that tried comes last
    _all: TryBucket = attrs.field(factory=lambda: TryBucket(ALL_TOKENS_AT_ONCE, ALL_TOKEN_SECONDS), init=False)

    def __len__(self) -> int:
        return len(self._networks)

    def take(self, network: Network, now: float) -> bool:
        """Return whether a network may try a token now. Then this is one of its tries."""
        own = self._networks.get(network) or TryBucket(TOKENS_AT_ONCE, TOKEN_SECONDS)
        if not (own.has_one(now) and self._all.has_one(now)):
            return False
        own.take(now)
        self._all.take(now)
        self._networks.pop(network, None)
        self._networks[network] = own
        for oldest in [*islice(self._networks, 2)]:  # one more than comes in, so that all go at last
            if self._networks[oldest].is_full(now):
                del self._networks[oldest]
        return True
