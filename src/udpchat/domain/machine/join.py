"""A stranger's first line -> a member, and the deliveries of that line."""

from __future__ import annotations

from udpchat.domain.commands.help import MotdShownOnJoin
from udpchat.domain.commands.history import HistoryShownOnJoin
from udpchat.domain.commands.presence import announce, welcome
from udpchat.domain.commands.resuming import come_in
from udpchat.domain.commands.scripts import post_from_outside
from udpchat.domain.event import Event
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.machine.obey import obey
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.claims import is_taken
from udpchat.domain.rooms.entry import refusal
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line
from udpchat.domain.text.nickname_generator import generate


def join(state: ChatState, given: Input, line: Line) -> list[Delivery]:
    """Make a stranger a member, and handle its line. If that line is /quit, the other members receive nothing.

    A stranger that posts as a script stays one. One that shows the token of a name is the owner of that from the
    beginning.
    """
    address, roster, reception = given.sender, state.roster, state.reception
    if (posted := post_from_outside(state, given, line)) is not None:
        return posted
    if refusal(state, address, given.at) is not None:  # the gate keeps others out, and says why
        return []
    member, gone_on = come_in(state, given, line)
    if member is None and not gone_on:
        member = state.add(address, generate(given.entropy, is_taken(state)), given.at)
        reception.join(address, state.grammar)
    if node := state.directory.node(address):
        state.nodes.mark_alive(node, reception.said, given.at)
    if member is None:  # it was here before, at another address
        return [*gone_on, *obey(state, roster.members[address], given, line)]
    before = state.log_of(state.rooms.lobby, given.at).last(state.rules.history_on_join)
    deliveries = welcome(state, member, line)
    if deliveries is None:
        deliveries = obey(state, member, given, line)
    if address not in roster:
        return [(Only(address), event) for _, event in deliveries]
    shown: list[Event] = []
    if state.rules.motd and state.grammar >= ROOMS_SINCE:
        shown.append(MotdShownOnJoin(state.rules.motd))
    if before:
        shown.append(HistoryShownOnJoin(before))
    return [*((Only(address), event) for event in shown), *announce(state, member), *deliveries]
