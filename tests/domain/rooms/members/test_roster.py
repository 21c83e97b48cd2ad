"""Which nicknames are free, and who holds them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import nowhere, peer
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.rooms.members.roster import Roster
from udpchat.domain.text.nickname import Nickname

ALIKE = ("jose", "José", "JOSE", "joṣe", "jösé", "anna", "Ánna", "annä")  # two names by the present rules


@pytest.mark.parametrize(
    ("nickname", "taken"),
    [("client", True), ("CLIENT", True), ("cIient", True), ("server", True), ("SERVER", True), ("other", False)],
)
def test_a_nickname_is_taken_by_a_member_or_reserved(*, nickname: str, taken: bool) -> None:
    """A reserved nickname is not free though nobody has it, and one that looks like a member's is not free either."""
    roster = Roster(NAMES)
    roster.add(peer(), Nickname("client"), nowhere())
    assert roster.has(Nickname(nickname)) is taken


@pytest.mark.parametrize(
    ("word", "found"),
    [
        *(("bill", "bill"), ("BILL", "bill"), ("bill\u0301", "bill"), ("\uff42\uff49\uff4c\uff4c", "bill")),
        *(("biil", "biil"), ("biIl", "biil"), ("bi1l", None)),  # the last two look like both
        *(("Tyv\u0435m", "Tyv\u0435m"), ("tyvem", "Tyv\u0435m")),  # with a Cyrillic letter, from an earlier version
        *(("other", None), ("bill:", None), ("", None), ("bill" + "\u0301" * 1000, None)),
    ],
)
def test_a_member_is_found_by_a_word(word: str, found: str | None) -> None:
    """A nickname may be typed as it looks. A word that looks like several nicknames is the one that it is, if any."""
    roster = Roster(NAMES)
    for port, name in enumerate(("bill", "biil", "Tyv\u0435m")):
        roster.add(peer(port=port), Nickname(name), nowhere())
    member = roster.find(word)
    assert (member and member.nickname) == found


def holders(roster: Roster) -> dict[str, list[Address]]:
    """Return who holds each of these names."""
    return {name: roster.holders(NAMES.keys(name)) for name in (*ALIKE, "other")}


@given(
    st.lists(st.sampled_from(ALIKE), max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from([None, *ALIKE, "other"])), max_size=12),
)
def test_the_first_member_with_a_name_holds_it(nicknames: list[str], changes: list[tuple[int, str | None]]) -> None:
    """Nicknames of other rules look alike by the present ones. The first one holds the name, then the next one."""
    roster = Roster(NAMES.of(1))
    for port, nickname in enumerate(nicknames):
        roster.add(peer(port=port), Nickname(nickname), nowhere())
    roster.use(NAMES)
    for port, word in changes:
        member = roster.get(peer(port=port))
        if member is None:
            continue
        if word is None:
            roster.remove(member)
        else:
            roster.rename(member, Nickname(word), NAMES.keys(word))
        expected = Roster(NAMES)
        for each in roster:
            expected.add(each.address, each.nickname, each.place)
        assert holders(roster) == holders(expected)


def with_edges(number: int) -> str:
    """Return one of many nicknames that are said as the same word."""
    return f"n{number:b}".replace("1", "-").replace("0", "_")


def calls_to_leave(members: int, name: Callable[[int], str]) -> int:
    """Return how many functions run while somebody is renamed and leaves, where others share a name."""
    roster = Roster(NAMES.of(1))
    for port, nickname in enumerate([*ALIKE, *map(name, range(members))]):
        roster.add(peer(port=port), Nickname(nickname), nowhere())
    roster.use(NAMES)
    calls = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        roster.rename(roster.members[peer(port=len(ALIKE))], Nickname("other"), NAMES.keys("other"))
        roster.remove(roster.members[peer(port=0)])
        roster.remove(roster.members[peer(port=len(ALIKE) + 1)])
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("name", ["n{}".format, with_edges])
def test_who_leaves_is_looked_at_alone_where_members_share_a_name(name: Callable[[int], str]) -> None:
    """The rest of the room is not looked at, since thousands may leave at once."""
    assert calls_to_leave(1000, name) == calls_to_leave(10, name)


@pytest.mark.parametrize("shared", [True, False])
def test_members_move(*, shared: bool) -> None:
    """Whoever moves is found at its new address by the same name, also if names are shared; the others stay."""
    names = ("annax", "annax" if shared else "berta", "carla")
    roster, again = Roster(NAMES), Roster(NAMES)
    for port, name in enumerate(names):
        roster.add(peer(port=port), Nickname(name), nowhere())
    roster.move({peer(port=0): peer(port=2), peer(port=2): peer(port=0), peer(port=7): peer(port=8)})
    for port, name in zip((2, 1, 0), names, strict=True):
        again.add(peer(port=port), Nickname(name), nowhere())
    assert [(each.address, each.nickname) for each in roster] == [(each.address, each.nickname) for each in again]
    by_word, expected = ({word: {*those} for word, those in each.spoken.items()} for each in (roster, again))
    assert by_word == expected
    for name in names:
        assert roster.holders(roster.keys_of(name)) == again.holders(again.keys_of(name))
    for member in [*roster]:
        roster.remove(member)
    assert not any(roster.has(Nickname(name)) for name in names)
