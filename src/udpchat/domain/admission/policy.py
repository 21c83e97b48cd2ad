"""What the operator allows."""

from __future__ import annotations

from typing import Literal, assert_never

import attrs

from udpchat.domain.address import Scope

BURST_SECONDS = 6.0  # at 10 lines a second, a page of 60 lines may be sent at once

NEARLY_FULL = 0.8  # of `max_clients`; the rest is for those that prove their address

Mode = Literal["open", "code", "auto"]


@attrs.frozen
class Policy:
    """The limits of the gate. Rates are per second, and 0 is no limit. The timeout is in seconds, and 0 is none.

    `admission` says which strangers must send a code, to prove that they receive what is sent to their address:

        stranger from             open       auto       code
        loopback, private space   no code    no code    code
        anywhere else             no code    code       code

    If more strangers come without a code than `join_rate` allows, the others must send one in any mode. If the room is
    full, a stranger that sends one takes the place of a client that said nothing, in any mode. With "auto", all must
    send one as soon as the room is nearly full.
    """

    admission: Mode = "auto"
    rate: int = 10  # lines of one client
    prefix_rate: int = 200  # lines of all clients in one network
    server_rate: int = 2000  # lines of all clients
    code_rate: int = 100  # answers to strangers, and codes that are checked
    join_rate: int = 50  # strangers that are let in without a code: a class of 300 at once, which is a burst
    max_clients: int = 10_000
    max_clients_per_prefix: int = 64  # in one network
    idle_timeout: int = 0

    def is_nearly_full(self, clients: int) -> bool:
        """Return whether all strangers must send a code because there are so many clients."""
        return self.admission == "auto" and clients >= NEARLY_FULL * self.max_clients

    def needs_code(self, scope: Scope) -> bool:
        """Return whether a stranger whose address has this scope must send a code."""
        match self.admission:
            case "open":
                return False
            case "code":
                return True
            case "auto":
                return scope is Scope.GLOBAL
            case _:
                assert_never(self.admission)
