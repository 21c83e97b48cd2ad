"""Who reads what in which room, judged by the model.

What must hold, with the names that a failure shows:

    rooms       a text is sent to nobody who was not in its room when it was said, and shown again only to those who are
                in its room then; members are where they were told that they are
    private     a text for one person is sent to that one and its speaker, and is in no history; the name of a private
                room is sent to nobody outside it who has not typed it or been invited there
    ignored     nothing that a person says is sent, or shown again, to those who ignore that person at that time
    one room    every member is in one room, and each room has the members that are in it; a holder is one of them; a
                room without members is open and has a log; what belongs to members ends with them
"""

from __future__ import annotations

from typing import cast

from tests.simulation.model import Model
from tests.simulation.seen import Number, number_of
from tests.simulation.world import check
from udpchat.domain.address import Address
from udpchat.domain.commands.away import Away
from udpchat.domain.commands.hands import Hands
from udpchat.domain.commands.history import HistoryShown, HistoryShownOnJoin
from udpchat.domain.commands.ignoring import Ignores
from udpchat.domain.rooms.bell import BELLS, Bells
from udpchat.domain.rooms.rooms import LOBBY
from udpchat.domain.rooms.state import ChatState


def look_at_reader(model: Model, number: Number, reader: Address) -> None:
    """Check that a text that is sent to somebody was said to it."""
    texts = model.texts.get(number, ())
    if any(reader in text.readers for text in texts):
        return
    check(not any(reader in text.ignorers for text in texts), "ignored", number, str(reader))
    check(any(text.room for text in texts), "private", number, str(reader))
    check(False, "rooms", number, str(reader), *(text.room for text in texts))  # noqa: FBT003 - it never holds


def look_at_shown(model: Model, shown: HistoryShown, reader: Address) -> None:
    """Check that messages that somebody is shown again were said in its room, and by nobody whom it ignores."""
    room, ignored = model.rooms[reader], model.ignored.get(reader, set())
    if isinstance(shown, HistoryShownOnJoin):  # before the line with which it joined
        room, ignored = LOBBY, set()
    for message in shown.messages:
        number = number_of(message.text)
        if number is None:
            continue
        texts = model.texts.get(number, ())
        check(any(text.room for text in texts), "private", "shown again", number, str(reader))
        check(any(text.room == room for text in texts), "rooms", "shown again", number, str(reader), room)
        heard = not ignored or any(text.person not in ignored for text in texts)
        check(heard, "ignored", "shown again", number, str(reader))


def look_at_rooms(state: ChatState, model: Model) -> None:
    """Check the rooms and their members between two turns."""
    roster, inside = state.roster, dict[str, set[Address]]()
    for member in roster:
        place = member.place
        check(place.rooms == (place.room,), "one room", str(member.address), [each.name for each in place.rooms])
        inside.setdefault(place.room.name, set()).add(member.address)
        check(model.rooms.get(member.address) == place.room.name, "rooms", str(member.address), place.room.name)
    check(len(state.rooms.by_name) <= state.rules.max_rooms, "one room", "too many")
    for name, room in state.rooms.by_name.items():
        members = room.members.keys()
        check(name == room.name and members == inside.pop(name, set()), "one room", name, *map(str, members))
        check(room.invited.keys() <= roster.members.keys(), "one room", "invited", name)
        if room is state.rooms.lobby:
            check(room.holder is None, "one room", "somebody holds the lobby")
        else:
            check(room.holder in members if members else room.holder is None, "one room", "holder", name)
            check(members or (room.log.messages and room.is_public), "one room", "does not end", name)
    check(not inside, "one room", *inside)
    look_at_slices(state, model)


def look_at_slices(state: ChatState, model: Model) -> None:
    """Check that what families know of members ends with them, and that people ignore whom they want to."""
    here, slices = state.roster.members.keys(), state.slices.by_word
    for name, hands in cast("Hands", slices["hands"]).raised.items():
        check(hands.keys() <= state.rooms.by_name[name].members.keys(), "one room", "hands", name)
    check(cast("Away", slices["away"]).reasons.keys() <= here, "one room", "away")
    check(cast("Bells", slices[BELLS]).rang.keys() <= here, "one room", "bells")
    ignores, persons = cast("Ignores", slices["ignored"]).ignored, model.persons
    check(ignores.keys() <= here and here >= {each for ignored in ignores.values() for each in ignored}, "one room")
    known = {reader: {persons[each] for each in ignored} for reader, ignored in ignores.items()}
    check(known == {reader: those for reader, those in model.ignored.items() if those}, "ignored", "by other people")
