"""What an owner of a name takes along when it goes on at another address, or comes back.

Whoever holds a token gets what the owner had, but no right of an operator: that takes a code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Name, Sentence
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.claim import Claim
from udpchat.domain.rooms.claims import claims_of
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.order import put
from udpchat.domain.rooms.rights import operators_of
from udpchat.domain.rooms.sanctions import sanctions_of
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

V = TypeVar("V")


@attrs.frozen
class NameBelongs(Rejection):
    """Somebody owns such a name, or has it now. `word` says which."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("somebody else has the name ", Name(self.nickname)))


def go_on(state: ChatState, owner: Member, address: Address) -> None:
    """Let an owner that is here be at another address, where no member is. Its program before goes on no longer."""
    state.sessions.end(owner.address)
    be_elsewhere(state, owner, address)


def be_elsewhere(state: ChatState, owner: Member, address: Address) -> None:
    """Let a member be at another address, where no member is."""
    _carry_sanctions(state, owner.address, address, keeps=False)
    operators_of(state).end(owner.address)
    state.reception.absent.pop(address, None)
    state.move({owner.address: address})


def make_way(state: ChatState, member: Member, at: float) -> None:
    """Remove a member, because its client goes on as somebody else at the same address."""
    state.remove(member, at)
    state.reception.missed.pop(member.address, None)


def bring_back(state: ChatState, claim: Claim, address: Address, at: float) -> Member:
    """Let an owner that was away come in, at an address where no member is."""
    if claim.address != address:
        state.reception.absent.pop(address, None)  # what a client there missed that was somebody else
    return _restore(state, claim, state.add(address, claim.nickname, at))


def take_name(state: ChatState, claim: Claim, member: Member, at: float) -> Member:
    """Let an owner that was away be this member, under its own name."""
    state.roster.rename(member, claim.nickname, state.roster.names.keys(claim.nickname))
    state.give_up(member, at)
    claims_of(state).part(member, at, ())
    return _restore(state, claim, state.roster.members[member.address])


def _restore(state: ChatState, claim: Claim, member: Member) -> Member:
    """Give a member what its owner had when it was here last."""
    address, reception = member.address, state.reception
    last = address if claim.address is None else claim.address
    received = reception.absent.pop(last, None)
    if last != address:
        _carry_sanctions(state, last, address, keeps=last in state.roster)
    begin, _ = reception.missed.get(address, (reception.said, reception.said))
    reception.missed[address] = min(begin, begin if received is None else received), reception.said
    state.rooms.use_look(member, attrs.evolve(claim.look, json=member.place.look.json))
    claims_of(state).give(attrs.evolve(claim, address=None, number=0, ignored=()), address)
    if claim.ignored:
        by_number = {each.place.number: each.address for each in state.roster if each is not member}
        state.slices.hide(address, [by_number[number] for number in claim.ignored if number in by_number])
    return member


def _carry_sanctions(state: ChatState, old: Address, new: Address, *, keeps: bool) -> None:
    """Let a client be muted, kicked and slow at another address as it was. The longer one of two sanctions counts.

    If it `keeps` them at the old address, somebody is there now.
    """
    orders = [room.order for room in state.rooms if room.order is not None]
    for muted in (sanctions_of(state).muted, *(order.muted for order in orders)):
        _carry(muted, old, new, lambda mute: mute.until, keeps=keeps)
    for times in (table for order in orders for table in (order.kicked, order.spoke)):
        _carry(times, old, new, float, keeps=keeps)


def _carry(table: dict[Address, V], old: Address, new: Address, length: Callable[[V], float], *, keeps: bool) -> None:
    """Put an entry beside the new address, unless that has a longer one."""
    found = table.get(old)
    if found is None:
        return
    if not keeps:
        del table[old]
    before = table.get(new)
    put(table, new, found if before is None else max(before, found, key=length))
