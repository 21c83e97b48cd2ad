"""How a client wants to read what happens."""

from __future__ import annotations

import attrs


@attrs.frozen
class Look:
    """Names in `color`, and the time in front of each line, with `time` minutes added to UTC; None is no time."""

    color: bool = False
    time: int | None = None


PLAIN = Look()
