"""The gate of the simulation: what it does not let through is counted under its reason, to the line."""

from __future__ import annotations

from random import Random

from tests.simulation.world import check
from udpchat.domain.address import Scope
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Mode, Policy
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropReason

RATE_REASONS = {DropReason.CLIENT_RATE, DropReason.NETWORK_RATE, DropReason.SERVER_RATE}
MUST_PROVE: dict[Mode, frozenset[object]] = {
    "open": frozenset(),
    "auto": frozenset({Scope.GLOBAL}),
    "code": frozenset(Scope),
}


def drawn_policy(random: Random) -> Policy:
    """Return what an operator may allow."""
    return Policy(
        admission=random.choice(("auto", "auto", "open", "code")),
        rate=random.choice((10, 10, 1, 0)),
        prefix_rate=random.choice((200, 20, 0)),
        server_rate=random.choice((2000, 50, 0)),
        code_rate=random.choice((100, 5, 0)),
        max_clients=random.choice((10_000, 100, 20)),
        max_clients_per_prefix=random.choice((64, 10, 2)),
        idle_timeout=random.choice((0, 0, 30)),
    )


class WatchedAdmission(Admission):
    """The gate, with a look at what it lets through and what it counts."""

    def admit(self, datagram: Datagram, now: float, line: str | None = None) -> bytes | DropReason:
        """Return what the gate does, if what it does not let through was counted."""
        before, (payload, _) = self.drops.total(), datagram
        outcome = super().admit(datagram, now, line)
        counted, lines = self.drops.total() - before, lines_of(payload)
        if isinstance(outcome, DropReason):
            check(counted == (lines if outcome in RATE_REASONS else 1), "counted", outcome, counted, lines)
        elif outcome == payload:
            check(counted == 0, "counted", counted)
        else:
            check(payload.startswith(outcome), "counted", payload, outcome)
            check(counted == lines - outcome.count(b"\n") - 1, "counted", counted, lines, outcome)
        return outcome


def lines_of(payload: bytes) -> int:
    """Return how many lines a datagram has, blank ones too."""
    return payload.count(b"\n", 0, -1) + 1
