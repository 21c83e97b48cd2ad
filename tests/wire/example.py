"""An event and what a client receives of it: one row of the tables `SENTENCES` in this folder."""

from __future__ import annotations

import attrs

from udpchat.domain.event import Event
from udpchat.domain.text.nickname import Nickname

TEDDC, TYVEM, CLIENT = Nickname("TEDDC"), Nickname("Tyvem"), Nickname("client")


@attrs.frozen
class Example:
    """The exact bytes of an event, b"" for none. `own` is the wording for the client that caused it."""

    event: Event
    lines: bytes
    own: bool = attrs.field(default=False, kw_only=True)
