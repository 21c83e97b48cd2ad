"""Decides about what follows commands with codes and tokens. The room gets only that, so no journal has any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import attrs
import structlog

from udpchat.app.hub.tokens import DrawnTokens
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.spoken import MAX_ENTERING
from udpchat.domain.admission.token_tries import NetworkTries
from udpchat.domain.admission.tries import Ask, Tries
from udpchat.domain.commands import claims, operators, presence, resuming, scripts
from udpchat.domain.commands.operators import NONE, TWO, WAIT, WRONG
from udpchat.domain.commands.secrecy import without_secrets
from udpchat.domain.dialects.json.decoder import SpokenHello, decode_one, records
from udpchat.domain.ports.codes import OneTimeCodes
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.tokens import CLAIM_PURPOSE, SCRIPT_PURPOSE, SESSION_PURPOSE

SESSION_CHARACTERS = 26  # 130 bits

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Verdicts:
    """The verdicts of this server. `codes` are those of its operators, None if it has none.

    `clock` gives seconds since 1970 UTC, `timer` seconds that no clock setting changes. `tokens` are those that it
    draws. The rules in `state` say how logs have addresses.
    """

    admission: Admission
    clock: Callable[[], float]
    timer: Callable[[], float]
    tokens: DrawnTokens
    state: ChatState
    codes: OneTimeCodes | None = None
    tries: Tries = attrs.field(factory=Tries)
    token_tries: NetworkTries = attrs.field(factory=NetworkTries)

    def judge(self, sender: Address, kind: str, words: Sequence[str]) -> Sequence[str] | None:
        """Return what takes the place of the words that follow a judged command; None to drop the line."""
        match kind:
            case presence.JUDGED:
                self.prove(sender, words)
                return ()
            case operators.JUDGED:
                return self._on_operator(sender, words)
            case claims.JUDGED:
                return (self.tokens.draw(CLAIM_PURPOSE),)
            case resuming.JUDGED:
                return self._on_token(sender, words)
            case scripts.TOKEN_JUDGED:
                return self._on_script(words)
            case scripts.POST_JUDGED:
                return [self.tokens.hash(word, SCRIPT_PURPOSE) for word in words]
            case _:
                raise ValueError(f"nothing judges {kind!r}")

    def prove(self, sender: Address, words: Sequence[str]) -> None:
        """Note that a client may have proven its address by the first word of what it shows to enter."""
        for code in words[:1]:
            self.admission.prove(sender, code, self.timer())

    def without_secrets(self, sender: Address, line: str) -> str | None:
        """Return a line as the journal may have it, or None if the journal gets nothing."""
        return without_secrets(line, self.admission.challenge.key, partial(self.judge, sender))

    def sessions(self, secret: str) -> tuple[str, str]:
        """Return the hash of the session that a program showed, "" if it showed none, and that of a new one."""
        shown = self.tokens.hash(secret, SESSION_PURPOSE) if secret else ""
        return shown, self.tokens.draw(SESSION_PURPOSE, SESSION_CHARACTERS)

    def goes_on(self, payload: bytes) -> bool:
        """Return whether one of the first objects of a datagram shows the session of a member."""
        spoken = (decode_one(text, 0) for text in islice(records(payload), MAX_ENTERING))
        shown = (each.session for each in spoken if isinstance(each, SpokenHello) and each.session)
        return any(self.state.sessions.owner(self.tokens.hash(each, SESSION_PURPOSE)) is not None for each in shown)

    def _on_operator(self, sender: Address, words: Sequence[str]) -> Sequence[str] | None:
        """Return the name and the time step of a code that counts, or why it does not."""
        if self.codes is None:
            return (NONE,)
        if len(words) not in {2, 3}:
            return ()  # whatever it is, it may be a code
        if not self.admission.is_proven(sender):
            self.admission.ask_for_proof(sender, self.timer())
            return None
        return self._try(self.codes, sender, words)

    def _on_script(self, words: Sequence[str]) -> Sequence[str]:
        """Return the hash of a new token for scripts, or `off` to revoke the last one."""
        if words:
            return (scripts.OFF,) if [word.lower() for word in words] == [scripts.OFF] else ()
        return (self.tokens.draw(SCRIPT_PURPOSE),)

    def _on_token(self, sender: Address, words: Sequence[str]) -> Sequence[str]:
        """Return the hash of a token, and that of the next one, if the network of the sender may try."""
        if not words:
            return ()
        if not self.token_tries.take(sender.network, self.timer()):
            return (resuming.WAIT,)
        return self.tokens.hash("".join(words), CLAIM_PURPOSE), self.tokens.draw(CLAIM_PURPOSE)

    def _try(self, codes: OneTimeCodes, sender: Address, words: Sequence[str]) -> Sequence[str]:
        """Look at a name and one or two codes, if the network of the sender may try."""
        network, now, at = sender.network, self.timer(), self.clock()
        ask = self.tries.ask(network, now)
        name, code, *second = _with_whole_code(words)
        if ask is Ask.REFUSED or (ask is Ask.TWO_CODES and not second):
            return (WAIT,) if ask is Ask.REFUSED else (TWO,)
        step = codes.consecutive(name, code, second[0], at) if second else codes.steps_of(name, code, at)
        if step is None:
            self.tries.failed(network, now)
            log.warning("wrong code for an operator", address=self.state.show(sender))
            return (WRONG,)
        self.tries.succeeded(network, now)
        return name.lower(), str(step)


def _with_whole_code(words: Sequence[str]) -> Sequence[str]:
    """Return a name and what follows it, where a code of two groups, as some apps show it, is one word."""
    name, *groups = words
    return (name, "".join(groups)) if [len(each) for each in groups] == [3, 3] else words
