"""Talking in the room: plain lines."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.spec import Family
from udpchat.domain.event import Name, Sentence
from udpchat.domain.grammar import AGES_SINCE
from udpchat.domain.rooms.audience import IN_ROOM, Delivery
from udpchat.domain.rooms.message import Message
from udpchat.domain.rooms.roster import Member
from udpchat.domain.rooms.state import ChatState


@attrs.define
class Said(Message):
    """A plain line."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the line behind its speaker."""
        return (Sentence((Name(self.nickname), ": "), self.text),)


def say(state: ChatState, member: Member, text: str, at: float) -> list[Delivery]:
    """Say a line to the room. The machine calls this without a command: it is nearly all that a busy room does."""
    said, rules = Said(member.nickname, text, at), state.rules
    days = rules.history_days
    state.history.add(said, rules.history_keep, days if days and state.grammar < AGES_SINCE else 0)
    return [(IN_ROOM, said)]


FAMILY = Family((), {"said": Said})
