"""The gate: every datagram passes it, or is dropped for a reason that is counted.

A stranger is let in and gets a quota, or is refused, and then nothing is stored about it (`strangers`). A client pays
for its lines from its quota (`quota`), and is notified when lines of it are dropped (`drop_notices`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from typing import cast

import attrs

from udpchat.domain.address import Address, Scope
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.drop_notices import DropNotices
from udpchat.domain.admission.notices import ProofAsked, Recipient
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.admission.posters import Posters, posts
from udpchat.domain.admission.quota import LINE_BYTES, FirstLines, QuotaTable
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.admission.strangers import KeepsOut, Strangers
from udpchat.domain.datagram import Datagram, is_of_program, is_stun
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.event import Event
from udpchat.domain.rooms.audience import Only

MAX_HANDLING = 2.0  # seconds from the commit of an input until it is handled, at most


@attrs.define(eq=False)
class Admission:
    """Decides about every datagram, and counts what is dropped in `drops`.

    `watch` is called for each drop with the address, the reason and the number of datagrams or lines. If there is a
    `key`, strangers must type it.

    The class is long because it is all that the hub knows of the gate. What decides is in its parts, but for `admit`,
    where calls would cost a busy room too much.
    """

    policy: Policy
    challenge: Challenge
    drops: DropCounts
    watch: Callable[[Address, DropReason, int], None] = lambda *_: None
    key: ServerKey | None = None
    quotas: QuotaTable = attrs.field(init=False)
    expelled: set[Address] = attrs.field(factory=set, init=False)  # since the last tick
    notices: DropNotices = attrs.field(factory=DropNotices, init=False)
    _strangers: Strangers = attrs.field(init=False)
    _posters: Posters = attrs.field(factory=Posters, init=False)
    pending_replies: list[tuple[Recipient, Event]] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.quotas = QuotaTable(self.policy)
        self._strangers = Strangers(self.challenge, self.policy, self.quotas, self.key)

    def __len__(self) -> int:
        return len(self.quotas.clients)

    def __contains__(self, address: Address) -> bool:
        return address in self.quotas.clients

    def use(self, policy: Policy, now: float) -> None:
        """Go by another policy from `now` on, in seconds by the clock of `admit`. Whoever is in stays in."""
        self.policy = policy
        self.quotas.use(policy, now)
        self._strangers.use(policy, now)

    def use_key(self, key: ServerKey | None) -> None:
        """Let strangers type this key from now on, or none."""
        self.key = self._strangers.key = key

    def admit(self, datagram: Datagram, now: float, line: str | None = None) -> bytes | DropReason | None:
        """Return the payload, or only its first lines if the sender's quota pays for no more, or the reason for none.

        Return None for a stranger: `admit_stranger` decides about it, when all clients had their turn. `now` is in
        seconds, by a clock that never jumps. `line` is the text if it is known to be one line. `replies` returns what
        to send because of it.
        """
        payload, sender = datagram
        quota = self.quotas.clients.get(sender)
        if quota is None:
            return None
        quota.seen_at = now
        # Every line of a busy room takes this path. Calls would take longer than all the rest, so the price of a usual
        # line is looked up, and what `TokenBucket.has` and `take` do is repeated here for three buckets at once.
        price = quota.line_price
        if line is None or len(payload) > LINE_BYTES:
            price = quota.price(payload)
        own_price, network_price, server_price = price
        own, network, server = quota.buckets
        full_at = own.full_at
        own_full_at = (full_at if full_at > now else now) + own_price
        full_at = network.full_at
        network_full_at = (full_at if full_at > now else now) + network_price
        full_at = server.full_at
        server_full_at = (full_at if full_at > now else now) + server_price
        latest = now + BURST_SECONDS
        if own_full_at <= latest and network_full_at <= latest and server_full_at <= latest:
            own.full_at = own_full_at
            network.full_at = network_full_at
            server.full_at = server_full_at
            return payload
        return self._passed(datagram, quota.take_first_lines(payload, now), now)

    def admit_lines(self, senders: Iterable[Address], now: float) -> int:
        """Admit one short line of each sender, as long as it is a client that can pay; return how many."""
        return self.quotas.pay_for_lines(senders, now)

    def admit_late(self, datagram: Datagram, now: float, arrived: float) -> bytes | DropReason | None:
        """Admit a datagram that `arrived` before `now`, as if it had been read then.

        The process did not run or was busy meanwhile, which is not the sender's fault. The datagrams of each client
        must come in the order of their arrival. What the server answers is limited by `now`.
        """
        payload, sender = datagram
        quota = self.quotas.clients.get(sender)
        if quota is None:
            return None
        quota.seen_at = now
        return self._passed(datagram, quota.take_late_lines(payload, now, arrived), now)

    def _passed(self, datagram: Datagram, first: FirstLines, now: float) -> bytes | DropReason:
        """Return the lines that the sender's quota paid for, or why there are none; notify the sender of the others.

        The hub answers objects of programs itself, each by its id.
        """
        payload, sender = datagram
        if first.dropped:
            self.count(sender, first.reason, first.dropped)
        if first.missing and not is_of_program(payload):
            self.notices.add(sender, first.missing, now)
        return first.reason if first.admitted is None else first.admitted

    def admit_stranger(
        self, datagram: Datagram, now: float, line: str | None = None, arrived: float | None = None
    ) -> bytes | DropReason:
        """Let a stranger in and return what `admit` does for a client, or return why it is refused.

        If `arrived` is given, do as `admit_late`.
        """
        payload, address = datagram
        if is_stun(payload):
            self.count(address, DropReason.STUN)
            return DropReason.STUN
        if address not in self.quotas.clients and (posted := self._post(datagram, now)) is not None:
            return posted
        is_new = address not in self.quotas.clients  # else let in by another datagram that came together with this one
        if is_new and (refusal := self._strangers.let_in(datagram, now, now if arrived is None else arrived)):
            reason, reply = refusal
            self.count(address, reason)
            if reply:
                to = Only(address, json=True) if is_of_program(payload) else address
                self.pending_replies.append((to, reply))
            return reason
        admitted = self.admit(datagram, now, line) if arrived is None else self.admit_late(datagram, now, arrived)
        if is_new and (silent_since := self.quotas.silent.get(address)) is not None:
            self.quotas.clients[address].seen_at = silent_since
        return cast("bytes | DropReason", admitted)

    def _post(self, datagram: Datagram, now: float) -> bytes | DropReason | None:
        """Let a stranger post as a script, which needs no code, because it does not come in. Return None for others."""
        payload, address = datagram
        if not posts(datagram) or not self._strangers.lets_post() or self._strangers.is_banned(address):
            return None
        if not self._posters.admit(address, now):
            self.count(address, DropReason.POST_RATE)
            return DropReason.POST_RATE
        return payload

    def may_greet(self, now: float) -> bool:
        """Return whether a newcomer may be greeted now; greetings and answers to strangers have one rate."""
        return self._strangers.may_greet(now)

    def keep_out(self, keeps_out: KeepsOut, lets_post: Callable[[], bool] = lambda: True) -> None:
        """Let in no stranger for which this returns a reason, and let strangers post as scripts while it says so."""
        self._strangers.keeps_out, self._strangers.lets_post = keeps_out, lets_post

    def let_back(self, goes_on: Callable[[bytes], bool]) -> None:
        """Let in strangers for whose datagram this returns true, though there is no place: they are members already."""
        self._strangers.goes_on = goes_on

    def is_proven(self, address: Address) -> bool:
        """Return whether a client has shown that it receives what is sent to its address. On loopback nobody forges."""
        quota = self.quotas.clients.get(address)
        shown = quota is not None and quota.allowance == inf
        return shown or address.proven or address.network.scope is Scope.LOOPBACK

    def prove(self, address: Address, code: str, now: float) -> None:
        """Look at a code that a client sends, as for strangers: if it was sent to its address, that is proven."""
        quota = self.quotas.clients.get(address)
        if quota is not None and quota.allowance != inf and self._strangers.accepts(code, address, now):
            quota.allowance = inf

    def ask_for_proof(self, address: Address, now: float) -> None:
        """Send a client a code that proves its address, if an answer is allowed."""
        self.drops[DropReason.CODE_ASKED] += 1
        if self.may_greet(now):
            self.pending_replies.append((address, ProofAsked(self.challenge.code(address, now))))

    def expel(self, address: Address) -> None:
        """Forget a client that was removed: it is a stranger now."""
        if address in self.quotas.clients:
            self.quotas.close(address)
            self.notices.forget(address)
            self.expelled.add(address)

    def take_evicted(self) -> list[Address]:
        """Return the members that have to leave the room because their places were taken. Each is returned once."""
        evicted, self.quotas.evicted = self.quotas.evicted, []
        for address in evicted:
            self.notices.forget(address)
        return evicted

    def drop(self, address: Address, now: float, reason: DropReason = DropReason.CLIENT_RATE, lines: int = 1) -> None:
        """Count lines of a client as dropped because they exceed a rate, and notify the client."""
        self.count(address, reason, lines)
        self.notices.add(address, lines, now)

    def count(self, address: Address, reason: DropReason, number: int = 1) -> None:
        """Count datagrams or lines that were dropped, from `address` or to it."""
        self.drops[reason] += number
        self.watch(address, reason, number)

    def replies(self) -> list[tuple[Recipient, Event]]:
        """Return the events to send at once, each with its recipient. Each is returned once."""
        replies, self.pending_replies = self.pending_replies, []
        return replies

    def tick(self, now: float, is_member: Callable[[Address], bool], commit_timeout: float = 0.0) -> list[Address]:
        """Do what is due; call this about once a second. Return the addresses whose quotas were deleted.

        Those of strangers that posted as scripts are among them, when they were answered.

        If the journal may take `commit_timeout` seconds to commit, a client that wrote recently may still become a
        member. It must not be asked for a code again, so its quota stays.
        """
        self.expelled.clear()
        self.pending_replies += self.notices.due(now)
        pending = commit_timeout and commit_timeout + MAX_HANDLING
        closed = self.quotas.close_unused(now, is_member, pending)
        closed += self._posters.take_answered(now, MAX_HANDLING + commit_timeout)
        for address in closed:
            self.notices.forget(address)
        return closed

    def idle(self, now: float) -> list[Address]:
        """Return the clients that sent nothing for the whole idle timeout, if there is one."""
        return self.quotas.idle(now)

    def restore(self, address: Address, now: float) -> None:
        """Open a quota for a client that was let in before. It needs no code and no key, and no cap keeps it out."""
        if address not in self.quotas.clients:
            self.quotas.open(address, now, inf if address.proven else 0.0)
