"""The token bucket."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.admission.policy import BURST_SECONDS
from udpchat.domain.admission.token_bucket import TokenBucket

steps = st.lists(st.tuples(st.floats(-100, 100), st.integers(1, 50)), max_size=50)


@given(st.integers(1, 1000), steps)
def test_no_more_is_taken_than_a_burst_and_what_was_gained(rate: int, taken_at: list[tuple[float, int]]) -> None:
    """Whatever the clock does, at most one burst and the rate for the time that it went forward can be taken."""
    bucket, now, forward, taken = TokenBucket(rate), 0.0, 0.0, 0
    for step, cost in taken_at:
        now += step
        forward += max(0, step)
        if bucket.has(cost, now):
            bucket.take(cost, now)
            taken += cost
    assert taken <= rate * (BURST_SECONDS + forward) * 1.000001


def test_a_burst_and_after_it() -> None:
    """A burst empties a full bucket, which then gains its rate until it is full again."""
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


@pytest.mark.parametrize("now", [-1e6, 0.0, 1e6])
def test_a_new_bucket_is_full(now: float) -> None:
    """By any clock."""
    bucket = TokenBucket(10)
    assert bucket.is_full(now)
    assert bucket.tokens(now) == 60
    assert bucket.has(60, now)
    assert not bucket.has(60.1, now)


def test_a_bucket_of_rate_0_never_empties() -> None:
    """At a rate of 0, any cost can be taken, and the bucket is always full."""
    bucket = TokenBucket(0)
    for now in (0.0, 0.0, 5.0):
        bucket.take(1e9, now)
        assert bucket.has(1e9, now)
        assert bucket.tokens(now) > 1e9
        assert bucket.is_full(now)


def test_debt_is_bounded() -> None:
    """A bucket can go into debt, but by no more than a burst."""
    bucket = TokenBucket(10)
    bucket.take(1e6, 0)
    assert bucket.tokens(0) == -60
    assert not bucket.is_full(11.9)
    assert bucket.is_full(12)
    assert bucket.has(1, 6.11)


@pytest.mark.parametrize("correct", [partial(TokenBucket.take, cost=0), TokenBucket.limit_debt], ids=["take", "limit"])
def test_a_clock_that_was_set_back_causes_no_long_wait(correct: Callable[..., None]) -> None:
    """After the next `take` or `limit_debt`, the bucket is in the deepest debt at most."""
    bucket = TokenBucket(10)
    bucket.take(60, 1e6)
    correct(bucket, now=5)
    assert bucket.tokens(5) == -60
    assert bucket.has(1, 11.11)


def test_trying_takes_all_or_nothing() -> None:
    """`try_take` takes the tokens only if there are enough."""
    bucket = TokenBucket(10)
    assert not bucket.try_take(61, 100)
    assert bucket.try_take(60, 100)
    assert not bucket.try_take(1, 100)
    assert not bucket.try_take(1, 0)
    assert bucket.try_take(1, 7)
