"""What a program sends, in place of a line of text: inputs with a number, a session or places to go on from.

A dialect that programs speak reads these from bytes, in the intake. The journal keeps them typed.
"""

from __future__ import annotations

import attrs

from udpchat.domain.text.line import Line

MAX_ID = 2**53 - 1  # the largest whole number that every reader of JSON has exactly (RFC 8259, section 6)


@attrs.frozen
class Places:
    """Where a client goes on: the last number that it has of each room, by name, and of what concerns it alone.

    `log` names the numbering that these are of. `own` is None if the client says nothing of it.
    """

    rooms: tuple[tuple[str, int], ...] = ()
    own: int | None = None
    log: str = ""


@attrs.frozen
class Hello:
    """The sender comes in, or asks for the state again.

    `session` is the keyed hash of the secret of an earlier `welcome`, or "". `next_session` is the keyed hash of the
    secret that the intake drew for the next `welcome`. `nick` is a wish, or "".
    """

    nick: str = ""
    session: str = ""
    places: Places = Places()
    next_session: str = ""


@attrs.frozen
class Since:
    """The sender asks for all that came after these places."""

    places: Places


@attrs.frozen
class Ping:
    """The sender asks for an answer, with a number of its own, and how far its rooms have come."""

    number: int


@attrs.frozen
class Numbered:
    """A line of a program.

    `id` is from 1 to `MAX_ID`, or None: then it has no outcome. `room` is the room that it is meant for, or "".
    """

    line: Line
    id: int | None = None
    room: str = ""


@attrs.frozen
class Malformed:
    """What was meant for an object could not be read as one. `code` is that of the `error`."""

    code: str


Request = Hello | Since | Ping | Numbered | Malformed
"""What a program asks."""
REQUESTS = (Hello, Since, Ping, Numbered, Malformed)


def id_of(line: object) -> int:
    """Return the id that a program gave its line, 0 for a line without one and for all other inputs."""
    return (line.id or 0) if isinstance(line, Numbered) else 0
