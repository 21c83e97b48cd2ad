"""How many lines each client may send, how many all clients of a network may, and how many clients there may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from math import inf

import attrs

from udpchat.domain.address import Address, Network, Scope
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.admission.token_bucket import MAX_EMPTY_SECONDS, TokenBucket
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.text.lines import as_utf8, count_filled_lines, count_lines, split_lines

LINE_BYTES = 400  # bytes that one token pays for; a longer line costs several, so the buckets limit bytes too
# Tokens per second for what the server sends to single clients, and for what the room receives because of commands.
# That is 2 MB of answers a second.
ANSWER_RATE = 5000
DEEP_DEBT_SECONDS = 1.5 * BURST_SECONDS  # until full: the client owes half of what its bucket holds
# If others are notified of a command, it costs nothing for the first recipients, and one token for so many more.
FREE_RECIPIENTS = 100
RECIPIENTS_PER_TOKEN = 500

RATE_REASONS = (DropReason.CLIENT_RATE, DropReason.NETWORK_RATE, DropReason.SERVER_RATE)


@lru_cache(maxsize=64)
def _shared(own: float, network: float, server: float) -> tuple[float, float, float]:
    """Return these three, as one object for all clients that pay the same."""
    return own, network, server


@attrs.define
class FirstLines:
    """The first lines of a datagram, None if there are none, and the number of the other lines, which exceed a rate.

    The lines are the beginning of the datagram, in UTF-8 if it was in UTF-16. `missing` counts those of the other lines
    that have something in them: nobody misses a blank one.
    """

    admitted: bytes | None
    dropped: int
    reason: DropReason
    missing: int


@attrs.define(eq=False)
class NetworkQuota:
    """What the clients of one network share: an IPv4 address (RFC 4632 /32), or an IPv6 /64 (RFC 4291)."""

    bucket: TokenBucket
    clients: int = 0


@attrs.define(eq=False)
class ClientQuota:
    """What one client may send. It pays for each line from three buckets: its own, its network's and the server's.

    If one bucket cannot pay, nothing is taken from the others. So a flood uses up its own bucket only. `answers` is the
    bucket from which the server pays for all answers.
    """

    network: NetworkQuota
    buckets: tuple[TokenBucket, TokenBucket, TokenBucket]  # in the order of `RATE_REASONS`
    answers: TokenBucket
    seen_at: float  # time of its last datagram, in seconds
    allowance: float  # bytes that it may be sent without asking for them; no limit once its address is proven
    line_price: tuple[float, float, float] = attrs.field(init=False)  # `price` of a line that costs one token

    def __attrs_post_init__(self) -> None:
        self.look_up_price()

    def look_up_price(self) -> None:
        """Follow the rates of the buckets, which have changed."""
        own, network, server = self.buckets
        self.line_price = _shared(own.interval, network.interval, server.interval)

    def price(self, payload: bytes) -> tuple[float, float, float]:
        """Return the price of all lines of a datagram: for each bucket, the seconds in which it gains the tokens."""
        cost = max(count_lines(payload), -(-len(payload) // LINE_BYTES))
        own, network, server = self.line_price
        return cost * own, cost * network, cost * server

    def take_first_lines(self, payload: bytes, now: float) -> FirstLines:
        """Pay for as many lines of a datagram as the buckets can. They cannot pay for all: its price is too high."""
        payload = as_utf8(payload)
        lines = count_lines(payload)
        for bucket in self.buckets:
            bucket.limit_debt(now)
        for bucket, reason in zip(self.buckets, RATE_REASONS, strict=True):
            if not bucket.has(1, now):  # the usual end for a flood
                return FirstLines(None, lines, reason, count_filled_lines(payload))
        tokens = [bucket.tokens(now) for bucket in self.buckets]
        available = left = min(tokens)
        # A line never costs more than the smallest bucket holds. Otherwise the longest lines could never be sent.
        most = min(BURST_SECONDS / bucket.interval for bucket in self.buckets if bucket.interval)
        taken = start = end = 0
        for line in (split_lines(payload) or [b""])[: int(available)]:
            size = len(line.rstrip(b"\r\n"))
            cost = min(max(1, -(-size // LINE_BYTES)), most)
            if cost > left:
                break
            left -= cost
            taken += 1
            start, end = start + len(line), start + size
        for bucket in self.buckets:
            bucket.take(available - left, now)
        admitted = payload[:end] if taken else None
        missing = count_filled_lines(payload) - count_filled_lines(admitted or b"")
        return FirstLines(admitted, lines - taken, RATE_REASONS[tokens.index(available)], missing)

    def take_late_lines(self, payload: bytes, now: float, arrived: float) -> FirstLines:
        """Pay for the first lines of a datagram that is read at `now` and `arrived` some time before.

        The client's own bucket decides as it would have done then. The other two may have seen later datagrams of other
        clients by now, so they allow what they would allow now. No bucket gains by this.
        """
        own, *shared = self.buckets
        for bucket in self.buckets:
            bucket.limit_debt(now)
        before = [bucket.full_at for bucket in self.buckets]
        for bucket in shared:  # seen from `arrived`, they are as they are seen from `now`
            bucket.full_at -= now - arrived
        seen = [max(bucket.full_at, arrived) for bucket in self.buckets]
        full_at = [each + price for each, price in zip(seen, self.price(payload), strict=True)]
        if max(full_at) <= arrived + BURST_SECONDS:
            first = FirstLines(payload, 0, DropReason.CLIENT_RATE, 0)
            own.full_at, *_ = full_at
        else:
            first = self.take_first_lines(payload, arrived)
            full_at = [max(each, bucket.full_at) for each, bucket in zip(seen, self.buckets, strict=True)]
        own.full_at = max(own.full_at, before[0])
        for place, bucket in enumerate(shared, 1):
            bucket.full_at = max(before[place], arrived) + (full_at[place] - seen[place])
        return first

    def charge(self, size: int, now: float) -> bool:
        """Pay for `size` bytes that are sent to this client alone, so that short questions buy no long answers.

        Return whether the client is deep in debt now.
        """
        own, network, _ = self.buckets
        cost, latest = size / LINE_BYTES, now + MAX_EMPTY_SECONDS
        # As `TokenBucket.take`: calls would take longer than all the rest.
        for bucket in (own, network, self.answers):
            full_at = (bucket.full_at if bucket.full_at > now else now) + cost * bucket.interval
            bucket.full_at = max(bucket.full_at, min(full_at, latest))  # others may have paid later already
        return own.full_at > now + DEEP_DEBT_SECONDS

    def pay_for_command(self, recipients: int, now: float) -> DropReason | None:
        """Pay for a command that so many recipients are notified of.

        The bucket of all plain lines does not pay, because these must go on.

        Return why it is refused, if one of these buckets is in debt, and take nothing. A command may lead into debt:
        otherwise one that costs more than a bucket holds could never be given.
        """
        own, network, _ = self.buckets
        latest, tokens = now + BURST_SECONDS, (recipients - FREE_RECIPIENTS) / RECIPIENTS_PER_TOKEN
        for bucket, reason in zip((own, network, self.answers), RATE_REASONS, strict=True):
            bucket.limit_debt(now)
            if bucket.full_at > latest:
                return reason
        for bucket in (own, network, self.answers):
            bucket.take(tokens, now)
        return None

    def is_deep_in_debt(self, now: float) -> bool:
        """Return whether the client owes so much that its questions are not answered."""
        return self.buckets[0].full_at > now + DEEP_DEBT_SECONDS


@attrs.define(eq=False)
class QuotaTable:
    """The quotas of all clients that were let in, by address.

    A quota is deleted when its client has left and its bucket is full again. So a client gains nothing by leaving and
    coming back. `silent` has the clients that proved nothing and said nothing in their first datagram, with its time as
    `seen_at`. Those that sent no other make room when the room is full. They are then `evicted`, without a quota.
    """

    policy: Policy
    clients: dict[Address, ClientQuota] = attrs.field(factory=dict, init=False)
    networks: dict[Network, NetworkQuota] = attrs.field(factory=dict, init=False)
    answers: TokenBucket = attrs.field(factory=lambda: TokenBucket(ANSWER_RATE), init=False)
    silent: dict[Address, float] = attrs.field(factory=dict, init=False)
    evicted: list[Address] = attrs.field(factory=list, init=False)  # and still members
    _server: TokenBucket = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._server = TokenBucket(self.policy.server_rate)

    def use(self, policy: Policy, now: float) -> None:
        """Go by another policy from now on. Nobody has to leave, and each bucket keeps what was used of it."""
        self.policy = policy
        self._server.use(policy.server_rate, now)
        for network, shared in self.networks.items():
            shared.bucket.use(self._rate_of(network), now)
        for quota in self.clients.values():
            quota.buckets[0].use(policy.rate, now)
            quota.look_up_price()

    def _rate_of(self, network: Network) -> int:
        """Return the rate of all clients of a network."""
        return 0 if network.scope is Scope.LOOPBACK else self.policy.prefix_rate  # as for the cap

    def reached_cap(self, network: Network) -> DropReason | None:
        """Return which cap keeps out another client of this network, if any does."""
        shared = self.networks.get(network)
        # On loopback, a network is a whole machine with all its users.
        if shared and shared.clients >= self.policy.max_clients_per_prefix and network.scope is not Scope.LOOPBACK:
            return DropReason.NETWORK_FULL
        return DropReason.ROOM_FULL if len(self.clients) >= self.policy.max_clients else None

    def silent_client(self) -> Address | None:
        """Return the client that came last of those that prove nothing, say nothing and sent one datagram, if any."""
        while self.silent:
            address = next(reversed(self.silent))
            if self.clients[address].seen_at == self.silent[address]:
                return address
            del self.silent[address]
        return None

    def evict(self, address: Address) -> None:
        """Take the place of a client, which has to leave the room."""
        self.close(address)
        self.evicted.append(address)

    def open(self, address: Address, now: float, allowance: float = 0.0) -> ClientQuota:
        """Return a new quota for a client that has none."""
        network = address.network
        shared = self.networks.get(network)
        if shared is None:
            shared = self.networks[network] = NetworkQuota(TokenBucket(self._rate_of(network)))
        shared.clients += 1
        buckets = TokenBucket(self.policy.rate), shared.bucket, self._server
        quota = self.clients[address] = ClientQuota(shared, buckets, self.answers, now, allowance)
        return quota

    def pay_for_lines(self, senders: Iterable[Address], now: float) -> int:
        """Pay for one line of at most `LINE_BYTES` from each sender, in order, as `Admission.admit` does.

        Return how many are paid for: the next sender is a stranger, or cannot pay.
        """
        clients, server, latest, paid = self.clients, self._server, now + BURST_SECONDS, 0
        server_price, server_full_at = server.interval, max(server.full_at, now)
        for sender in senders:
            quota = clients.get(sender)
            if quota is None:
                break
            own, network, _ = quota.buckets
            own_full_at, network_full_at = own.full_at, network.full_at
            own_full_at = (own_full_at if own_full_at > now else now) + own.interval
            network_full_at = (network_full_at if network_full_at > now else now) + network.interval
            server_full_at += server_price
            if own_full_at > latest or network_full_at > latest or server_full_at > latest:
                break
            own.full_at = own_full_at
            network.full_at = network_full_at
            server.full_at = server_full_at
            quota.seen_at = now
            paid += 1
        return paid

    def close_unused(self, now: float, is_member: Callable[[Address], bool], pending: float) -> list[Address]:
        """Delete the quotas of clients that have left and whose bucket is full. Return their addresses.

        A quota stays for `pending` seconds after the last datagram of its client, which may become a member by it.
        """
        closed = [
            address
            for address, quota in self.clients.items()
            if quota.buckets[0].is_full(now) and not is_member(address) and abs(now - quota.seen_at) >= pending
        ]
        for address in closed:
            self.close(address)
        return closed

    def close(self, address: Address) -> None:
        """Forget a client."""
        shared = self.clients.pop(address).network
        self.silent.pop(address, None)
        shared.clients -= 1
        if not shared.clients:
            del self.networks[address.network]

    def idle(self, now: float) -> list[Address]:
        """Return the clients that sent nothing for the whole idle timeout, if there is one."""
        timeout = self.policy.idle_timeout or inf
        return [address for address, quota in self.clients.items() if now - quota.seen_at >= timeout]
