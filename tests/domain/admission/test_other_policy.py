"""Another policy while the gate works: whoever is in stays in, and what was used stays used."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.admission.gates import CHALLENGE, GLOBAL, gate, send
from tests.domain.peers import peer
from udpchat.domain.address import Scope
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.admission.token_bucket import MAX_EMPTY_SECONDS, NO_LIMIT, TokenBucket
from udpchat.domain.drop_reason import DropReason

rates = st.integers(0, 1000)


def change(admission: Admission, now: float = 0.0, /, **policy: Any) -> None:
    """Change some settings of a gate."""
    admission.use(attrs.evolve(admission.policy, **policy), now)


@given(rates, rates, st.integers(0, 5000), st.floats(0, 20))
@example(10, 1, 60, 0.0)
@example(10, 0, 60, 0.0)
@example(0, 10, 60, 0.0)
def test_a_bucket_keeps_what_was_used(before: int, after: int, used: int, later: float) -> None:
    """As many tokens are missing as before, up to the deepest debt; a bucket without a limit has used nothing."""
    bucket = TokenBucket(before)
    bucket.take(used, 0.0)
    missing = before * BURST_SECONDS - bucket.tokens(later) if before else 0.0
    bucket.use(after, later)
    assert bucket.full_at <= later + MAX_EMPTY_SECONDS
    if not after:
        assert bucket.tokens(later) == NO_LIMIT
    else:
        left = max(after * BURST_SECONDS - missing, after * (BURST_SECONDS - MAX_EMPTY_SECONDS))
        assert bucket.tokens(later) == pytest.approx(left, abs=1e-6)
        assert bucket.is_full(later + MAX_EMPTY_SECONDS)


@pytest.mark.parametrize("scope", [Scope.PRIVATE, Scope.LOOPBACK])
@pytest.mark.parametrize(
    ("setting", "lines"), [({"rate": 2}, 12), ({"prefix_rate": 2}, 12), ({"server_rate": 2}, 12), ({"rate": 20}, 60)]
)
def test_other_rates(setting: dict[str, int], lines: int, scope: Scope) -> None:
    """They are in force at once, for clients that are in and those that come; loopback has no limit for a network."""
    for joins_later in (False, True):
        admission = gate(rate=0, prefix_rate=0, server_rate=0)
        if not joins_later:
            send(admission, b"x\n" * 100, peer(scope))
        change(admission, **setting)
        if "rate" in setting:
            lines = 6 * setting["rate"]
        limited = "prefix_rate" not in setting or scope is not Scope.LOOPBACK
        admitted = [send(admission, b"x\n", peer(scope)) for _ in range(200)]
        assert admitted.count(b"x\n") == (lines if limited else 200)


def test_no_rates() -> None:
    """A client that was refused may send at once."""
    admission = gate(rate=1, prefix_rate=1, server_rate=1)
    send(admission, b"x\n" * 100)
    assert send(admission, b"x\n") is DropReason.CLIENT_RATE
    change(admission, rate=0, prefix_rate=0, server_rate=0)
    assert send(admission, b"x\n" * 10_000) == b"x\n" * 10_000


@pytest.mark.parametrize("lines", [1, 30, 60, 600])
def test_a_reload_gives_nobody_a_new_burst(lines: int) -> None:
    """However often the same policy, or another and the same, are set."""
    admission = gate()
    send(admission, b"x\n" * lines)
    for _ in range(5):
        change(admission, rate=20)
        change(admission, rate=10)
    assert [send(admission, b"x\n") for _ in range(200)].count(b"x\n") == max(0, 60 - lines)


def test_who_needs_a_code() -> None:
    """Another admission is for strangers; whoever is in needs no code."""
    admission = gate(admission="open")
    assert send(admission, b"hi", GLOBAL) == b"hi"
    change(admission, admission="code")
    assert send(admission, b"hi", GLOBAL) == b"hi"
    assert send(admission, b"hi", peer()) is DropReason.CODE_ASKED


def test_fewer_clients() -> None:
    """Nobody has to leave, and nobody comes in until there are fewer."""
    admission = gate(admission="open")
    for port in range(5):
        send(admission, b"hello", peer(port=port))
    change(admission, max_clients=3, max_clients_per_prefix=2)
    assert len(admission) == 5
    assert send(admission, b"hello", peer(port=6)) is DropReason.NETWORK_FULL
    assert send(admission, b"hello", peer(network=6)) is DropReason.ROOM_FULL
    assert admission.take_evicted() == []
    change(admission, max_clients=6)
    assert send(admission, b"hello", peer(network=6)) == b"hello"


def test_another_idle_timeout() -> None:
    """It counts from the last datagram of each client, before the reload too."""
    admission = gate()
    send(admission, b"hi")
    assert admission.idle(1000.0) == []
    change(admission, 1000.0, idle_timeout=100)
    assert admission.idle(1000.0) == [peer()]


def test_joins_and_answers() -> None:
    """Strangers that are let in without a code, and answers to them, have the new rates."""
    admission = gate(join_rate=1, code_rate=1)
    sent = [send(admission, b"hello everybody", peer(network=number, port=number)) for number in range(20)]
    assert sent.count(DropReason.CODE_ASKED) == 6
    assert sent.count(DropReason.CODE_RATE) == 8
    change(admission, join_rate=2, code_rate=0)
    sent = [send(admission, b"hello everybody", peer(network=number, port=number)) for number in range(20, 40)]
    assert sent == [b"hello everybody"] * 6 + [DropReason.CODE_ASKED] * 14


def test_another_key() -> None:
    """Strangers need it from now on, or none; whoever is in needs nothing."""
    admission = gate("swordfish")
    assert send(admission, b"/enter swordfish") == b"/enter swordfish"
    admission.use_key(ServerKey.of(CHALLENGE.key, "sesame"))
    assert send(admission, b"hello") == b"hello"
    assert send(admission, b"/enter swordfish", peer(port=2)) is DropReason.KEY_WRONG
    assert send(admission, b"/enter sesame", peer(port=2)) == b"/enter sesame"
    admission.use_key(None)
    assert send(admission, b"hello", peer(port=3)) == b"hello"
    assert admission.key is None


def test_a_new_key_gives_guessers_no_new_tries() -> None:
    """The wrong keys before count."""
    admission = gate("swordfish")
    for _ in range(6):
        send(admission, b"/enter x")
    admission.use_key(ServerKey.of(CHALLENGE.key, "sesame"))
    assert send(admission, b"/enter sesame") is DropReason.KEY_RATE


def test_the_policy_is_what_was_set() -> None:
    """The gate and its parts have it."""
    admission, policy = gate(), Policy(rate=3, max_clients=7)
    admission.use(policy, 0.0)
    assert admission.policy is policy
    assert admission.quotas.policy is policy
