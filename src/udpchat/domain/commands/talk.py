"""Talking in the room: plain lines."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.spec import Family
from udpchat.domain.event import Name, Sentence
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.bell import ring_for_names
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState


@attrs.define
class Said(Message):
    """A plain line."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the line behind its speaker."""
        return (Sentence((Name(self.nickname), ": "), self.text),)


def say(state: ChatState, member: Member, text: str, at: float) -> list[Delivery]:
    """Say a line to the room. For nearly all lines of a busy room, the machine does the same without this call."""
    place = member.place
    room, said = place.room, Said(member.nickname, text, at, place.number)
    state.record(room, said)
    deliveries: list[Delivery] = [(room.everyone, said)]
    return [*ring_for_names(state, room, member.address, text, at), *deliveries] if room.bells else deliveries


FAMILY = Family((), {"said": Said})
