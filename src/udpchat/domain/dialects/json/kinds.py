"""What events and errors are called in JSON.

The name of a class is its name on the wire, in lower case with hyphens, unless a row here says otherwise. Programs know
these names: docs/json.md lists all, and a test compares. Whoever renames a class adds a row with its old name.
"""

from __future__ import annotations

import re
from functools import cache

from udpchat.domain.commands.help import MotdShownOnJoin
from udpchat.domain.commands.history import HistoryShown, HistoryShownOnJoin
from udpchat.domain.commands.moderation import PersonMuted, PersonUnmuted
from udpchat.domain.commands.order import RoomWasClosed
from udpchat.domain.event import Event
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.moves import Come
from udpchat.domain.rooms.programs.answers import Welcome
from udpchat.domain.rooms.tokens import TokenShown

ERROR = "error"  # the kind of all rejections; their code says which

_KINDS: dict[type, str] = {
    Rejection: ERROR,
    TokenShown: "token",
    Welcome: "welcome",
    HistoryShown: "history",
    HistoryShownOnJoin: "history",
    MotdShownOnJoin: "motd-shown",
    PersonMuted: "muted",
    PersonUnmuted: "unmuted",
    RoomWasClosed: "room-closed",
    Come: "came",
}

_INNER_CAPITAL = re.compile("(?<!^)(?=[A-Z])")


@cache
def kind_of(event: type[Event]) -> str:
    """Return the word behind `"event"`: `NicknameChanged` is "nickname-changed"."""
    return next((_KINDS[each] for each in event.__mro__ if each in _KINDS), code_of(event))


@cache
def code_of(event: type[Event]) -> str:
    """Return the word behind `"code"` of an error: `NicknameTaken` is "nickname-taken"."""
    return _INNER_CAPITAL.sub("-", event.__name__).lower()
