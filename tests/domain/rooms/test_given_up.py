"""Slices that follow nicknames."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from tests.domain.peers import peer
from tests.room import NAMES, entropy_for
from udpchat.domain.address import Address
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import ControlInput, Input, Unreachable
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Follower
from udpchat.domain.rooms.state import ChatState


@attrs.define
class Names(Follower):
    """The names that were given up, and when."""

    given_up: list[tuple[str, float]] = attrs.field(factory=list)

    def leave(self, address: Address) -> None:
        """Do nothing."""

    def move(self, places: Mapping[Address, Address]) -> None:
        """Do nothing."""

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return nothing."""

    def give_up(self, member: Member, at: float) -> None:
        """Note it."""
        self.given_up.append((member.nickname, at))


@pytest.mark.parametrize("grammar", [ROOMS_SINCE - 1, ROOMS_SINCE])
def test_a_slice_is_notified_of_names_that_are_given_up(grammar: int) -> None:
    """It gets the member as it was, and the time. With an earlier grammar it gets nothing, as earlier versions do."""
    chat, names = Chat(ChatState(NAMES)), Names()
    chat.state.use_grammar(grammar)
    chat.state.slices.use({"names": names})
    lines: list[str | ControlInput] = ["", "/nick two", "/nick two", "/nick Two", "/quit", "", Unreachable(), "/quit"]
    for at, line in enumerate(lines):
        chat.handle(Input(float(at), entropy_for("TEDDC"), peer(), line))
    expected = [("TEDDC", 1.0), ("two", 3.0), ("Two", 4.0), ("TEDDC", 6.0), ("TEDDC", 7.0)]
    assert names.given_up == (expected if grammar >= ROOMS_SINCE else [])
