"""Which nicknames are free."""

from __future__ import annotations

import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.rooms.roster import Roster
from udpchat.domain.text.nickname import Nickname


@pytest.mark.parametrize(
    ("nickname", "taken"),
    [("client", True), ("CLIENT", True), ("cIient", True), ("server", True), ("SERVER", True), ("other", False)],
)
def test_a_nickname_is_taken_by_a_member_or_reserved(*, nickname: str, taken: bool) -> None:
    """A reserved nickname is not free though nobody has it, and one that looks like a member's is not free either."""
    roster = Roster(NAMES)
    roster.add(peer(), Nickname("client"))
    assert roster.has(Nickname(nickname)) is taken
