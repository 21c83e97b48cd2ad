"""How a client wants to read what happens."""

from __future__ import annotations

import attrs


@attrs.frozen
class Look:
    """Names in `color`, and the time in front of each line, with `time` minutes added to UTC; None is no time.

    If `bell` is set, a sound tells that the client's name was said. The lines stay the same, so looks that differ in
    nothing else are equal.

    If it is `json`, the client is a program: it reads objects, and nothing else of the look counts. While it is `lost`,
    nothing is sent to it: it is expected back, perhaps at another address (`rooms/programs`). Earlier versions make a
    digest of the `repr`, which has neither.
    """

    color: bool = False
    time: int | None = None
    bell: bool = attrs.field(default=False, eq=False)
    json: bool = attrs.field(default=False, repr=False)
    lost: bool = attrs.field(default=False, repr=False)


PLAIN = Look()
PROGRAM = Look(json=True)
