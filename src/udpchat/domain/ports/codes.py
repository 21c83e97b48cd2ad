"""The port for one-time codes: they tell operators from those who only know the name of one."""

from __future__ import annotations

from typing import Protocol


class OneTimeCodes(Protocol):
    """The codes of all operators. Names are compared without regard to case, and are ASCII.

    A code counts for a few time steps. It is not used up by a check: whoever asks must accept a step of an operator
    once, and later steps only. How often somebody may ask, `domain/admission/tries.py` says.
    """

    def steps_of(self, name: str, code: str, now: float) -> int | None:
        """Return the time step that a code belongs to; None if it is wrong, or if there is no such operator.

        `now` is in seconds since 1970 UTC.
        """

    def consecutive(self, name: str, code: str, code2: str, now: float) -> int | None:
        """Return the step of `code2` if it is the one after the step of `code`; None as for `steps_of`."""
