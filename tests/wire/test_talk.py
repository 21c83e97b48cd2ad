"""Talking in the room, to the byte: plain lines."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import TEDDC, Example
from udpchat.domain.commands.talk import Said

SENTENCES = (Example(Said(TEDDC, "initial message"), b"TEDDC: initial message\n"),)


def test_everyone_receives_a_line() -> None:
    """A line goes to everyone in the room, its sender included."""
    _, one, two = two_members()
    one.say("initial message\n")
    assert one.gets() == two.gets() == [b"TEDDC: initial message\n"]


def test_two_slashes() -> None:
    """A line that starts with two slashes is sent with one of them."""
    _, one, two = two_members()
    one.say("//shrug\n//\n///")
    assert two.hears() == ["TEDDC: /shrug", "TEDDC: /", "TEDDC: //"]


@pytest.mark.parametrize(("sent", "kept"), [(1, 1), (16, 16), (17, 16), (500, 16)])
def test_spaces_at_the_ends_are_kept(sent: int, kept: int) -> None:
    """A line keeps up to 16 spaces at either end."""
    _, one, two = two_members()
    one.say(f"{' ' * sent}hi{' ' * sent}\n")
    assert two.hears() == [f"TEDDC: {' ' * kept}hi{' ' * kept}"]
