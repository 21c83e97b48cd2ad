"""Times as JSON has them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.dialects.json.times import LAST, rfc3339
from udpchat.domain.rooms.history.log import DAY


@given(st.integers(0, int(LAST * 1000)))
def test_a_time_is_that_of_the_calendar(milliseconds: int) -> None:
    """Every millisecond until the year 9999 is written as the standard library writes it."""
    seconds, rest = divmod(milliseconds, 1000)
    expected = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
    assert rfc3339(milliseconds / 1000) == expected.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_every_day_is_that_of_the_calendar() -> None:
    """Years of 400 repeat, so these are all kinds of days."""
    first = date(1970, 1, 1)
    for number in range((date(2370, 1, 1) - first).days):
        assert rfc3339(number * DAY)[:10] == (first + timedelta(number)).isoformat()


def test_what_is_out_of_range_is_moved_into_it() -> None:
    """No clock makes a text that RFC 3339 does not allow."""
    assert rfc3339(-1.0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1e300) == "9999-12-31T23:59:59.999Z"
