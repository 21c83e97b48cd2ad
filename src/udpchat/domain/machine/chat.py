"""The chat as a deterministic state machine.

`Chat` takes one input at a time and returns its deliveries. Time and randomness come inside the input. So the same
inputs in the same order give the same deliveries, in any process, on any machine, at any time.

    from        input                       to          deliveries
    stranger    a line, not /quit           member      as for the same line from a member
    stranger    a blank line                member      Greeted to the member
    stranger    /enter                      member      Entered to the member
    stranger    /quit                       stranger    Left to the stranger alone
    stranger    /post                       stranger    ScriptSaid to the room of the owner, Posted to the stranger; or
                                                        the Rejection to the stranger
    stranger    /resume, a valid token      member      Resumed to the member, with the name and rooms of the owner, and
                                                        ResumedElsewhere to the owner if it is here
    member      a blank line                member      none
    member      text                        member      Said to the room; CommandMeant to the member if it is `help`
                                                        or the like, once, if the member has used no command
    member      text that looks like /msg       member      WriteMistyped to the member
    member      a command                   member      those of its family (see `domain/commands`)
    member      /quit                       stranger    Left to the room and to this member
    member      a line that is refused      member      the Rejection to the member
    stranger    (unreachable), (idle)       stranger    none
    member      (unreachable)               stranger    Left to the others; a program with a session stays a member
    member      (session over)              stranger    Left to the others
    member      (idle)                      stranger    MadeRoom or SentNothing to this member, which say why;
                                                        Left to the room and to this member
    anybody     a request                   member      what the program is told, see `machine/ask.py`
    a server    (started)                   a server    none; at a takeover, Left for members that are in the room twice
    a server    (act)                       a server    those of the act, see `commands/moderation.py` and others
    a server    (heartbeat)                 a server    Left for each client of a node that is dead

If the rules say so, a newcomer receives the message of the day (MotdShownOnJoin) and the last lines of the lobby
(HistoryShownOnJoin) before all other deliveries, and the others in the lobby receive Joined. A member that enters
another room receives the last lines of that room (HistoryShown) after them. If somebody holds a room since an input,
BecameHolder and HolderChanged come last.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

import attrs

from udpchat.domain.commands import SLICES
from udpchat.domain.commands.help import LONGEST_MEANT
from udpchat.domain.commands.holding import notify_holders
from udpchat.domain.commands.privacy import PERHAPS_MISTYPED
from udpchat.domain.commands.talk import Said
from udpchat.domain.machine.answer import answer
from udpchat.domain.machine.ask import ask, speak_dialect
from udpchat.domain.machine.control import control
from udpchat.domain.machine.join import join
from udpchat.domain.machine.numbering import number
from udpchat.domain.machine.obey import obey
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, without
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Input
from udpchat.domain.rooms.requests import REQUESTS
from udpchat.domain.rooms.state import MEASURED, ChatState

LONG = 300  # characters of a line that follows no other in a row, so that a row does not take long
UNUSUAL = frozenset(("/", *(beginning[0] for beginning in PERHAPS_MISTYPED)))  # first characters of other lines
_NONE = deque[Input]()


@attrs.define
class Chat:
    """The state machine. It holds the state and changes it by inputs."""

    state: ChatState

    def __attrs_post_init__(self) -> None:
        self.state.slices.use({word: kind() for word, kind in SLICES.items() if word not in self.state.slices.by_word})

    def handle(self, given: Input) -> list[Delivery]:
        """Return the deliveries of an input, in order. Their audiences refer to the state after this call."""
        row = self.say(given, _NONE, 1)
        if row is None:
            return self.execute(given)
        room, said = row
        return [(room, said[0])]

    def say(  # noqa: C901, PLR0912 - a busy room runs this for each line, and calls cost
        self, given: Input, following: deque[Input], most: int
    ) -> tuple[InRoom, list[Said]] | None:
        """Handle an input if it is a plain line of a member, as nearly all of a busy room are. Otherwise return None.

        Handle with it the plain lines for the same room that follow, up to `most` in all: together they take half of
        the time. They are taken from `following`. Nobody comes or goes by such inputs.
        """
        state, room = self.state, None
        members, watched = state.roster.members, state.slices.watched
        more = islice(following, min(most - 1, -state.reception.said % MEASURED)) if following else ()
        said: list[Said] = []
        try:
            for number, each in enumerate((given, *more), state.reception.said):
                line, sender = each.line, each.sender
                if line.__class__ is not str or (size := len(line)) <= LONGEST_MEANT:
                    break
                if line[0] in UNUSUAL and (line[0] == "/" or line[:2] in PERHAPS_MISTYPED):
                    break
                member = members.get(sender)
                if member is None or (watched and state.slices.is_watched(sender)):
                    break
                place = member.place
                if place.room is not room:
                    if room is not None or place.room.bells or place.room.order is not None:
                        break
                    room = place.room
                elif size >= LONG:
                    break
                place.last = at = each.at
                said.append(Said(member.nickname, line, at, place.number, number))
        except Exception:
            if not said:  # else this input is the next to be given, and raises again
                raise
        if room is None:
            return None
        if len(said) > len(following):
            following.clear()
        else:
            for _ in range(len(said) - 1):
                following.popleft()
        if room.told is not None:
            room.told.events.extend(said)
        state.record_row(room, said)
        return room.everyone, said

    def execute(  # noqa: C901, PLR0912 - each command of a busy room passes here, and calls cost
        self, given: Input
    ) -> list[Delivery]:
        """Handle any other input, as `handle` does."""
        state, line, sender = self.state, given.line, given.sender
        slices, sessions = state.slices, state.sessions
        if sessions.ended:
            sessions.ended.clear()
        before, asks = sessions.by_address.get(sender), isinstance(line, REQUESTS)
        hiding = slices.hiding(sender) if slices.watched else frozenset()
        member = state.roster.members.get(sender)
        try:
            if isinstance(line, CONTROL_INPUTS):
                deliveries = control(state, given, line)
            elif isinstance(line, REQUESTS):
                deliveries = ask(state, given, line)
            elif member is None:
                deliveries = join(state, given, line)
            else:
                member.place.last = given.at
                deliveries = obey(state, member, given, line)
            if (asks or before is not None or sessions.ended) and not isinstance(line, CONTROL_INPUTS):
                speak_dialect(state, given, before, asks=asks)
            watched = *map(getattr, slices.watchers, slices.watches), slices.lost
            slices.watched = [*filter(None, watched)]  # as `watch`
            if hiding and not any(isinstance(event, Act) for _, event in deliveries):
                deliveries = without(hiding, deliveries)  # not an act: whom it is about must read it
            if state.rooms.new_holders:
                deliveries = [*deliveries, *notify_holders(state)]
            if state.has_numbers and (sessions.by_address or sessions.ended):
                deliveries = number(state, given, deliveries)
            elif state.has_numbers:  # rooms without programs only count, here because a call would cost more
                for audience, event in deliveries:
                    if isinstance(audience, InRoom | InRoomBy) and not isinstance(event, Message):
                        room = state.rooms.by_name.get(audience.room)
                        if room is not None:
                            room.others += 1
        except Exception:  # our own bug: what was counted and is lost by it keeps its number
            state.rooms.fill_told()
            raise
        return answer(state, given, line, deliveries, new=before is None) if isinstance(line, REQUESTS) else deliveries
