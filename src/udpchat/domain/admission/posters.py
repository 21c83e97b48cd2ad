"""Strangers that post as scripts: they need no code, because they do not come in, and get no quota."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.spoken import first_words
from udpchat.domain.admission.token_tries import NetworkTries, post_tries
from udpchat.domain.datagram import Datagram, is_of_program
from udpchat.domain.limits import COMMON_LINE

POST = b"/post "
MIN_POST = 32  # bytes, with a token and a text: three times as many is more than any answer to a token that is wrong
MIN_OBJECT = 48  # the same for an object of a program, in which an answer is longer


def posts(datagram: Datagram) -> bool:
    """Return whether a datagram may be of a script: it begins with the command, and is long enough."""
    payload, _ = datagram
    if not is_of_program(payload):
        return len(payload) >= MIN_POST and payload[: len(POST)].lower() == POST
    if len(payload) < MIN_OBJECT or POST not in payload.lower():  # most are not even read
        return False
    words = first_words(payload, COMMON_LINE)
    return bool(words) and words[0].lower() == POST.decode().strip()


@attrs.define(eq=False)
class Posters:
    """Limits how often strangers post, and remembers them until they are answered."""

    _tries: NetworkTries = attrs.field(factory=post_tries, init=False)
    _last: dict[Address, float] = attrs.field(factory=dict, init=False)  # when each posted last

    def admit(self, address: Address, now: float) -> bool:
        """Return whether a stranger may post now."""
        if not self._tries.take(address.network, now):
            return False
        self._last[address] = now
        return True

    def take_answered(self, now: float, seconds: float) -> list[Address]:
        """Return those that posted more than so many seconds ago, and forget them."""
        answered = [address for address, at in self._last.items() if now - at > seconds]
        for address in answered:
            del self._last[address]
        return answered
