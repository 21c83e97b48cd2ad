"""Decides about what follows commands with codes and tokens. The room gets only what was decided."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.operators import JUDGED, NONE


@attrs.define(eq=False)
class Verdicts:
    """The verdicts of this server."""

    def judge(self, _: Address, __: float, kind: str, ___: Sequence[str]) -> Sequence[str] | None:
        """Return what takes the place of the words that follow a judged command; None if the line is dropped."""
        return (NONE,) if kind == JUDGED else ()
