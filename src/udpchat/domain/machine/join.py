"""A stranger's first line -> a member, and the deliveries of that line."""

from __future__ import annotations

from udpchat.domain.commands.help import MotdShownOnJoin
from udpchat.domain.commands.history import HistoryShownOnJoin
from udpchat.domain.commands.names import Rename, rename
from udpchat.domain.commands.presence import announce, welcome
from udpchat.domain.commands.resuming import come_in
from udpchat.domain.commands.scripts import post_from_outside
from udpchat.domain.event import Event
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.machine.obey import obey
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.claims import forget_over, is_taken, keeper_of
from udpchat.domain.rooms.entry import refusal
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line
from udpchat.domain.text.nickname import Nickname
from udpchat.domain.text.nickname_generator import generate


def join(state: ChatState, given: Input, line: Line, look: Look = PLAIN, nick: str = "") -> list[Delivery]:
    """Make a stranger a member, and handle its line. If that line is /quit, the other members receive nothing.

    It is sent to in this look, and named `nick` if it may be. A program that says nothing is not greeted here.

    A stranger that posts as a script stays one. One that shows the token of a name is the owner of that from the
    beginning.
    """
    address, roster, reception = given.sender, state.roster, state.reception
    if (posted := post_from_outside(state, given, line)) is not None:
        return posted
    if refusal(state, address, given.at) is not None:  # the gate keeps others out, and says why
        return []
    member, gone_on = come_in(state, given, line)
    refused: list[Delivery] = []
    if member is None and not gone_on:
        wished = _wished(state, nick, given.at) if nick else None
        member = state.add(address, wished or generate(given.entropy, is_taken(state)), given.at, look)
        reception.join(address, state.grammar)
        refused = _refused(state, member, nick, given) if nick and not wished else []
    if node := state.directory.node(address):
        state.nodes.mark_alive(node, reception.said, given.at)
    if member is None:  # it was here before, at another address
        return [*gone_on, *obey(state, roster.members[address], given, line)]
    before = state.log_of(state.rooms.lobby, given.at).last(state.rules.history_on_join)
    deliveries = refused if look.json and not line else welcome(state, member, line)
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


def _wished(state: ChatState, nick: str, at: float) -> Nickname | None:
    """Return the nickname that a newcomer wishes for, if it may have that."""
    form = state.roster.names.form(nick)
    if form is None:
        return None
    name, keys, is_reserved = form
    if is_reserved or state.roster.holders(keys) or keeper_of(state, keys, at) is not None:
        return None
    forget_over(state, keys, None)
    return name


def _refused(state: ChatState, member: Member, nick: str, given: Input) -> list[Delivery]:
    """Return why a newcomer has another nickname than it wished for."""
    try:
        return rename(state, member, Rename(nick), given)
    except Rejected as rejected:
        return [(Only(member.address), rejected.why)]
