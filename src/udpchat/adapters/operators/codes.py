"""Checks the one-time codes of operators: TOTP (RFC 6238) with HMAC-SHA-1, 6 digits and steps of 30 seconds.

That is what every authenticator app does without further settings. A code is accepted in the step before its own and in
the step after it too, because the clocks of phones differ and people type slowly.

Limit: a code is not used up here. Whoever asks must take each step of an operator once (RFC 6238 section 5.2).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from math import inf

import attrs
import pyotp

from udpchat.adapters.operators.file import OperatorsFile, Stamp
from udpchat.adapters.operators.lines import OperatorsError, key_of

STEP = 30  # seconds (RFC 6238 section 4.1)
DRIFT = (
    1  # steps, RFC 6238 section 5.2: a clock may differ by half a minute, and each step more is one more code to guess
)
LOOK_EVERY = 1.0  # seconds between two looks whether the file has changed


@attrs.define(eq=False)
class OperatorCodes:
    """The codes of the operators in a file, which is read again when it changes; see `domain/ports/codes.py`.

    `clock` returns seconds and never goes back. If the file becomes unusable, the operators known before stay, and
    `warn` gets a sentence, once for each change. Raise `OperatorsError` if it is unusable from the beginning.

    The time that a check takes depends neither on whether the code is right nor on whether there is such an operator.
    """

    file: OperatorsFile
    clock: Callable[[], float]
    warn: Callable[[str], None]
    _makers: dict[str, pyotp.TOTP] = attrs.field(factory=dict, init=False, repr=False)
    _nobody: pyotp.TOTP = attrs.field(factory=lambda: pyotp.TOTP(pyotp.random_base32()), init=False, repr=False)
    _stamp: Stamp | None = attrs.field(default=None, init=False)
    _warned: tuple[Stamp | None, str] | None = attrs.field(default=None, init=False)
    _look_at: float = attrs.field(default=-inf, init=False)  # when to look whether the file has changed

    def __attrs_post_init__(self) -> None:
        self._read(self.file.stamp())

    def steps_of(self, name: str, code: str, now: float) -> int | None:
        """Return the time step that a code of an operator belongs to, None if it is wrong at `now`.

        If it belongs to two steps by chance, return the later one.
        """
        return self._last_step(name, [code], now)

    def consecutive(self, name: str, code: str, code2: str, now: float) -> int | None:
        """Return the step of `code2` if the codes belong to two steps that follow each other, None if they do not."""
        return self._last_step(name, [code, code2], now)

    def _last_step(self, name: str, codes: Sequence[str], now: float) -> int | None:
        """Return the step of the last of these codes, which belong to steps in a row; None if one is wrong."""
        self._refresh()
        maker = self._makers.get(key_of(name), self._nobody)
        current, earlier = int(now // STEP), len(codes) - 1
        last_steps = [step for step in range(current - DRIFT, current + DRIFT + 1) if step >= earlier]
        given = "\0".join(codes).encode(errors="replace")
        matches = [
            hmac.compare_digest("\0".join(map(maker.generate_otp, range(step - earlier, step + 1))).encode(), given)
            for step in last_steps
        ]
        found = [step for step, match in zip(last_steps, matches, strict=True) if match]
        return found[-1] if found and maker is not self._nobody else None

    def _refresh(self) -> None:
        """Read the file again if it has changed, at most every `LOOK_EVERY` seconds."""
        if (now := self.clock()) < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        stamp = self.file.stamp()
        if stamp == self._stamp:
            return
        try:
            self._read(stamp)
        except OperatorsError as exc:
            if self._warned != (stamp, str(exc)):
                self._warned = stamp, str(exc)
                self.warn(str(exc))

    def _read(self, stamp: Stamp | None) -> None:
        """Read the file, whose stamp was taken before: what is written meanwhile is read at the next look."""
        self._makers = {each.key: pyotp.TOTP(each.secret) for each in self.file.read()}
        self._stamp, self._warned = stamp, None
