"""What happened -> the fields of an object.

The attrs fields of an event are its fact. A field that has its default says nothing, and is left out. Addresses and
hashes are never shown: what has one in its fields has a row in `_SHOWN`, and any other value of an unknown kind is an
error of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from udpchat.domain.commands.banning import BanLifted, Banned, BansShown
from udpchat.domain.commands.hands import HandsShown
from udpchat.domain.commands.help import FamiliesShown, HelpShown
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.people import ClientsListed, NamesShown, SelfShown
from udpchat.domain.commands.presence import Entered
from udpchat.domain.commands.private import PrivatelySaid
from udpchat.domain.commands.resuming import KeptShown, ResumedElsewhere
from udpchat.domain.commands.rooms import RoomsListed
from udpchat.domain.commands.scripts import ScriptsLet
from udpchat.domain.dialects.json.kinds import ERROR, code_of, kind_of
from udpchat.domain.dialects.json.times import rfc3339
from udpchat.domain.event import Event
from udpchat.domain.rooms.acts import FOREVER, Concerned, name_of
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.moves import Come, Gone, ManyCome
from udpchat.domain.rooms.programs.answers import Gap, MalformedObject, Pong, Welcome, WelcomeRoom
from udpchat.domain.rooms.rights import Actor
from udpchat.domain.rooms.rooms import LOBBY
from udpchat.domain.rooms.tokens import TokenShown

Fields = dict[str, Any]
"""The fields of an object, as JSON has them. The list of a long event may be an iterator, which makes its entries."""

VERSION = 1  # of the dialect: within it, names and meanings only come, and none goes

NAMES = {"nickname": "nick", "nicknames": "nicks", "names": "nicks", "actor": "by"}
LEFT_OUT = {"expelled", "hashed", "short"}
_HIDDEN = "a network"  # in the place of one, as in the sentence for a room


def fields_of(event: Event) -> Fields:
    """Return the fields of an event, `event` first."""
    if isinstance(event, Concerned):
        return fields_of(event.act) | {"to_you": True}
    kind = kind_of(event.__class__)
    if kind == ERROR:
        code = event.code if isinstance(event, MalformedObject) else code_of(event.__class__)
        return {"event": ERROR, "code": code}
    shown = next((_SHOWN[each] for each in event.__class__.__mro__ if each in _SHOWN), _plain)
    return {"event": kind, **shown(event)}


def _plain(value: Any) -> Fields:
    """Return the fields of an attrs class under the names that they have in JSON."""
    return {
        NAMES.get(field.name, field.name): _value(shown)
        for field in attrs.fields(value.__class__)
        if field.name not in LEFT_OUT and ((shown := getattr(value, field.name)) != field.default)
    }


def _value(value: Any) -> Any:
    """Return a value as JSON has it. Raise TypeError for a kind of value that may not be shown."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):  # seconds; what lasts forever has no number
        return None if value >= FOREVER else int(value) if value.is_integer() else round(value, 3)
    if isinstance(value, Actor):
        part = name_of(value)
        return part if isinstance(part, str) else part.nickname
    if isinstance(value, Sequence):
        return [_value(each) for each in value]
    raise TypeError(f"{value.__class__.__name__} has no form in JSON")


def _message(event: Message) -> Fields:
    return {"at": rfc3339(event.at), "nick": event.nickname, "text": event.text}


def _token(event: TokenShown) -> Fields:
    script = isinstance(event, ScriptsLet)
    return {"for": "script" if script else "name", **_plain(event)}


def _welcome(event: Welcome) -> Fields:
    session = {"session": event.token} if event.token else {}
    numbers = {"log": event.log, "own": event.own, "id": event.id}
    return {"v": VERSION, "you": event.nickname, **session, **numbers, "rooms": map(_welcome_room, event.rooms)}


def _welcome_room(room: WelcomeRoom) -> Fields:
    """Return a room. Everybody is in their rooms, so nobody is there only where the members may not be shown."""
    members = {"members": ({"nick": nick, "away": away} for nick, away in room.present())} if room.members else {}
    return {"room": room.room, "topic": room.topic or None, "seq": room.seq, **members}


def _gap(event: Gap) -> Fields:
    room = {} if event.room is None else {"room": event.room}
    return {**room, "from": event.first, "to": event.last}


def _clients(event: ClientsListed) -> Fields:
    return {"members": ({"nick": each.nickname, "address": event.show(each.address)} for each in event.members)}


def _names(event: NamesShown) -> Fields:
    members = ({"nick": each.nickname, "away": each.address in event.away} for each in event.members)
    return {"room": event.room, "members": members}


def _myself(event: SelfShown) -> Fields:
    member = event.member
    return {"nick": member.nickname, "room": event.room or LOBBY, "address": event.show(member.address)}


def _bans(event: BansShown) -> Fields:
    return {"bans": (_ban(each.shown, each.until, each.by, each.why) for each in event.bans)}


def _ban(whom: str, until: float, by: str, why: str) -> Fields:
    return {"whom": whom, "until": rfc3339(until) if until < FOREVER else None, "by": by, "why": why}


def _hands(event: HandsShown) -> Fields:
    up = zip(event.nicknames, event.hands, strict=True)
    return {"hands": ({"nick": nick, "why": hand.why, "at": rfc3339(hand.at)} for nick, hand in up)}


def _kept(event: KeptShown) -> Fields:
    return {"lines": ({"at": rfc3339(each.at), "nick": each.speaker, "text": each.text} for each in event.lines)}


def _without_network(event: Banned | BanLifted) -> Fields:
    """Return the fields of what many read, but no address: who comes or goes at that moment is in the network."""
    shown = _plain(event)
    if shown.pop("is_network", False):
        shown["whom" if "whom" in shown else "shown"] = _HIDDEN
    return shown


def _listed_rooms(event: RoomsListed) -> Fields:
    return {"rooms": map(_plain, event.rooms)}


_SHOWN: dict[type, Callable[[Any], Fields]] = {
    Message: _message,
    TokenShown: _token,
    Welcome: _welcome,
    Pong: lambda event: {"ping": event.ping, "rooms": dict(event.rooms), "own": event.own},
    Gap: _gap,
    ClientsListed: _clients,
    NamesShown: _names,
    SelfShown: _myself,
    HistoryShown: lambda event: {"messages": (fields_of(each) for each in event.messages)},
    RoomsListed: _listed_rooms,
    BansShown: _bans,
    HandsShown: _hands,
    KeptShown: _kept,
    Banned: _without_network,
    BanLifted: _without_network,
    PrivatelySaid: lambda event: {"nick": event.speaker, "to": event.reader, "text": event.text},
    Entered: lambda event: {"nick": event.nickname},
    Come: lambda event: {"nick": event.nickname, "from": event.room},
    ManyCome: lambda event: {"number": event.number, "from": event.room},
    Gone: lambda event: {"nick": event.nickname, "to": event.room},
    HelpShown: lambda event: {"commands": [{"usage": usage, "does": does} for usage, does in event.commands]},
    FamiliesShown: lambda event: {"families": [{"title": title, "usages": [*each]} for title, each in event.families]},
    ResumedElsewhere: lambda event: {"nick": event.nickname},
}
