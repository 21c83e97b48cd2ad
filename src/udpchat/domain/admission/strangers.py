"""Which strangers the gate lets in, and what it answers to the others. A stranger is an address without a quota.

A source address can be forged. An attacker could make the server send to a victim, by writing in the victim's name.
So a stranger gets few bytes for those that came from its address, all strangers together get few answers, and nothing
is stored about any of them.

Joining costs a room more than a line, and an attacker with many addresses, or forged ones, can join as often as it
sends. So a budget of the whole server pays for those that join without a code. When it is spent, a stranger must prove
its address, which a forger cannot do, and at most `code_rate` codes a second are checked.

If the server has a key, a stranger must type it too. A code that is still valid comes in the same line, so nothing must
be remembered about who has proved its address.

Whoever has a connection has proved its address by that, and is asked for no code. The budget pays for it too, and when
that is spent, so does what limits the codes.

A forged address that joins and says nothing may stay for ever: often no report comes that nobody is there. So that such
addresses do not fill the room, the last places are for strangers that prove their address. When the room is full, such
a stranger takes the place of a client that proved nothing, said nothing and sent one datagram. Of several such clients
it is the one that came last: a flood comes after those that it wants to lock out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf, nextafter

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.notices import CodeAsked, KeyAsked, NetworkFull, RoomFull, TooManyJoins, TooManyKeys
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.quota import QuotaTable
from udpchat.domain.admission.server_key import KeyTries, ServerKey
from udpchat.domain.admission.spoken import first_words, says_nothing, size_for, words_to_enter
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.datagram import Datagram, is_of_program
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.entry import KeptOut, ServerClosed

MAX_AMPLIFICATION = 3  # bytes sent to an unproven address for each byte that came from it (as RFC 9000 section 8.1)
MAX_TOLD = 10_000  # addresses; who comes from more is told again
MAX_ENTER = 64  # bytes at the start of a datagram in which a code is looked for
# The same for the key of the server, if it has one: the longest key in UTF-16, or with its accents apart, and blanks.
MAX_KEY_ENTER = 1024

REFUSAL_BYTES = 41  # of the longer of the two sentences below, as it is sent
_CAPS: dict[DropReason, Rejection] = {DropReason.ROOM_FULL: RoomFull(), DropReason.NETWORK_FULL: NetworkFull()}


KeepsOut = Callable[[Address], KeptOut | ServerClosed | None]
"""Returns why an address may not come in now, or None if it may."""

Refusal = tuple[DropReason, Event | None]
"""Why a stranger is not let in, and what it is sent, if anything."""


@attrs.define(eq=False)
class Strangers:
    """Lets strangers in, or asks them for codes and the key, or refuses them because there is no room.

    The class is long because the order of these decisions is what keeps the server safe: one reads it in one place.
    """

    challenge: Challenge
    policy: Policy
    quotas: QuotaTable
    key: ServerKey | None = None
    keeps_out: KeepsOut = lambda _: None
    lets_post: Callable[[], bool] = lambda: True
    goes_on: Callable[[bytes], bool] = lambda _: False
    _told: dict[Address, None] = attrs.field(factory=dict, init=False)  # that may not come in, and know it
    _answers: TokenBucket = attrs.field(init=False)
    _checks: TokenBucket = attrs.field(init=False)
    _joins: TokenBucket = attrs.field(init=False)  # without a code
    _tries: KeyTries = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._answers, self._checks = TokenBucket(self.policy.code_rate), TokenBucket(self.policy.code_rate)
        self._joins = TokenBucket(self.policy.join_rate)
        self._tries = KeyTries(self.challenge.key)

    def use(self, policy: Policy, now: float) -> None:
        """Go by another policy from now on. Each bucket keeps what was used of it."""
        self.policy = policy
        for bucket in (self._answers, self._checks):
            bucket.use(policy.code_rate, now)
        self._joins.use(policy.join_rate, now)

    def let_in(self, datagram: Datagram, now: float, arrived: float) -> Refusal | None:
        """Open a quota for a stranger and return None, or return why it is refused.

        The datagram is read at `now`; a code must have been valid when it `arrived`. A refusal is cheap: no code is
        computed unless it is sent, and none is checked that was not sent.
        """
        quotas, (payload, sender) = self.quotas, datagram
        if (why := self.keeps_out(sender)) is not None:
            return DropReason.KEPT_OUT, self._tell(datagram, why, now)
        network = sender.network
        cap = self._reached_cap(datagram, now)
        evictable = quotas.silent_client() if cap is DropReason.ROOM_FULL else None
        refused = cap if evictable is None else None
        must_prove = self.policy.needs_code(network.scope)
        if refused and not must_prove:
            return self._refuse(refused, datagram, now, proven=False)
        must_prove = must_prove or evictable is not None or self.policy.is_nearly_full(len(quotas.clients))
        must_prove = must_prove or (self.key is not None and self._tries.scarce(now))
        words = self._behind_enter(payload)
        proven = sender.proven or self._is_code(words, sender, now, arrived)
        if not proven and must_prove:
            return self._ask(datagram, now, invalid=proven is False)
        if refused:
            return self._refuse(refused, datagram, now, proven=True)
        if self.key and (lacks_key := self._try_key(self.key, words, datagram, now, proven=bool(proven))):
            return lacks_key
        if not proven and not self._joins.try_take(1, now):
            return self._ask(datagram, now, invalid=proven is False)
        if sender.proven and not (self._joins.try_take(1, now) or self._checks.try_take(1, now)):
            return DropReason.JOIN_RATE, (TooManyJoins() if self._answers.try_take(1, now) else None)
        if evictable is not None:
            quotas.evict(evictable)
        quotas.open(sender, now, inf if proven else MAX_AMPLIFICATION * len(payload))
        if not proven and says_nothing(payload):
            quotas.silent[sender] = nextafter(now, -inf)  # so that another datagram is always later
        return None

    def is_banned(self, address: Address) -> bool:
        """Return whether an address may not come in, even if strangers may."""
        return isinstance(self.keeps_out(address), KeptOut)

    def _reached_cap(self, datagram: Datagram, now: float) -> DropReason | None:
        """Return which cap keeps a stranger out, if any does.

        No cap keeps out whoever shows the session of a member, which has a place already.
        """
        payload, sender = datagram
        cap = self.quotas.reached_cap(sender.network)
        return None if cap is None or self._shows_session(payload, now) else cap

    def _shows_session(self, payload: bytes, now: float) -> bool:
        """Return whether a datagram has the session of a member, if one more may be checked."""
        return is_of_program(payload) and self._checks.try_take(1, now) and self.goes_on(payload)

    def _tell(self, datagram: Datagram, why: KeptOut | ServerClosed, now: float) -> Event | None:
        """Return why a stranger may not come in, once for each address, if the answer is allowed and fits."""
        _, sender = datagram
        if sender in self._told:
            return None
        for answer in (why, attrs.evolve(why, short=True)):
            if size_for(datagram[0], answer) <= _allowed(datagram):
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

    def _behind_enter(self, payload: bytes) -> Sequence[str]:
        """Return the words behind `/enter` if a datagram begins with it, or what an object has in place of them."""
        if is_of_program(payload):
            return words_to_enter(payload)
        words = first_words(payload, MAX_ENTER)
        if not words or words[0].lower() != "/enter":
            return ()
        return first_words(payload, MAX_KEY_ENTER)[1:] if self.key else words[1:]

    def _is_code(self, words: Sequence[str], sender: Address, now: float, arrived: float) -> bool | None:
        """Return whether the first word is the code that was sent to this address.

        Return None if there is no word, or if as many codes as allowed were checked.
        """
        if not words or not self._checks.try_take(1, now):
            return None
        return self.challenge.accepts(words[0].lower().encode(), sender, arrived)

    def _try_key(
        self, key: ServerKey, words: Sequence[str], datagram: Datagram, now: float, *, proven: bool
    ) -> Refusal | None:
        """Return why a stranger is refused, or None if it typed the key, behind the code if its address is `proven`.

        Whoever shows the session of a member has typed it before.
        """
        payload, sender = datagram
        if self._shows_session(payload, now):
            return None
        behind_code = proven and not sender.proven
        typed = words[1:] if behind_code else words
        may_answer = self._answers.try_take
        if typed and not self._tries.allows(sender.network, now):
            return DropReason.KEY_RATE, _fitting((TooManyKeys(),), datagram) if may_answer(1, now) else None
        if typed and key.accepts(typed):
            return None
        if typed:
            self._tries.count(sender.network, now)
        if not may_answer(1, now):
            return DropReason.KEY_WRONG if typed else DropReason.CODE_RATE, None
        code = self.challenge.code(sender, now) if behind_code else ""  # a new one is valid for longer
        if typed:
            forms = KeyAsked(code, wrong=True), KeyAsked(code, wrong=True, short=True)
            return DropReason.KEY_WRONG, _fitting(forms, datagram)
        longest = KeyAsked(code, unsent=not words and not payload.isspace())
        return DropReason.KEY_ASKED, _fitting((longest, KeyAsked(code), KeyAsked(code, short=True)), datagram)

    def _ask(self, datagram: Datagram, now: float, *, invalid: bool) -> Refusal:
        """Refuse a stranger that must send a code first, and ask for the code if a request is allowed and fits."""
        if not self._answers.try_take(1, now):
            return DropReason.CODE_RATE, None
        payload, sender = datagram
        code, key = self.challenge.code(sender, now), self.key is not None
        longest = CodeAsked(code, invalid=invalid, unsent=not invalid and not payload.isspace(), key=key)
        forms = longest, CodeAsked(code, key=key), CodeAsked(code, short=True, key=key)
        return DropReason.CODE_ASKED, _fitting(forms, datagram)

    def _refuse(self, cap: DropReason, datagram: Datagram, now: float, *, proven: bool) -> Refusal:
        """Refuse a stranger because of a cap on clients, and send it the reason if an answer is allowed.

        With a key, no answer exceeds the bound; without, whoever comes to an open room may know why it is not let in.
        """
        if self.key and not proven and _allowed(datagram) < _refusal_bytes(datagram[0]):
            return cap, None
        return cap, (_CAPS[cap] if self._answers.try_take(1, now) else None)


def _refusal_bytes(payload: bytes) -> int:
    """Return the bytes of the longest refusal because of a cap, as whoever sent this payload would be sent it."""
    return max(size_for(payload, each) for each in _CAPS.values()) if is_of_program(payload) else REFUSAL_BYTES


def _allowed(datagram: Datagram) -> float:
    """Return how many bytes an answer may have."""
    payload, sender = datagram
    return inf if sender.proven else MAX_AMPLIFICATION * len(payload)


def _fitting(forms: Iterable[Event], datagram: Datagram) -> Event | None:
    """Return the first form that is small enough for an answer to this datagram."""
    payload, _ = datagram
    allowed = _allowed(datagram)
    return next((each for each in forms if size_for(payload, each) <= allowed), None)
