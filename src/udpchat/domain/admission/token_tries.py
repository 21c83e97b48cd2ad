"""How often a token may be tried, and how often strangers may post as scripts.

A token has 120 bits (`rooms/tokens.py`), so what is limited is the work that tries cause. While 10,000 names with two
valid tokens each are claimed, somebody who uses all tries of the server needs 2**120 / 20,000 = 6.6 * 10**31 of them on
average, at 10 a second: 2.1 * 10**23 years.

Posts of scripts have limits of their own. A stranger that posts has no quota, and its token is not looked at here.

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


POSTS_AT_ONCE = 20  # datagrams of one network: two scripts that use up the posts of their tokens
POST_SECONDS = 1.0  # until one more: two such scripts
ALL_POSTS_AT_ONCE = 300  # of all networks: what `code_rate` answers to strangers in a few seconds
ALL_POST_SECONDS = 0.02  # until one more: a tenth of what people may say


@attrs.define(eq=False)
class NetworkTries:
    """Decides whether a network may do something. All times are in seconds, by a clock that never jumps.

    Each network may do it `size` times at once and then every `interval` seconds, all together `all_size` times and
    every `all_interval` seconds. A bucket that is full again is forgotten when others are used. The bucket of all
    bounds how many are not full.
    """

    size: int = TOKENS_AT_ONCE
    interval: float = TOKEN_SECONDS
    all_size: int = ALL_TOKENS_AT_ONCE
    all_interval: float = ALL_TOKEN_SECONDS
    _networks: dict[Network, TryBucket] = attrs.field(factory=dict, init=False)  # the last that tried comes last
    _all: TryBucket = attrs.field(init=False)

    @_all.default
    def _(self) -> TryBucket:
        return TryBucket(self.all_size, self.all_interval)

    def __len__(self) -> int:
        return len(self._networks)

    def take(self, network: Network, now: float) -> bool:
        """Return whether a network may do it now. Then this is one of its tries."""
        own = self._networks.get(network) or TryBucket(self.size, self.interval)
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


def post_tries() -> NetworkTries:
    """Return the limits for strangers that post as scripts."""
    return NetworkTries(POSTS_AT_ONCE, POST_SECONDS, ALL_POSTS_AT_ONCE, ALL_POST_SECONDS)
