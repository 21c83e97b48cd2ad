"""What passes the gate, and what it reports."""

from __future__ import annotations

from math import inf

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.admission.gates import CHALLENGE, gate, send
from tests.domain.peers import Peer, peer
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.admission.quota import LINE_BYTES
from udpchat.domain.admission.token_bucket import MAX_EMPTY_SECONDS, TokenBucket
from udpchat.domain.drop_reason import DropCounts, DropReason


@given(
    st.lists(
        st.tuples(
            st.floats(-5, 20),  # the clock's step
            st.integers(1, 4),  # network
            st.integers(1, 4),  # port
            st.integers(0, 100),  # lines
            st.integers(0, 900),  # bytes in each
        ),
        max_size=60,
    )
)
def test_every_bucket_limits_what_passes(sent: list[tuple[float, int, int, int, int]]) -> None:
    """Of each datagram the first whole lines pass; of a client, a network, and all, at most a burst and the rate."""
    admission = gate(rate=2, prefix_rate=3, server_rate=5, max_clients=6, max_clients_per_prefix=2)
    now = forward = 0.0
    passed: dict[object, int] = {}
    for step, network, port, count, size in sent:
        now, forward = now + step, forward + max(0, step)
        sender, payload = peer(network=network, port=port), (b"x" * size + b"\n") * count
        outcome = send(admission, payload, sender, now)
        if isinstance(outcome, bytes):
            assert payload.startswith(outcome)
            lines = outcome.count(b"\n", 0, -1) + 1
            for payer in (sender, sender.network, None):
                passed[payer] = passed.get(payer, 0) + lines
        for payer, rate in ((sender, 2), (sender.network, 3), (None, 5)):
            assert passed.get(payer, 0) <= rate * (BURST_SECONDS + forward) + 1e-6
        assert len(admission) <= 6
        admission.tick(now, lambda _: False)
    admission.tick(now + 100, lambda _: False)
    assert len(admission) == 0
    assert not admission.quotas.networks


