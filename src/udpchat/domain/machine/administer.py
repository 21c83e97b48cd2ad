"""An act of the server's own machine: of whoever may use its admin socket."""

from __future__ import annotations

import attrs

from udpchat.domain.commands import COMMANDS
from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Administered, Input
from udpchat.domain.rooms.rights import Actor, Right
from udpchat.domain.rooms.state import ChatState

ACTS = tuple(word.removeprefix("/") for word, command in COMMANDS.items() if command.act is not None)
"""The words of all acts, without slashes."""


@attrs.frozen
class NoSuchAct(Rejection):
    """A word that is no act."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("there is no act ",), self.word, "")


@attrs.frozen
class NoSuchRoom(Rejection):
    """An act in a room that is not there."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("there is no room ",), self.word, "")


def administer(state: ChatState, given: Input, what: Administered) -> list[Delivery]:
    """Do an act. The answer is for the sender of the input, which is the server itself."""
    try:
        return _act(state, given, what)
    except Rejected as rejected:
        return [(Only(given.sender), rejected.why)]


def _act(state: ChatState, given: Input, what: Administered) -> list[Delivery]:
    command, rooms = COMMANDS.get(f"/{what.act}"), state.rooms
    if command is None or command.act is None:
        raise Rejected(NoSuchAct(what.act))
    name = rooms.names.fit(what.room.removeprefix("#")) if what.room else None
    room = rooms.lobby if not what.room else None if name is None else rooms.find(name)
    if room is None:
        raise Rejected(NoSuchRoom(what.room))
    actor = Actor("server", Right.MACHINE, room, given.sender)
    return command.act(state, actor, command.parse(f" {what.rest}"), given)
