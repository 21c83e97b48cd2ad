"""What programs are answered, once what others are told has its numbers; and which outcomes of their lines are kept."""

from __future__ import annotations

from collections.abc import Sequence

from udpchat.domain.address import Address
from udpchat.domain.event import Event
from udpchat.domain.grammar import PROGRAMS_SINCE
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Only
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.answers import Done, Pong, Welcome, WelcomeRoom
from udpchat.domain.rooms.programs.catching_up import catch_up
from udpchat.domain.rooms.programs.session import Session
from udpchat.domain.rooms.requests import Hello, Ping, Request, Since, id_of
from udpchat.domain.rooms.state import ChatState


def answer(
    state: ChatState, given: Input, what: Request, deliveries: Sequence[Delivery], *, new: bool
) -> list[Delivery]:
    """Return deliveries that have their numbers, with the answer to a program that is `new` here or not."""
    if state.grammar < PROGRAMS_SINCE:
        return [*deliveries]
    member, session = state.roster.get(given.sender), state.sessions.by_address.get(given.sender)
    if member is None and new and state.sessions.was_at(given.sender):
        return [*deliveries]
    number = id_of(what)
    done = _outcome(session, number, given.sender, deliveries) if number else []
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


def _to_program(sender: Address, number: int, delivery: Delivery) -> Delivery:
    """Return a delivery, for a program if it answers one."""
    audience, event = delivery
    if isinstance(audience, Only) and audience.address == sender:
        audience = Only(sender, json=True, id=number)
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
        told = [
            (audience, event)
            for audience, event in deliveries
            if isinstance(audience, InRoom | InRoomBy) and audience.seq
        ]
        said = [each for each in told if isinstance(each[1], Message)]  # before it may stand that the speaker is back
        first = next((audience for audience, _ in said or told), None)
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