@given(
    st.lists(st.tuples(st.floats(-1, 2), st.integers(1, 2), st.integers(0, 3), st.integers(0, 900)), max_size=60),
    st.sampled_from([0, 1, 2]),
)
def test_the_gate_takes_what_token_buckets_would(sent: list[tuple[float, int, int, int]], rate: int) -> None:
    """A datagram passes as a whole if each of its three buckets has its price, which is then taken from each."""
    admission, now = gate(rate=rate, prefix_rate=2, server_rate=3), 0.0
    for step, port, lines, size in sent:
        now += step
        payload, sender = (b"x" * size + b"\n") * lines, peer(port=port)
        admission.restore(sender, now)
        quota = admission.quotas.clients[sender]
        models = [attrs.evolve(bucket) for bucket in quota.buckets]
        for bucket, model in zip(quota.buckets, models, strict=True):
            model.full_at = bucket.full_at
        cost = max(1, lines, -(-len(payload) // LINE_BYTES))
        outcome = send(admission, payload, sender, now)
        if all(model.has(cost, now) for model in models):
            assert outcome == payload
            for bucket, model in zip(quota.buckets, models, strict=True):
                model.take(cost, now)
                assert bucket.full_at == model.full_at


@given(
    st.lists(st.tuples(st.floats(-1, 2), st.lists(st.tuples(st.integers(1, 2), st.integers(1, 3)), max_size=9))),
    st.sampled_from([0, 1, 2]),
)
def test_lines_pay_together_what_each_pays(batches: list[tuple[float, list[tuple[int, int]]]], rate: int) -> None:
    """Of short lines, those are admitted together that each would be by itself, up to the first that would not."""
    together, by_itself = (gate(rate=rate, prefix_rate=2, server_rate=3) for _ in range(2))
    now = 0.0
    for step, senders in batches:
        now += step
        peers = [peer(network=network, port=port) for network, port in senders]
        for admission in (together, by_itself):
            admission.restore(peer(network=1), now)
            admission.restore(peer(network=2), now)
        admitted = together.admit_lines(peers, now)
        for place, sender in enumerate(peers[: admitted + 1]):
            assert (by_itself.admit((b"hi\n", sender), now, "hi") == b"hi\n") is (place < admitted)
        if admitted < len(peers):
            together.admit((b"hi\n", peers[admitted]), now, "hi")
        for address, quota in by_itself.quotas.clients.items():
            other = together.quotas.clients[address]
            assert (quota.seen_at, [bucket.full_at for bucket in quota.buckets]) == (
                other.seen_at,
                [bucket.full_at for bucket in other.buckets],
            )
    assert together.drops == by_itself.drops


def test_drops_are_counted_and_watched() -> None:
    """Each drop is counted under its reason, and `watch` is called with its address, reason and number."""
    watched: list[tuple[Address, DropReason, int]] = []
    admission = Admission(Policy(rate=1, max_clients=1), CHALLENGE, DropCounts(), lambda *drop: watched.append(drop))
    send(admission, b"x\n" * 8)
    send(admission, b"hi", peer(port=2))
    admission.count(peer(port=3), DropReason.UNREACHABLE)
    assert watched == [
        (peer(), DropReason.CLIENT_RATE, 2),
        (peer(port=2), DropReason.ROOM_FULL, 1),
        (peer(port=3), DropReason.UNREACHABLE, 1),
    ]
    assert admission.drops == {reason: number for _, reason, number in watched}


@given(
    st.lists(
        st.tuples(st.floats(0, 3), st.floats(0, 30), st.integers(1, 3), st.integers(1, 4), st.integers(1, 30)),
        max_size=60,
    )
)
def test_a_late_datagram_gains_nothing(sent: list[tuple[float, float, int, int, int]]) -> None:
    """In any span of time, of a client, a network and all, at most a burst and the rate passes, however late."""
    admission = gate(rate=2, prefix_rate=3, server_rate=5)
    now, passed = 100.0, dict[object, int]()
    for step, late, network, port, lines in sent:
        now += step
        sender = peer(network=network, port=port)
        before = {id(bucket): bucket.full_at for bucket in buckets(admission, sender)}
        datagram = b"hi\n" * lines, sender
        outcome = admission.admit_late(datagram, now, now - late)
        if outcome is None:
            outcome = admission.admit_stranger(datagram, now, None, now - late)
        for bucket in buckets(admission, sender):
            assert bucket.full_at >= before.get(id(bucket), -inf)
        if isinstance(outcome, bytes):
            for payer in (sender, sender.network, None):
                passed[payer] = passed.get(payer, 0) + outcome.count(b"\n")
        for payer, rate in ((sender, 2), (sender.network, 3), (None, 5)):
            assert passed.get(payer, 0) <= rate * (BURST_SECONDS + now - 70) + 1e-6


@pytest.mark.parametrize(
    ("other", "reason"), [(peer(port=2), DropReason.NETWORK_RATE), (peer(network=2), DropReason.SERVER_RATE)]
)
def test_a_late_datagram_is_allowed_what_is_left_now(other: Peer, reason: DropReason) -> None:
    """What others paid since it arrived does not count twice: of what they share, a late one may use the rest."""
    admission = gate(prefix_rate=10, server_rate=10)
    admission.restore(other, 0)
    assert send(admission, b"x\n" * 58, now=100.0) == b"x\n" * 58
    assert [admission.admit_late((b"x", other), 100.0, 95.0) for _ in range(3)] == [b"x", b"x", reason]


def test_a_late_datagram_that_passes_drops_nothing() -> None:
    """Nothing is counted, and its sender is not notified."""
    admission = gate()
    for now in (100.0, 200.0):
        datagram = b"hi\n", peer()
        outcome = admission.admit_late(datagram, now, now - 5)
        assert (outcome or admission.admit_stranger(datagram, now, None, now - 5)) == b"hi\n"
        assert not admission.drops
        assert not admission.notices.floods


@given(st.floats(0, 1e6), st.floats(0, 30), st.integers(0, 100))
def test_a_clock_that_was_set_back_silences_nobody_for_long(back: float, late: float, lines: int) -> None:
    """After any setting of the clock, the first datagram ends what is left of it, also one that waited for long."""
    admission, now, sender = gate(rate=2, prefix_rate=3, server_rate=5), 2e6, peer()
    admission.restore(sender, now)
    send(admission, b"hi\n" * lines, sender, now)
    now -= back
    admission.admit_late((b"hi", sender), now, now - late)
    now += MAX_EMPTY_SECONDS
    assert admission.admit_late((b"hi", sender), now, now) == b"hi"


def buckets(admission: Admission, address: Address) -> tuple[TokenBucket, ...]:
    """Return what a client pays from, if it has a quota."""
    quota = admission.quotas.clients.get(address)
    return quota.buckets if quota else ()
