"""The token bucket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.bucket import BURST_SECONDS, TokenBucket

steps = st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 50)), max_size=50)


@given(st.integers(1, 1000), steps)
def test_no_more_is_taken_than_a_burst_and_what_was_gained(rate: int, taken_at: list[tuple[float, int]]) -> None:
    """However the clock goes, what is taken is at most one burst and the rate for the time that went forward."""
    bucket, now, forward, taken = TokenBucket(rate, 0.0), 0.0, 0.0, 0
    for step, cost in taken_at:
        now += step
        forward += max(0, step)
        bucket.fill(now)
        if bucket.tokens >= cost:
            bucket.tokens -= cost
            taken += cost
        assert 0 <= bucket.tokens <= bucket.burst
    assert taken <= rate * (BURST_SECONDS + forward) * 1.000001


def test_a_rate_of_none_never_empties() -> None:
    """With a rate of 0 there is always enough, and it is always full."""
    bucket = TokenBucket(0, 0.0)
    for now in (0.0, 0.0, 5.0, 1.0):
        bucket.fill(now)
        bucket.tokens -= 1e9
        bucket.charge(1e9)
        assert bucket.tokens > 1e9
        assert bucket.is_full(now)


def test_debt_is_bounded() -> None:
    """A charge after the fact goes into debt, but no further than a burst."""
    bucket = TokenBucket(10, 0.0)
    bucket.charge(1e6)
    assert bucket.tokens == -60
    assert not bucket.is_full(11.9)
    assert bucket.is_full(12)
    bucket.fill(6.1)
    assert 0.9 < bucket.tokens < 1.1
