"""What is kept of a client at the gate, from when it is let in until there is nothing left to hold against it."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Network
from udpchat.domain.admission.token_bucket import TokenBucket


@attrs.define(eq=False)
class NetworkQuota:
    """What the clients of one network have in common."""

    bucket: TokenBucket
    clients: int = 0


@attrs.define(eq=False)
class ClientQuota:
    """What one client may say, and what it has to be told."""

    network: Network
    bucket: TokenBucket
    share: NetworkQuota
    seen_at: float
    unsent: int = 0  # lines dropped since it was last told
    told_at: float | None = None
    gain: float = 0.0  # bytes that it may be sent unasked, before it has shown that it gets what is sent to it
