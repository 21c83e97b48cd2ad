"""Control inputs, which no client typed: a client has left, a server starts or has new rules, a node is alive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import assert_never

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.presence import Left, MadeRoom, SentNothing, leave
from udpchat.domain.grammar import REPORTS_SINCE, RETURNS_SINCE
from udpchat.domain.machine.administer import administer
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Only, without
from udpchat.domain.rooms.inputs import (
    Administered,
    ControlInput,
    Heartbeat,
    Idle,
    Input,
    Reloaded,
    Rules,
    SessionOver,
    Started,
    Undelivered,
    Unreachable,
)
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.session import is_over
from udpchat.domain.rooms.room import to_rooms
from udpchat.domain.rooms.state import ChatState


def control(state: ChatState, given: Input, what: ControlInput) -> list[Delivery]:
    """Change the state by a control input."""
    match what:
        case Unreachable() | SessionOver() | Idle():
            return _go(state, given, what)
        case Undelivered(heard):
            if given.sender not in state.roster:
                return _after_it_left(state, given.sender, heard)
            state.reception.maybe_missed(given.sender, state.reception.said - heard)
            return []
        case Started():
            return _start(state, given, what)
        case Reloaded(rules):
            return _reload(state, rules, given.at)
        case Heartbeat(said, lease, steady):
            node = state.directory.node(given.sender)
            return _remove_clients(state, state.nodes.heartbeat(node, said, lease, steady, given.at), given.at)
        case Administered():
            return administer(state, given, what)
        case _:
            assert_never(what)


def _go(state: ChatState, given: Input, what: Unreachable | SessionOver | Idle) -> list[Delivery]:
    """Remove a member, or let it be lost if it has a session."""
    member, at = state.roster.get(given.sender), given.at
    if member is None:
        return _after_it_left(state, given.sender, what.heard) if isinstance(what, Unreachable) else []
    match what:
        case Idle(seconds, makes_room):
            return _leave_idle(state, member, at, seconds, makes_room=makes_room)
        case SessionOver() if not is_over(state.sessions.by_address.get(given.sender), at, state.rules.session_seconds):
            return []
        case Unreachable(received):
            return [] if _lose(state, member, at) else for_others(leave(state, member, at, received))
        case _:
            return for_others(leave(state, member, at))


def _leave_idle(state: ChatState, member: Member, at: float, seconds: int, *, makes_room: bool) -> list[Delivery]:
    """Remove a member that sent nothing for so long, or that said nothing in a full room; it reads why."""
    why: list[Delivery] = [(Only(member.address), SentNothing(seconds))] if seconds else []
    if makes_room:
        why = [(Only(member.address), MadeRoom())]
    elif _lose(state, member, at):
        return why
    return [*why, *leave(state, member, at)]


def _lose(state: ChatState, member: Member, at: float) -> bool:
    """Let a program that was lost stay a member, to which nothing is sent; return False if it cannot come back."""
    if not state.sessions.lose(member.address, at):
        return False
    state.rooms.use_look(member, attrs.evolve(member.place.look, lost=True))
    return True


def _reload(state: ChatState, rules: Rules, at: float) -> list[Delivery]:
    """Go by new rules, and remove what is too much by them."""
    state.use_rules(rules)
    state.prune(at)
    state.measure()
    state.rooms.fit(rules.max_rooms)
    return []


def _after_it_left(state: ChatState, address: Address, received: int | None) -> list[Delivery]:
    """Note what a client did not receive that has left since this was found, by a line of the same batch or as idle."""
    if received is not None and state.grammar >= REPORTS_SINCE:
        state.reception.left_without(address, received)
    return []


def _start(state: ChatState, given: Input, started: Started) -> list[Delivery]:
    """Record the start of a server. At a takeover, give it the clients of a dead node."""
    node, at = state.directory.node(given.sender), given.at
    state.use_rules(started.rules)
    state.unicode = started.unicode
    state.use_grammar(started.grammar)
    if state.has_numbers and not state.numbering:
        state.numbering = f"{given.entropy:016x}"
    state.prune(at)
    reception = state.reception
    unsent = started.unsent + (state.nodes.start(node, reception.said, at) if node else 0)
    for member in _clients(state, node):
        if node and member.place.look.lost:  # it was its node that was lost
            state.sessions.find(member.address)
            state.rooms.use_look(member, attrs.evolve(member.place.look, lost=False))
        if unsent:
            reception.maybe_missed(member.address, unsent)
        elif state.grammar >= RETURNS_SINCE:
            reception.stay(member.address)
    return _take_over(state, started.takes_over, node, at) if started.takes_over else []


def _take_over(state: ChatState, dead: str, node: str, at: float) -> list[Delivery]:
    """Make the clients of a dead node clients of `node`. Remove the old entry of a client that is already there."""
    reception, directory = state.reception, state.directory
    sent = state.nodes.remove(dead)
    places = {
        address: directory.moved(address, node) for address in reception.absent if directory.node(address) == dead
    }
    gone: list[tuple[Collection[Address], list[Delivery]]] = []  # who receives nothing of the others' deliveries
    for member in _clients(state, dead):
        if sent is not None and sent < reception.said:
            reception.maybe_missed(member.address, reception.said - sent)
        place = directory.moved(member.address, node)
        if place in state.roster:
            reception.missed.pop(member.address, None)
            places.pop(member.address, None)
            left = to_rooms(member.place.rooms, member.address, Left(member.nickname))
            gone.append((state.slices.hiding(member.address), left))
            state.remove(member, at)
        else:
            places[member.address] = place
    state.sessions.follow(
        {each: directory.moved(each, node) for each in state.sessions.left() if directory.node(each) == dead}
    )
    state.move(places)
    return [
        delivery
        for hiding, left in gone
        for delivery in for_others(without(frozenset(places.get(each, each) for each in hiding), left))
    ]


def _remove_clients(state: ChatState, dead: Mapping[str, int], at: float) -> list[Delivery]:
    """Remove the clients of dead nodes. A node that is back notifies its clients that they were disconnected."""
    deliveries: list[Delivery] = []
    for node, received in dead.items():
        for member in _clients(state, node):
            if _lose(state, member, at):
                continue
            hiding = state.slices.hiding(member.address)
            deliveries += without(hiding, leave(state, member, at, received))
    return deliveries


def for_others(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return deliveries without the own wording: the client that caused them is not reached any more."""
    return [
        (InRoom(audience.room, audience.but) if isinstance(audience, InRoomBy) else audience, event)
        for audience, event in deliveries
    ]


def _clients(state: ChatState, node: str) -> list[Member]:
    return [member for member in state.roster if state.directory.node(member.address) == node]
