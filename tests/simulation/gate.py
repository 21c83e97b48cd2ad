"""The gate of the simulation: what it does not let through is counted under its reason, to the line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import inf
from random import Random

from tests.simulation.world import check
from udpchat.domain.address import Address, Scope
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import BURST_SECONDS, Mode, Policy
from udpchat.domain.admission.token_bucket import MAX_EMPTY_SECONDS
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason

LINE_END = re.compile(b"\r\n|\r|\n")
SPOKEN = re.compile(b"(?:^|[\r\n])#")  # a line that says a numbered text, and is no command
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
        code_rate=(code_rate := random.choice((100, 5, 0))),
        join_rate=code_rate and code_rate // 2,  # 50, 2 or no limit
        max_clients=random.choice((10_000, 100, 20)),
        max_clients_per_prefix=random.choice((64, 10, 2)),
        idle_timeout=random.choice((0, 0, 30)),
    )


class WatchedAdmission(Admission):
    """The gate, with a look at what it lets through and what it counts.

    `passed` has what it let through of each client since that was a stranger, and `evicting` the members that have to
    make room and are still there. `joined` clients joined without a code; `forward` returns in how many seconds. Only
    the steps forward of the timer count.
    """

    passed: dict[Address, list[bytes]]
    evicting: set[Address]
    joined: int
    forward: Callable[[], float]

    def __init__(self, policy: Policy, challenge: Challenge, drops: DropCounts, forward: Callable[[], float]) -> None:
        super().__init__(policy, challenge, drops)
        self.passed, self.evicting, self.joined, self.forward = {}, set(), 0, forward

    def admit(self, datagram: Datagram, now: float, line: str | None = None) -> bytes | DropReason | None:
        """Return what the gate does, if what it does not let through was counted."""
        before = self.drops.total()
        outcome = super().admit(datagram, now, line)
        if outcome is not None:
            self._look(datagram, outcome, before)
        if isinstance(outcome, bytes):
            self.passed.setdefault(datagram[1], []).append(outcome)
        return outcome

    def admit_lines(self, senders: Iterable[Address], now: float) -> int:
        """Return what the gate does, if it counted nothing: what it does not admit is not dropped yet."""
        before, senders = self.drops.total(), list(senders)
        admitted = super().admit_lines(senders, now)
        check(self.drops.total() == before, "counted", senders, admitted)
        for sender in senders[:admitted]:
            self.passed.setdefault(sender, []).append(b"")  # what it said does not count: it is not its first datagram
        return admitted

    def admit_late(self, datagram: Datagram, now: float, arrived: float) -> bytes | DropReason | None:
        """Return the same, if no bucket gained because the server stood still, and not because the clock was set."""
        quota, before = self.quotas.clients.get(datagram[1]), self.drops.total()
        full_at = [bucket.full_at for bucket in quota.buckets] if quota else []
        outcome = super().admit_late(datagram, now, arrived)
        for bucket, earlier in zip(quota.buckets if quota else (), full_at, strict=True):
            check(bucket.full_at >= min(earlier, now + MAX_EMPTY_SECONDS), "gained", datagram, bucket, earlier)
        if outcome is not None:
            self._look(datagram, outcome, before)
        if isinstance(outcome, bytes):
            self.passed.setdefault(datagram[1], []).append(outcome)
        return outcome

    def admit_stranger(
        self, datagram: Datagram, now: float, line: str | None = None, arrived: float | None = None
    ) -> bytes | DropReason:
        """Return what the gate does, if what it does not let through was counted."""
        before, (_, sender) = self.drops.total(), datagram
        is_new = sender not in self
        if is_new:
            self.passed[sender] = []
        outcome = super().admit_stranger(datagram, now, line, arrived)
        self._look(datagram, outcome, before)
        if is_new and sender in self:
            self._look_at_join(self.quotas.clients[sender].allowance < inf)
        return outcome

    def _look_at_join(self, is_free: bool) -> None:  # noqa: FBT001 - private
        """Check how many joined without a code."""
        self.joined += is_free
        budget = self.policy.join_rate * (BURST_SECONDS + self.forward())
        check(self.joined <= budget + 1e-6 or not self.policy.join_rate, "joins", self.joined, budget)

    def take_evicted(self) -> list[Address]:
        """Return what the gate does, if these sent one datagram each, with nothing to say in it."""
        evicted = super().take_evicted()
        for address in evicted:
            check(len(self.passed[address]) <= 1, "makes room", "sent more", self.passed[address])
            spoken = any(map(SPOKEN.search, self.passed[address]))
            check(not spoken, "makes room", "has spoken", self.passed[address])
        self.evicting.update(evicted)
        return evicted

    def _look(self, datagram: Datagram, outcome: bytes | DropReason, before: int) -> None:
        """Check what was counted."""
        payload = in_utf8(datagram[0])
        counted, lines = self.drops.total() - before, lines_of(payload)
        if isinstance(outcome, DropReason):
            check(counted == (lines if outcome in RATE_REASONS else 1), "counted", outcome, counted, lines)
        elif outcome == datagram[0]:
            check(counted == 0, "counted", counted)
        else:
            check(payload.startswith(outcome), "counted", payload, outcome)
            check(counted == lines - len(LINE_END.split(outcome)), "counted", counted, lines, outcome)


def lines_of(payload: bytes) -> int:
    """Return how many lines a datagram has, blank ones too; text after the last line end is one more."""
    lines = LINE_END.split(payload)
    return max(1, len(lines) - (not lines[-1]))


def in_utf8(payload: bytes) -> bytes:
    """Return what is written in UTF-16, with a byte-order mark, in UTF-8."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if payload.startswith(mark):
            return payload.removeprefix(mark).decode(encoding, "replace").encode()
    return payload
