"""What programs ask: they come in, go on elsewhere, ask for what they lost, and say lines that count once.

`ask` changes the state, and returns what others are told of it. When that has its numbers, `answer` adds what the
program is answered.

    from        request                     what happens
    stranger    hello, a known session      the member of that session is here from now on, and nobody reads of it, but
                                            for SessionMoved to the client at its old address; then as for a member
    stranger    malformed                   nothing
    stranger    a line, since or ping from  SessionMoved: it is late, and the member of the session says it again
                where a session was
    stranger    any other                   it comes in as by a first line, and gets a Welcome, too
    member      hello                       Welcome, and what `since` gives
    member      since                       CaughtUp with Resent, Gap and Hidden
    member      ping                        Pong
    member      a line                      what the line does; then Done, if it has an id and was not refused
    member      a line with a known id      the recorded outcome
    member      malformed                   MalformedObject
"""

from __future__ import annotations

from collections.abc import Sequence
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
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.entry import address_refusal
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.look import PROGRAM
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.answers import (
    Done,
    IdTooOld,
    MalformedObject,
    NotThere,
    Pong,
    SessionMoved,
    Welcome,
    WelcomeRoom,
)
from udpchat.domain.rooms.programs.catching_up import catch_up
from udpchat.domain.rooms.programs.session import Session
from udpchat.domain.rooms.requests import Hello, Malformed, Numbered, Ping, Request, Since
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
    if member is None and not isinstance(what, Hello) and state.sessions.was_at(given.sender):
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


def speak_dialect(state: ChatState, sender: Address, before: Session | None, *, asks: bool) -> None:
    """Let whoever sent something read objects if it asks as a program, or did before; and let it be found.

    It had the session `before`. A client that goes on as somebody else has the dialect that it speaks itself.
    """
    member, sessions = state.roster.get(sender), state.sessions
    is_program = asks or before is not None
    if member is None or not (is_program or member.place.look.json):
        return
    look = member.place.look
    if not is_program:
        sessions.end(sender)
    elif sender not in sessions.by_address:
        sessions.begin(sender, before or Session())
    sessions.find(sender)
    if look.json != is_program or look.lost:
        state.rooms.use_look(member, attrs.evolve(look, json=is_program, lost=False))


def answer(
    state: ChatState, given: Input, what: Request, deliveries: Sequence[Delivery], *, new: bool
) -> list[Delivery]:
    """Return deliveries that have their numbers, with the answer to a program that is `new` here or not."""
    if state.grammar < PROGRAMS_SINCE:
        return [*deliveries]
    member, session = state.roster.get(given.sender), state.sessions.by_address.get(given.sender)
    if member is None and state.sessions.was_at(given.sender):
        return [*deliveries]
    number = what.id if isinstance(what, Numbered) else None
    done = [] if number is None else _outcome(session, number, given.sender, deliveries)
    if member is None or session is None:  # it posted as a script, or left
        return [*(_to_program(given.sender, number, each) for each in deliveries), *done]
    to = Only(member.address, json=True)
    if isinstance(what, Hello):  # first, so that it knows who it is
        return [(to, _welcome(state, member, session, what)), *deliveries, *_caught_up(state, member, session, what)]
    answers: list[Event] = [_welcome(state, member, session)] if new else []
    if isinstance(what, Ping):
        answers.append(Pong(what.number, tuple((room.name, room.seq) for room in member.place.rooms), session.own))
    caught_up = _caught_up(state, member, session, what) if isinstance(what, Since) else []
    return [*deliveries, *((to, each) for each in answers), *caught_up, *done]


def _to_program(sender: Address, number: int | None, delivery: Delivery) -> Delivery:
    """Return a delivery, for a program if it answers one."""
    audience, event = delivery
    if isinstance(audience, Only) and audience.address == sender:
        audience = Only(sender, json=True, id=number or 0)
    return audience, event


def _outcome(session: Session | None, number: int, sender: Address, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Keep the outcome of a line with an id, and return it, unless it is among the deliveries: then it was refused."""
    if session is not None and (number in session.outcomes or session.is_closed(number)):
        return []
    refused = (
        event
        for audience, event in deliveries
        if isinstance(event, Rejection) and isinstance(audience, Only) and audience.address == sender
    )
    outcome: Event | None = next(refused, None)
    added: list[Delivery] = []
    if outcome is None:
        told = (audience for audience, _ in deliveries if isinstance(audience, InRoom | InRoomBy) and audience.seq)
        first = next(told, None)
        outcome = Done(number) if first is None else Done(number, first.room, first.seq)
        added.append((Only(sender, json=True, id=number), outcome))
    if session is not None:
        session.record(number, outcome)
    return added


def _welcome(state: ChatState, member: Member, session: Session, hello: Hello | None = None) -> Welcome:
    """Take note of the secret that a program showed, and give it another one."""
    given = ""
    if hello is not None:
        state.sessions.use(member.address, hello.session)
        if hello.next_session and state.sessions.give(member.address, hello.next_session):
            given = hello.next_session
    ignored = state.slices.hidden_from(member.address)
    away = state.slices.absences()
    away |= dict.fromkeys(away.keys() & ignored, "")  # it reads no reasons of those that it ignores
    rooms = tuple(
        WelcomeRoom(room.name, room.topic, room.seq, state.members_of(room), away) for room in member.place.rooms
    )
    return Welcome(member.nickname, given, log=state.numbering, own=session.own, id=session.highest, rooms=rooms)


def _caught_up(state: ChatState, member: Member, session: Session, what: Hello | Since) -> list[Delivery]:
    """Return what a program lost, for that program."""
    caught_up = catch_up(member, session, what.places, state.numbering)
    return [] if caught_up is None else [(Only(member.address, json=True), caught_up)]
