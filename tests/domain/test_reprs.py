"""What a log shows of values of the domain."""

from __future__ import annotations

from tests.domain.peers import nowhere, peer
from tests.room import NAMES
from udpchat.domain.rooms.members.roster import Roster
from udpchat.domain.text.nickname import Nickname


def test_what_follows_from_other_data_is_not_shown() -> None:
    """The rules for nicknames have hundreds of words, and a member several keys."""
    assert repr(NAMES) == f"NicknameRules(unicode={NAMES.unicode!r}, grammar={NAMES.grammar})"
    member = Roster(NAMES).add(peer(), Nickname("TEDDC"), nowhere())
    assert "teddc" not in repr(member)
