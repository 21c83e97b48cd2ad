"""Who may speak, and how much: addresses that have to be proven, caps on who is in, token buckets for what is said.

A stranger is let in and gets an account, or is refused and leaves nothing behind. What is said is paid for from three
buckets: the client's, that of its network (RFC 4632 /32, RFC 4291 /64), and the whole server's. What one bucket
refuses costs nothing from the others, so a flood pays from its own.

    stranger from             open      auto            code
    loopback, private space   let in    let in          asked for a code
    anywhere else             let in    asked           asked
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Literal, assert_never

import attrs

from udpchat.domain.address import Address, Network, Scope
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.notices import CodeAsked, NetworkFull, RoomFull, SlowDown
from udpchat.domain.admission.quota import ClientQuota, NetworkQuota
from udpchat.domain.admission.token_bucket import BURST_SECONDS, TokenBucket
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.rejection import Rejection
from udpchat.domain.sentence import Event

Mode = Literal["open", "code", "auto"]

LINE_BYTES = 400  # bytes that a token pays for; a longer line costs more tokens, so the buckets bound bytes too
MAX_GAIN = 3  # bytes sent to a stranger for each byte that came from its address (as RFC 9000 section 8.1)
MAX_ENTER = 64  # bytes in which a stranger's code stands: what follows is not looked at
HANDLING = 2.0  # seconds that it takes, at most, until what the journal gives back late is handled
TELL_EVERY = 5.0  # seconds between two notices to one client that lines of it were dropped


@attrs.frozen
class Policy:
    """What the operator allows. Rates are lines a second, 0 for no limit; the timeout is in seconds, 0 for never."""

    admission: Mode = "auto"
    rate: int = 10
    prefix_rate: int = 200
    server_rate: int = 2000
    code_rate: int = 100  # strangers answered, and codes looked at, a second; 0 for no limit too
    max_clients: int = 10_000
    max_clients_per_prefix: int = 64
    idle_timeout: int = 0


@attrs.define(eq=False)
class Admission:
    """The gate that every datagram passes.

    An account is opened when a stranger is let in, and closed when its client has left and its bucket is full again,
    so leaving and coming back buys nothing. There are at most `Policy.max_clients` of them. `watch` is called with each
    sender, reason and number of what is dropped.
    """

    policy: Policy
    challenge: Challenge
    drops: DropCounts
    watch: Callable[[Address, DropReason, int], None] = lambda *_: None
    _accounts: dict[Address, ClientQuota] = attrs.field(factory=dict, init=False)
    _shares: dict[Network, NetworkQuota] = attrs.field(factory=dict, init=False)
    _owed: dict[Address, ClientQuota] = attrs.field(factory=dict, init=False)  # those that have to be told something
    pending_replies: list[tuple[Address, Event]] = attrs.field(factory=list, init=False)
    _server: TokenBucket = attrs.field(init=False)
    _asking: TokenBucket = attrs.field(init=False)
    _guessing: TokenBucket = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._server = TokenBucket(self.policy.server_rate)
        self._asking, self._guessing = (TokenBucket(self.policy.code_rate) for _ in range(2))

    def __len__(self) -> int:
        return len(self._accounts)

    def __contains__(self, address: Address) -> bool:
        return address in self._accounts

    def admit(self, datagram: Datagram, now: float) -> bytes | DropReason:
        """Return the payload, or the whole lines of it that may be said, or why there are none.

        `now` is in seconds, from a clock that does not jump. What the sender is to be told waits in `replies`.
        """
        account = self._accounts.get(datagram.sender)
        if account is None:
            opened = self._newcomer(datagram, now)
            if isinstance(opened, DropReason):
                self.count(datagram.sender, opened)
                return opened
            account = opened
        payload = datagram.payload
        cost = payload.count(b"\n", 0, -1) + 1
        if len(payload) > cost * LINE_BYTES:
            cost = -(-len(payload) // LINE_BYTES)
        # Each line of a busy room comes by here, so what `TokenBucket` does stands here once more, for three at a time.
        limit = now + BURST_SECONDS
        mine, theirs, ours = account.bucket, account.share.bucket, self._server
        mine_full_at = (now if mine.full_at < now else mine.full_at) + cost * mine.interval
        theirs_full_at = (now if theirs.full_at < now else theirs.full_at) + cost * theirs.interval
        ours_full_at = (now if ours.full_at < now else ours.full_at) + cost * ours.interval
        account.seen_at = now
        if mine_full_at > limit or theirs_full_at > limit or ours_full_at > limit:
            return self._in_part(datagram, account, now)
        mine.full_at, theirs.full_at, ours.full_at = mine_full_at, theirs_full_at, ours_full_at
        return payload

    def _in_part(self, datagram: Datagram, account: ClientQuota, now: float) -> bytes | DropReason:
        """Return the first lines that the buckets still pay for, or the reason why there are none."""
        lines = datagram.payload.count(b"\n", 0, -1) + 1
        buckets = {
            DropReason.CLIENT_RATE: account.bucket,
            DropReason.NETWORK_RATE: account.share.bucket,
            DropReason.SERVER_RATE: self._server,
        }
        for bucket in buckets.values():
            bucket.take(0, now)  # which has a clock that was set back keep nobody waiting
        reason = next((reason for reason, bucket in buckets.items() if not bucket.has(1, now)), None)
        if reason:  # which is what a flood mostly finds
            self._drop(datagram.sender, account, reason, lines, now)
            return reason
        tokens = {reason: bucket.tokens(now) for reason, bucket in buckets.items()}
        reason = min(tokens, key=tokens.__getitem__)
        most = min(BURST_SECONDS / bucket.interval for bucket in buckets.values() if bucket.interval)
        left = tokens[reason]
        said: list[bytes] = []
        for line in datagram.payload.split(b"\n", int(left))[: int(left)]:
            cost = min(max(1, -(-len(line) // LINE_BYTES)), most)  # or a long line might never be affordable
            if cost > left:
                break
            left -= cost
            said.append(line)
        for bucket in buckets.values():
            bucket.take(tokens[reason] - left, now)
        if lines > len(said):
            self._drop(datagram.sender, account, reason, lines - len(said), now)
        return b"\n".join(said) if said else reason

    def charge(self, address: Address, size: int, now: float) -> bool:
        """Have a client pay for `size` bytes that were told to it alone, so that short questions buy no long answers.

        Return whether it is deep in debt by that: then `drop` is for what else it asked for in the same datagram.
        """
        account = self._accounts.get(address)
        if account is None:
            return False
        cost, most = size / LINE_BYTES, now + 2 * BURST_SECONDS
        for bucket in (account.bucket, account.share.bucket):  # as `TokenBucket.take`, for each reply of a busy room
            full_at = (now if bucket.full_at < now else bucket.full_at) + cost * bucket.interval
            bucket.full_at = full_at if full_at < most else most
        return account.bucket.full_at > now + 1.5 * BURST_SECONDS

    def account(self, address: Address) -> ClientQuota | None:
        """Return what is kept of a client."""
        return self._accounts.get(address)

    def count(self, address: Address, reason: DropReason, number: int = 1) -> None:
        """Count something that was dropped, of one address or to it."""
        self.drops[reason] += number
        self.watch(address, reason, number)

    def drop(self, address: Address, now: float) -> None:
        """Count a line of a client as dropped because it says too much, and tell it."""
        self._drop(address, self._accounts[address], DropReason.CLIENT_RATE, 1, now)

    def replies(self) -> list[tuple[Address, Event]]:
        """Return what is to be sent to whom at once. Each event is given out once."""
        replies, self.pending_replies = self.pending_replies, []
        return replies

    def tick(self, now: float, is_member: Callable[[Address], bool], commit_timeout: float = 0.0) -> list[Address]:
        """Do what is due, a second or so after the last time; return the addresses whose accounts were closed.

        If the journal may take `commit_timeout` seconds to commit, somebody who wrote lately may be about to become a
        member, and must not be asked for a code again.
        """
        for address, account in list(self._owed.items()):
            self._tell(address, account, now)
        pending = commit_timeout + HANDLING if commit_timeout else 0.0
        closed = [
            address
            for address, account in self._accounts.items()
            if account.bucket.is_full(now) and not is_member(address) and abs(now - account.seen_at) >= pending
        ]
        for address in closed:
            self._close(address)
        return closed

    def idle(self, now: float) -> list[Address]:
        """Return who has an account and sent nothing for the whole of the timeout, if there is one."""
        timeout = self.policy.idle_timeout or inf
        return [address for address, account in self._accounts.items() if now - account.seen_at >= timeout]

    def restore(self, address: Address, now: float) -> None:
        """Open an account for somebody who was let in before; nothing is asked, and no cap keeps anybody out."""
        if address not in self._accounts:
            self._open(address, now)

    def _newcomer(self, datagram: Datagram, now: float) -> ClientQuota | DropReason:
        """Open an account for a stranger, or return why not."""
        address, network = datagram.sender, datagram.sender.network
        must_prove = self._must_prove(network.scope)
        if must_prove and not self._proves(datagram, now):
            return self._ask(datagram, now)
        if len(self._accounts) >= self.policy.max_clients:
            return self._refuse(address, DropReason.ROOM_FULL, RoomFull(), now)
        share = self._shares.get(network)
        if share and share.clients >= self.policy.max_clients_per_prefix and network.scope is not Scope.LOOPBACK:
            return self._refuse(address, DropReason.NETWORK_FULL, NetworkFull(), now)
        account = self._open(address, now)
        account.gain = inf if must_prove else MAX_GAIN * len(datagram.payload)
        return account

    def _open(self, address: Address, now: float) -> ClientQuota:
        network = address.network
        share = self._shares.get(network)
        if share is None:
            # On loopback a network is a whole machine with all of its users.
            rate = 0 if network.scope is Scope.LOOPBACK else self.policy.prefix_rate
            share = self._shares[network] = NetworkQuota(TokenBucket(rate))
        share.clients += 1
        account = self._accounts[address] = ClientQuota(network, TokenBucket(self.policy.rate), share, now)
        return account

    def _close(self, address: Address) -> None:
        account = self._accounts.pop(address)
        self._owed.pop(address, None)
        account.share.clients -= 1
        if not account.share.clients:
            del self._shares[account.network]

    def _must_prove(self, scope: Scope) -> bool:
        match self.policy.admission:
            case "open":
                return False
            case "code":
                return True
            case "auto":
                return scope is Scope.GLOBAL
            case _:
                assert_never(self.policy.admission)

    def _proves(self, datagram: Datagram, now: float) -> bool:
        """Say whether the datagram brings the code that was sent to its address."""
        words = datagram.payload[:MAX_ENTER].split()
        if len(words) < 2 or words[0].lower() != b"/enter" or not _afford(self._guessing, now):  # noqa: PLR2004
            return False
        return self.challenge.accepts(words[1].lower(), datagram.sender, now)

    def _ask(self, datagram: Datagram, now: float) -> DropReason:
        """Ask a stranger, whose address may be forged, in few bytes for those that came from there, or not at all."""
        if not _afford(self._asking, now):
            return DropReason.CODE_RATE
        code = self.challenge.code(datagram.sender, now)
        room = MAX_GAIN * len(datagram.payload)
        for asked in (CodeAsked(code), CodeAsked(code, short=True)):
            if asked.size <= room:
                self.pending_replies.append((datagram.sender, asked))
                break
        return DropReason.CODE_ASKED

    def _refuse(self, address: Address, reason: DropReason, why: Rejection, now: float) -> DropReason:
        if _afford(self._asking, now):
            self.pending_replies.append((address, why))
        return reason

    def _drop(self, address: Address, account: ClientQuota, reason: DropReason, lines: int, now: float) -> None:
        self.count(address, reason, lines)
        account.unsent += lines
        self._owed[address] = account
        self._tell(address, account, now)

    def _tell(self, address: Address, account: ClientQuota, now: float) -> None:
        """Tell a client how many of its lines were dropped, unless it was told too lately."""
        if account.told_at is not None and 0 <= now - account.told_at < TELL_EVERY:
            return
        self.pending_replies.append((address, SlowDown(account.unsent)))
        account.unsent, account.told_at = 0, now
        del self._owed[address]


def _afford(bucket: TokenBucket, now: float) -> bool:
    """Take one token, if there is one."""
    bucket.take(0, now)
    if not bucket.has(1, now):
        return False
    bucket.take(1, now)
    return True
