"""Which strangers the gate lets in, and what it answers to the others. A stranger is an address without a quota.

A source address can be forged. An attacker could make the server send to a victim, by writing in the victim's name.
So a stranger gets few bytes for those that came from its address, all strangers together get few answers, and nothing
is stored about any of them.

Joining costs a room more than a line, and an attacker with many addresses, or forged ones, can join as often as it
sends. So a budget of the whole server pays for those that join without a code. When it is spent, a stranger must prove
its address, which a forger cannot do, and at most `code_rate` codes a second are checked.

A forged address that joins and says nothing may stay for ever: often no report comes that nobody is there. So that such
addresses do not fill the room, the last places are for strangers that prove their address. When the room is full, such
a stranger takes the place of a client that proved nothing, said nothing and sent one datagram. Of several such clients
it is the one that came last: a flood comes after those that it wants to lock out.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nextafter

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.notices import CodeAsked, NetworkFull, RoomFull
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.quota import QuotaTable
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.commands import COMMANDS
from udpchat.domain.datagram import Datagram
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.entry import KeptOut, ServerClosed
from udpchat.domain.text.line import Line
from udpchat.domain.text.lines import clean_lines

MAX_AMPLIFICATION = 3  # bytes sent to an unproven address for each byte that came from it (as RFC 9000 section 8.1)
MAX_TOLD = 10_000  # addresses; who comes from more is told again
MAX_ENTER = 64  # bytes at the start of a datagram in which a code is looked for

_CAPS: dict[DropReason, Rejection] = {DropReason.ROOM_FULL: RoomFull(), DropReason.NETWORK_FULL: NetworkFull()}


def _says_nothing(payload: bytes) -> bool:
    """Return whether a datagram has only blank lines, and commands with which nothing is said."""
    return not any(_says(line) for line in clean_lines(payload, len(payload)))


def _says(line: Line) -> bool:
    if not isinstance(line, str) or not line:
        return line != ""
    if line[0] != "/" or line[:2] == "//":
        return True
    command = COMMANDS.get(line.split(maxsplit=1)[0].lower())
    return command is not None and command.speaks


KeepsOut = Callable[[Address], KeptOut | ServerClosed | None]
"""Returns why an address may not come in now, or None if it may."""

Refusal = tuple[DropReason, Event | None]
"""Why a stranger is not let in, and what it is sent, if anything."""


@attrs.define(eq=False)
class Strangers:
    """Lets strangers in, or asks them for codes, or refuses them because there is no room."""

    challenge: Challenge
    policy: Policy
    quotas: QuotaTable
    keeps_out: KeepsOut = lambda _: None
    lets_post: Callable[[], bool] = lambda: True
    _told: dict[Address, None] = attrs.field(factory=dict, init=False)  # that may not come in, and know it
    _answers: TokenBucket = attrs.field(init=False)
    _checks: TokenBucket = attrs.field(init=False)
    _joins: TokenBucket = attrs.field(init=False)  # without a code

    def __attrs_post_init__(self) -> None:
        self._answers, self._checks = TokenBucket(self.policy.code_rate), TokenBucket(self.policy.code_rate)
        self._joins = TokenBucket(self.policy.join_rate)

    def let_in(self, datagram: Datagram, now: float, arrived: float) -> Refusal | None:
        """Open a quota for a stranger and return None, or return why it is refused.

        The datagram is read at `now`; a code must have been valid when it `arrived`. A refusal is cheap: no code is
        computed unless it is sent, and none is checked that was not sent.
        """
        quotas, (payload, sender) = self.quotas, datagram
        if (why := self.keeps_out(sender)) is not None:
            return DropReason.KEPT_OUT, self._tell(datagram, why, now)
        network = sender.network
        cap = quotas.reached_cap(network)
        evictable = quotas.silent_client() if cap is DropReason.ROOM_FULL else None
        refused = cap if evictable is None else None
        must_prove = self.policy.needs_code(network.scope)
        if refused and not must_prove:
            return self._refuse(refused, now)
        must_prove = must_prove or evictable is not None or self.policy.is_nearly_full(len(quotas.clients))
        proven = self._sends_code(datagram, now, arrived)
        if not proven and (must_prove or not self._joins.try_take(1, now)):
            return self._ask(datagram, now, invalid=proven is False)
        if refused:
            return self._refuse(refused, now)
        if evictable is not None:
            quotas.evict(evictable)
        quotas.open(sender, now, inf if proven else MAX_AMPLIFICATION * len(payload))
        if not proven and _says_nothing(payload):
            quotas.silent[sender] = nextafter(now, -inf)  # so that another datagram is always later
        return None

    def is_banned(self, address: Address) -> bool:
        """Return whether an address may not come in, even if strangers may."""
        return isinstance(self.keeps_out(address), KeptOut)

    def _tell(self, datagram: Datagram, why: KeptOut | ServerClosed, now: float) -> Event | None:
        """Return why a stranger may not come in, once for each address, if the answer is allowed and fits."""
        payload, sender = datagram
        if sender in self._told:
            return None
        for answer in (why, attrs.evolve(why, short=True)):
            if sum(map(len, render(answer, MIN_DATAGRAM))) <= MAX_AMPLIFICATION * len(payload):
                if not self._answers.try_take(1, now):
                    return None
                self._told[sender] = None
                if len(self._told) > MAX_TOLD:
                    del self._told[next(iter(self._told))]
                return answer
        return None

    def may_greet(self, now: float) -> bool:
        """Return whether a newcomer may be greeted. A greeting is longer than the datagram that it answers."""
        return self._answers.try_take(1, now)

    def accepts(self, code: str, address: Address, now: float) -> bool:
        """Return whether a code was sent to an address, if one more may be checked."""
        return self._checks.try_take(1, now) and self.challenge.accepts(code.lower().encode(), address, now)

    def _sends_code(self, datagram: Datagram, now: float, arrived: float) -> bool | None:
        """Return whether the datagram begins with `/enter` and the code that was sent to its address.

        Return None if it has no code, or if as many codes as allowed were checked.
        """
        payload, sender = datagram
        line = clean_lines(payload[:MAX_ENTER], len(payload))[0]
        words = line.split(maxsplit=2) if isinstance(line, str) else []
        if len(words) < 2 or words[0].lower() != "/enter" or not self._checks.try_take(1, now):  # noqa: PLR2004
            return None
        return self.challenge.accepts(words[1].lower().encode(), sender, arrived)

    def _ask(self, datagram: Datagram, now: float, *, invalid: bool) -> Refusal:
        """Refuse a stranger that must send a code first, and ask for the code if a request is allowed and fits."""
        if not self._answers.try_take(1, now):
            return DropReason.CODE_RATE, None
        payload, sender = datagram
        code = self.challenge.code(sender, now)
        allowed = MAX_AMPLIFICATION * len(payload)
        longest = CodeAsked(code, invalid=invalid, unsent=not invalid and not payload.isspace())
        for request in (longest, CodeAsked(code), CodeAsked(code, short=True)):
            if request.size <= allowed:
                return DropReason.CODE_ASKED, request
        return DropReason.CODE_ASKED, None

    def _refuse(self, cap: DropReason, now: float) -> Refusal:
        """Refuse a stranger because of a cap on clients, and send it the reason if an answer is allowed."""
        return cap, (_CAPS[cap] if self._answers.try_take(1, now) else None)
