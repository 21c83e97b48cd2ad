"""The token bucket."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.admission.token_bucket import BURST_SECONDS, TokenBucket

steps = st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 50)), max_size=50)


@given(st.integers(1, 1000), steps)
def test_no_more_is_taken_than_a_burst_and_what_was_gained(rate: int, taken_at: list[tuple[float, int]]) -> None:
    """However the clock goes, what is taken is at most one burst and the rate for the time that went forward."""
    bucket, now, forward, taken = TokenBucket(rate), 0.0, 0.0, 0
    for step, cost in taken_at:
        now += step
        forward += max(0, step)
        if bucket.has(cost, now):
            bucket.take(cost, now)
            taken += cost
    assert taken <= rate * (BURST_SECONDS + forward) * 1.000001


def test_a_burst_and_what_comes_after_it() -> None:
    """All at once, then nothing, then so many a second, up to full again."""
    bucket = TokenBucket(10)
    assert bucket.tokens(100) == 60
    assert bucket.has(60, 100)
    assert not bucket.has(61, 100)
    bucket.take(60, 100)
    assert not bucket.has(1, 100)
    assert bucket.has(10, 101.001)
    assert not bucket.has(11, 101.001)
    assert not bucket.is_full(105.9)
    assert bucket.is_full(106)


def test_a_rate_of_none_never_empties() -> None:
    """With a rate of 0 there is always enough, and it is always full."""
    bucket = TokenBucket(0)
    for now in (0.0, 0.0, 5.0):
        bucket.take(1e9, now)
        assert bucket.has(1e9, now)
        assert bucket.tokens(now) > 1e9
        assert bucket.is_full(now)


def test_debt_is_bounded() -> None:
    """What is taken after the fact goes into debt, but no further than a burst."""
    bucket = TokenBucket(10)
    bucket.take(1e6, 0)
    assert bucket.tokens(0) == -60
    assert not bucket.is_full(11.9)
    assert bucket.is_full(12)
    assert bucket.has(1, 6.11)


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    """After the next look at it, a bucket is as after the deepest debt at most."""
    bucket = TokenBucket(10)
    bucket.take(60, 1e6)
    bucket.take(0, 5)
    assert bucket.tokens(5) == -60
    assert bucket.has(1, 11.11)
