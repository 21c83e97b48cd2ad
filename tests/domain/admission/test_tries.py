"""How often somebody may try to be an operator."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import inf

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.peers import peer
from udpchat.domain.address import Network, Scope
from udpchat.domain.admission.tries import (
    ATTACK_SECONDS,
    FEW_NETWORKS,
    MAX_PROVEN,
    SHARED_TRIES_AT_ONCE,
    SHARED_TRY_SECONDS,
    TRIES_AT_ONCE,
    TRY_SECONDS,
    Ask,
    Tries,
    TryBucket,
)

Attempt = tuple[float, int, int]
"""Seconds since the attempt before, the number of a network, and how many times it tries."""

OPERATOR = peer(network=0).network
attempts = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 6.0, 30.0, 60.0, 599.0, 601.0]), st.integers(1, 30), st.integers(1, 8)),
    max_size=60,
)


def network(number: int, scope: Scope = Scope.GLOBAL) -> Network:
    """Return a network."""
    return peer(scope, number).network


def attack(tries: Tries, made: Sequence[Attempt], start: float = 0.0) -> Iterator[tuple[float, int, Ask]]:
    """Let networks try and fail; yield the time, the network and the answer of each attempt, refused or not."""
    now = start
    for step, number, times in made:
        now += step
        for _ in range(times):
            ask = tries.ask(network(number), now)
            yield now, number, ask
            if ask is not Ask.REFUSED:
                tries.failed(network(number), now)


def most(times: Sequence[float], window: float) -> int:
    """Return how many of these times, which are in order, fall into one window."""
    return max((bisect_right(times, at + window) - number for number, at in enumerate(times)), default=0)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("now", [0.0, 1e9 / 3])
def test_one_network(scope: Scope, now: float) -> None:
    """It tries five times at once, and then once a minute. Loopback is a network like any other."""
    tries, source = Tries(), network(1, scope)
    assert [tries.ask(source, now) for _ in range(7)] == [Ask.ONE_CODE] * 5 + [Ask.REFUSED] * 2
    assert tries.ask(source, now + 59.9) is Ask.REFUSED
    assert [tries.ask(source, now + 60.1) for _ in range(2)] == [Ask.ONE_CODE, Ask.REFUSED]
    assert [tries.ask(source, now + 361) for _ in range(6)] == [Ask.ONE_CODE] * 5 + [Ask.REFUSED]


def test_what_is_gained_is_not_lost_by_trying_too_early() -> None:
    """A network that asks every second is tried each minute all the same, not later and not more often."""
    tries = Tries()
    asked = [(now, tries.ask(network(1), now)) for now in range(1, 400)]
    assert [now for now, ask in asked if ask is Ask.ONE_CODE] == [1, 2, 3, 4, 5, 61, 121, 181, 241, 301, 361]


def test_all_other_networks_together() -> None:
    """They try ten times at once, and then every six seconds; a network that is refused pays nothing."""
    tries = Tries()
    asked = [tries.ask(network(number), 0) for number in range(1, 21)]
    assert asked == [Ask.ONE_CODE] * 10 + [Ask.REFUSED] * 10
    assert tries.ask(network(20), 5.9) is Ask.REFUSED
    assert [tries.ask(network(number), 6) for number in (19, 20)] == [Ask.ONE_CODE, Ask.REFUSED]
    assert [tries.ask(network(20), 66) for _ in range(6)] == [Ask.ONE_CODE] * 5 + [Ask.REFUSED]


def test_a_network_without_tries_costs_the_others_nothing() -> None:
    """One network alone does not use up what all share."""
    tries = Tries()
    for _ in range(50):
        tries.ask(network(1), 0)
    assert [tries.ask(network(2), 0) for _ in range(5)] == [Ask.ONE_CODE] * 5


def test_when_two_codes_are_needed() -> None:
    """Three networks may fail; from the fourth one on, all that were never right need two codes for ten minutes."""
    tries = Tries()
    for number in range(1, 4):
        assert tries.ask(network(number), number) is Ask.ONE_CODE
        tries.failed(network(number), number)
        tries.failed(network(number), number)
    assert tries.ask(network(4), 4) is Ask.ONE_CODE
    tries.failed(network(4), 4)
    assert tries.ask(network(5), 5) is Ask.TWO_CODES
    assert tries.ask(network(1), 600.9) is Ask.TWO_CODES
    assert tries.ask(network(1), 601) is Ask.ONE_CODE


def test_a_failure_counts_from_the_last_one() -> None:
    """A network that goes on failing counts as one, and for ten minutes from its last failure."""
    tries = Tries()
    for number in range(1, 5):
        tries.failed(network(number), number)
    tries.failed(network(1), 500)
    for number in range(5, 8):
        tries.failed(network(number), 700)
    assert tries.ask(network(9), 701) is Ask.TWO_CODES
    assert tries.ask(network(9), 1100) is Ask.ONE_CODE


def test_who_was_right_is_not_one_that_fails() -> None:
    """Its earlier failures and its later ones count no more: operators mistype codes."""
    tries = Tries()
    for number in range(1, 6):
        tries.failed(network(number), 0)
    for number in range(1, 3):
        tries.succeeded(network(number), 0)
        tries.failed(network(number), 0)
    assert tries.ask(network(9), 1) is Ask.ONE_CODE


def test_being_right_gives_no_more_tries() -> None:
    """A network keeps what it has left, and does not spend what the others share any more."""
    tries = Tries()
    for _ in range(3):
        tries.ask(OPERATOR, 0)
    tries.succeeded(OPERATOR, 0)
    tries.succeeded(OPERATOR, 0)
    assert [tries.ask(OPERATOR, 0) for _ in range(3)] == [Ask.ONE_CODE] * 2 + [Ask.REFUSED]
    assert [tries.ask(network(number), 0) for number in range(1, 9)] == [Ask.ONE_CODE] * 7 + [Ask.REFUSED]


@given(attempts, st.lists(st.tuples(st.floats(0, 300), st.booleans()), max_size=20))
@example([(0.0, number, 8) for number in range(1, 31)], [(0.0, False)] * 8)
def test_attackers_never_hold_up_who_was_right_before(made: list[Attempt], comes: list[tuple[float, bool]]) -> None:
    """A network that was right before is told the same as if nobody else were there: one code, at its own rate."""
    alone, attacked = Tries(), Tries()
    for tries in (alone, attacked):
        tries.succeeded(OPERATOR, 0)
    now = 0.0
    for step, right in comes:
        for _ in attack(attacked, made, now):
            pass
        now += step + sum(each[0] for each in made)
        ask = alone.ask(OPERATOR, now)
        assert attacked.ask(OPERATOR, now) is ask is not Ask.TWO_CODES
        for tries in (alone, attacked):
            (tries.succeeded if right else tries.failed)(OPERATOR, now)


@given(attempts)
@example([(6.0, number % 30 + 1, 8) for number in range(300)])
@example([(600.5 if not number % 4 else 0.0, number % 30 + 1, 8) for number in range(300)])
def test_guesses_are_bounded(made: list[Attempt]) -> None:
    """In any time: the tries of a network, of all others together, and those with one code, as the docstring counts."""
    tried = [each for each in attack(Tries(), made) if each[2] is not Ask.REFUSED]
    for window in (0.0, 60.0, 600.0, 3600.0):
        for number in {each[1] for each in tried}:
            times = [at for at, source, _ in tried if source == number]
            assert most(times, window) <= TRIES_AT_ONCE + window // TRY_SECONDS
        assert most([at for at, *_ in tried], window) <= SHARED_TRIES_AT_ONCE + window // SHARED_TRY_SECONDS
    one = [(at, number) for at, number, ask in tried if ask is Ask.ONE_CODE]
    for start, _ in one:
        assert len({number for at, number in one if start <= at < start + ATTACK_SECONDS}) <= FEW_NETWORKS + 1
    assert most([at for at, _ in one], ATTACK_SECONDS - 1) <= (FEW_NETWORKS + 1) * (
        TRIES_AT_ONCE + ATTACK_SECONDS // TRY_SECONDS
    )


@given(attempts)
def test_attackers_leave_little_behind(made: list[Attempt]) -> None:
    """However many networks try, what is kept about them is what the shared budget gained while a bucket fills."""
    tries = Tries()
    gained = SHARED_TRIES_AT_ONCE + TRIES_AT_ONCE * TRY_SECONDS // SHARED_TRY_SECONDS
    for _ in attack(tries, made):
        assert tries.kept <= gained + FEW_NETWORKS + 2


def test_a_flood_of_networks_leaves_little_behind() -> None:
    """A hundred thousand networks in three hours leave some sixty entries, and each refusal leaves nothing."""
    tries = Tries()
    kept = [tries.kept for _ in attack(tries, [(0.1, number, 1) for number in range(100_000)])]
    assert max(kept) <= 65


def test_an_hour_of_failures_without_a_question() -> None:
    """Failures that are noted for other reasons leave a few entries."""
    tries = Tries()
    for number in range(1000):
        tries.failed(network(number), number)
    assert tries.kept == FEW_NETWORKS + 1


def test_how_many_networks_are_remembered() -> None:
    """A thousand that were right. Of more, the one that was right the longest ago is as all others, with its tries."""
    tries = Tries()
    for number in range(MAX_PROVEN):
        tries.succeeded(network(number), 0)
    for number in (0, 1, 1):
        tries.ask(network(number), 1)
    tries.succeeded(network(0), 1)
    tries.succeeded(network(MAX_PROVEN), 1)
    tries.succeeded(network(MAX_PROVEN + 1), 1)
    assert tries.kept == MAX_PROVEN + 1  # network 1 still has to gain two tries, network 2 is forgotten
    for number in range(3000, 3000 + SHARED_TRIES_AT_ONCE - 4):
        tries.ask(network(number), 1)
    assert [tries.ask(network(1), 1) for _ in range(4)] == [Ask.ONE_CODE] * 3 + [Ask.REFUSED]
    assert [tries.ask(network(2), 1) for _ in range(2)] == [Ask.ONE_CODE, Ask.REFUSED]
    assert [tries.ask(network(0), 1) for _ in range(5)] == [Ask.ONE_CODE] * 4 + [Ask.REFUSED]
    assert tries.ask(network(MAX_PROVEN), 1) is Ask.ONE_CODE


@given(st.lists(st.floats(0, 500), max_size=60))
def test_a_bucket_gives_its_size_and_what_it_gained(steps: list[float]) -> None:
    """At most that many tries in any time, and at least one in each interval."""
    bucket, now, taken = TryBucket(5, 60.0), 0.0, list[float]()
    last = -inf
    for step in steps:
        now += step
        if bucket.has_one(now):
            bucket.take(now)
            taken.append(now)
            last = now
        assert now - last < 60
        assert bucket.spent <= 5
    for window in (0.0, 60.0, 300.0, 1000.0):
        assert most(taken, window) <= 5 + window // 60


def test_a_clock_that_was_set_back_gives_no_tries() -> None:
    """Whatever the clock does, nothing is gained by it."""
    bucket = TryBucket(2, 60.0)
    for now in (100.0, 50.0):
        assert bucket.has_one(now)
        bucket.take(now)
    assert not bucket.has_one(50.0)
    assert not bucket.has_one(159.0)
    assert bucket.has_one(160.0)
