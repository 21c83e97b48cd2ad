"""Decides about what follows commands with codes. The room gets only what was decided, so no journal has a code."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import structlog

from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.tries import Ask, Tries
from udpchat.domain.commands import operators, presence
from udpchat.domain.commands.operators import NONE, TWO, WAIT, WRONG
from udpchat.domain.ports.codes import OneTimeCodes
from udpchat.domain.rooms.state import ChatState

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Verdicts:
    """The verdicts of this server. `codes` are those of its operators, None if it has none.

    `clock` gives seconds since 1970 UTC, `timer` seconds that no clock setting changes. The rules in `state`
    say how logs have addresses.
    """

    admission: Admission
    clock: Callable[[], float]
    timer: Callable[[], float]
    state: ChatState
    codes: OneTimeCodes | None = None
    tries: Tries = attrs.field(factory=Tries)

    def judge(self, sender: Address, kind: str, words: Sequence[str]) -> Sequence[str] | None:
        """Return what takes the place of the words that follow a judged command; None if there is to be no line."""
        match kind:
            case presence.JUDGED:
                for code in words[:1]:
                    self.admission.prove(sender, code, self.timer())
                return ()
            case operators.JUDGED:
                return self._on_operator(sender, words)
            case _:
                raise ValueError(f"nothing judges {kind!r}")

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

    def _try(self, codes: OneTimeCodes, sender: Address, words: Sequence[str]) -> Sequence[str]:
        """Look at a name and one or two codes, if the network of the sender may try."""
        network, now, at = sender.network, self.timer(), self.clock()
        ask = self.tries.ask(network, now)
        name, code, *second = words
        if ask is Ask.REFUSED or (ask is Ask.TWO_CODES and not second):
            return (WAIT,) if ask is Ask.REFUSED else (TWO,)
        step = codes.consecutive(name, code, second[0], at) if second else codes.steps_of(name, code, at)
        if step is None:
            self.tries.failed(network, now)
            log.warning("wrong code for an operator", address=self.state.show(sender))
            return (WRONG,)
        self.tries.succeeded(network, now)
        return name.lower(), str(step)
