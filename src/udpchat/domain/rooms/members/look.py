"""How a client wants to read what happens."""

from __future__ import annotations

import attrs


@attrs.frozen
class Look:
    """Names in `color`, and the time in front of each line, with `time` minutes added to UTC; None is no time.

    If `bell` is set, a sound tells that the client's name was said. The lines stay the same, so looks that differ in
    nothing else are equal.
    """

    color: bool = False
    time: int | None = None
    bell: bool = attrs.field(default=False, eq=False)


PLAIN = Look()
