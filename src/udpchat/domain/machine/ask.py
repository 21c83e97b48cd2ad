"""What programs ask: they come in, go on elsewhere, ask for what they lost, and say lines that count once.

`ask` changes the state, and returns what others are told of it. When that has its numbers, `answer.py` adds what
the program is answered.

    from        request                     what happens
    stranger    hello, a known session      the member of that session is here from now on, and nobody reads of it, but
                                            for SessionMoved to the client at its old address; then as for a member
    stranger    malformed                   nothing
    stranger    a line, since or ping from  SessionMoved: it is late, and the member of the session says it again
                where a session was
    stranger    hello, a spent secret       SessionMoved: it is late, too
    stranger    any other                   it comes in as by a first line, and gets a Welcome, too
    member      hello                       Welcome, and what `since` gives
    member      since                       CaughtUp with Resent, Gap and Hidden
    member      ping                        Pong
    member      a line                      what the line does; then Done, if it has an id and was not refused
    member      a line with a known id      the recorded outcome
    member      malformed                   MalformedObject
"""

from __future__ import annotations

from typing import Any, cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.presence import leave
from udpchat.domain.event import Event
from udpchat.domain.grammar import PROGRAMS_SINCE
from udpchat.domain.machine.control import for_others
from udpchat.domain.machine.join import join
from udpchat.domain.machine.obey import obey
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.entry import address_refusal
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.look import PROGRAM
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.answers import IdTooOld, MalformedObject, NotThere, SessionMoved
from udpchat.domain.rooms.programs.session import Session
from udpchat.domain.rooms.requests import Hello, Malformed, Numbered, Request
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.succession import be_elsewhere

MAX_QUOTED = 100  # characters of what was typed, in an outcome that is kept: enough to know it again


def ask(state: ChatState, given: Input, what: Request) -> list[Delivery]:
    """Do what a program asks, and return what comes of it."""
    if state.grammar < PROGRAMS_SINCE:  # the intake keeps requests back while other nodes could not read them
        return []
    member = state.roster.get(given.sender)
    if isinstance(what, Malformed):
        return [] if member is None else [(Only(given.sender), MalformedObject(what.code))]
    if isinstance(what, Hello):
        owner = state.sessions.owner(what.session)
        if owner is not None and owner != given.sender:
            return _go_on(state, given, owner)
    is_late = state.sessions.is_spent(what.session) if isinstance(what, Hello) else state.sessions.was_at(given.sender)
    if member is None and is_late:
        return [(Only(given.sender, json=True), SessionMoved())]
    if not isinstance(what, Numbered):
        return [] if member else join(state, given, "", PROGRAM, what.nick if isinstance(what, Hello) else "")
    deliveries = join(state, given, what.line, PROGRAM) if member is None else _obey_once(state, member, given, what)
    return deliveries if what.id is None else [(audience, _shortened(event)) for audience, event in deliveries]


def _go_on(state: ChatState, given: Input, owner: Address) -> list[Delivery]:
    """Let the member of a session be here from now on. Another member at this address leaves."""
    here, deliveries = given.sender, list[Delivery]()
    if address_refusal(state, here, given.at) is not None:  # the gate says why
        return []
    if (member := state.roster.get(here)) is not None:
        deliveries = for_others(leave(state, member, given.at))
    if owner not in state.sessions.lost:
        deliveries.append((Notify(owner), SessionMoved()))
    be_elsewhere(state, state.roster.members[owner], here)
    if node := state.directory.node(here):
        state.nodes.mark_alive(node, state.reception.said, given.at)
    return deliveries


def _obey_once(state: ChatState, member: Member, given: Input, what: Numbered) -> list[Delivery]:
    """Handle a line, unless its id counted before: then return what came of it."""
    session, place = state.sessions.by_address.get(member.address), member.place
    if what.id is not None and session is not None:
        if (outcome := session.outcomes.get(what.id)) is not None:
            return [(Only(member.address), outcome)]
        if session.is_closed(what.id):
            return [(Only(member.address), IdTooOld(what.id))]
    room = next((each for each in place.rooms if each.name == what.room), None) if what.room else place.room
    if room is None:
        return [(Only(member.address), NotThere(what.room))]
    place.last = given.at
    before, rooms, place.room = place.room, place.rooms, room
    deliveries = obey(state, member, given, what.line)
    if place.rooms is rooms:
        place.room = before
    return deliveries


def _shortened(event: Event) -> Event:
    """Return a refusal as it may be kept: with as little of what was typed as is needed. Others are as they are."""
    if not isinstance(event, Rejection):
        return event
    refusal: Any = event
    fields = {field.name: getattr(refusal, field.name) for field in attrs.fields(refusal.__class__)}
    long = {name: each for name, each in fields.items() if isinstance(each, str) and len(each) > MAX_QUOTED}
    return cast("Event", attrs.evolve(refusal, **{name: f"{each[:MAX_QUOTED]}..." for name, each in long.items()}))


def speak_dialect(state: ChatState, given: Input, before: Session | None, *, asks: bool) -> None:
    """Let whoever sent something read objects if it asks as a program, or did before; and let it be found.

    It had the session `before`. A client that goes on as somebody else has the dialect that it speaks itself.
    """
    sender, sessions = given.sender, state.sessions
    member = state.roster.get(sender)
    is_program = asks or before is not None
    if member is None or not (is_program or member.place.look.json):
        return
    look = member.place.look
    if not is_program:
        sessions.end(sender)
    elif sender not in sessions.by_address:
        sessions.begin(sender, before or Session())
    if sessions.find(sender) and (node := state.directory.node(sender)):
        state.nodes.mark_alive(node, state.reception.said, given.at)  # it was perhaps its node that seemed dead
    if look.json != is_program or look.lost:
        state.rooms.use_look(member, attrs.evolve(look, json=is_program, lost=False))
