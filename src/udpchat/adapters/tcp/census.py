"""How many connections there may be: in all, from one network, and of those that have not said what they speak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

import attrs

from udpchat.domain.address import Network, Scope

MAX_UNIDENTIFIED = 1024  # connections that have not said what they speak; each has a second for that
MAX_UNIDENTIFIED_OF_NETWORK = 64  # of these, from one network, unless it is this machine: all have others' second
CONNECTIONS_PER_CLIENT = 4  # a browser opens some for a page besides the one that stays
SPARE = 64  # file descriptors for all else: UDP sockets, the journal, the log, the admin socket, the cluster


@attrs.define(eq=False)
class Census:
    """Counts connections, and says whether there may be another one.

    `most` bounds all, `most_of_network` those from one network. On loopback a network is a whole machine with all its
    users, so only `most` bounds it there, as with clients; so it is for networks of `proxies`.
    """

    most: int
    most_of_network: int
    proxies: Container[Network] = frozenset()
    all: int = attrs.field(default=0, init=False)
    _of: Counter[Network] = attrs.field(factory=Counter, init=False)
    _unidentified: Counter[Network] = attrs.field(factory=Counter, init=False)
    _all_unidentified: int = attrs.field(default=0, init=False)

    @property
    def is_busy(self) -> bool:
        """Whether so many have not said what they speak that others wait in the kernel until these have."""
        return self._all_unidentified >= MAX_UNIDENTIFIED

    def admits(self, network: Network) -> bool:
        """Return whether a connection from this network may stay."""
        if self.all >= self.most:
            return False
        if network.scope is Scope.LOOPBACK or network in self.proxies:
            return True
        few = self._unidentified[network] < MAX_UNIDENTIFIED_OF_NETWORK
        return few and self._of[network] < self.most_of_network

    def come(self, network: Network) -> None:
        """Count a connection, which has not said what it speaks."""
        self.all += 1
        self._of[network] += 1
        self._all_unidentified += 1
        self._unidentified[network] += 1

    def identify(self, network: Network) -> None:
        """Note that a connection has said what it speaks, or has ended before."""
        self._all_unidentified -= 1
        _less(self._unidentified, network)

    def leave(self, network: Network) -> None:
        """Forget a connection that was identified."""
        self.all -= 1
        _less(self._of, network)


def _less(counts: Counter[Network], network: Network) -> None:
    counts[network] -= 1
    if not counts[network]:
        del counts[network]
