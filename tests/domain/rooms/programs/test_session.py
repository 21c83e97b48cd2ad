"""What a session knows of the lines of its program."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.rooms.programs import session
from udpchat.domain.rooms.programs.answers import Done


@given(st.lists(st.integers(1, 12), max_size=60))
def test_an_id_counts_once(ids: list[int]) -> None:
    """In whatever order lines come and are repeated, each counts once at most, and always if its id is the highest."""
    counted: set[int] = set()
    with patch.object(session, "MAX_OUTCOMES", 3):
        of_bot = session.Session()
        for number in ids:
            highest = number > of_bot.highest
            if number in of_bot.outcomes:
                assert number in counted
            elif not of_bot.is_closed(number):
                assert number not in counted
                counted.add(number)
                of_bot.record(number, Done(number))
            assert number in counted or not highest
            assert len(of_bot.outcomes) <= 3
