"""What a peer can get wrong.

A mistake is raised where it is found and caught in one place, `Chat.handle`, which tells the peer that made it. Any
other exception is our own bug and is not caught there.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class LineTooLong:
    """A line of `size` bytes, its line end not counted, where `limit` are allowed."""

    size: int
    limit: int


@attrs.frozen
class NicknameMissing:
    """`/nick` without a name."""


@attrs.frozen
class NicknameUnfit:
    """A name that breaks the rules in `nickname`."""


@attrs.frozen
class NicknameReserved:
    """A name that reads as if the server spoke."""

    nickname: str


@attrs.frozen
class NicknameTaken:
    """A name that somebody else in the room has, or one that looks like it."""

    nickname: str


@attrs.frozen
class UnknownCommand:
    """A line that starts with one slash and a `word` (slash included) that the grammar does not have."""

    word: str


@attrs.frozen
class RecallUnclear:
    """`/history` with something that is neither a number of lines nor a time."""


@attrs.frozen
class SlowDown:
    """More than one may say: `lines` were not sent since this was last told."""

    lines: int


@attrs.frozen
class RoomFull:
    """A stranger, when nobody else is let in."""


@attrs.frozen
class NetworkFull:
    """A stranger, from a network that nobody else is let in from."""


@attrs.frozen
class TooManyAnswers:
    """A long answer, while as many as there may be are on their way to others."""


@attrs.frozen
class RoomUnreachable:
    """A line that could not be committed in time, by no fault of its sender."""


Rejection = (
    LineTooLong
    | NicknameMissing
    | NicknameUnfit
    | NicknameReserved
    | NicknameTaken
    | RecallUnclear
    | UnknownCommand
    | SlowDown
    | RoomFull
    | RoomUnreachable
    | TooManyAnswers
    | NetworkFull
)


@attrs.frozen
class Rejected(Exception):  # noqa: N818 - it is the peer's error, not ours
    """A peer's mistake, and `why` it is one."""

    why: Rejection
