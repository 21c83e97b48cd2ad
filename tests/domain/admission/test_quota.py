"""How many clients there may be, and how many lines they may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.admission.gates import gate, replies, send
from tests.domain.peers import Peer, peer
from udpchat.domain.address import Scope
from udpchat.domain.admission.drop_notices import QUIET
from udpchat.domain.admission.policy import BURST_SECONDS
from udpchat.domain.admission.quota import LINE_BYTES
from udpchat.domain.admission.token_bucket import MAX_EMPTY_SECONDS
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.text.lines import as_utf8, clean_lines, count_lines


def test_a_full_room() -> None:
    """A stranger that finds the room full is notified. It is let in some time after a client has left."""
    admission = gate(max_clients=2)
    for port in (1, 2):
        send(admission, b"hi", peer(port=port))
    assert send(admission, b"hi", peer(port=3)) is DropReason.ROOM_FULL
    assert replies(admission) == [(peer(port=3), b"error - the room is full\n")]
    assert send(admission, b"hi", peer(port=1)) == b"hi"
    assert admission.tick(100, lambda address: address == peer(port=1)) == [peer(port=2)]
    assert send(admission, b"hi", peer(port=3), 100) == b"hi"
    assert len(admission) == 2


def test_a_full_network() -> None:
    """Each network may have a number of clients, whatever others have. Loopback has no limit."""
    admission = gate(max_clients_per_prefix=2)
    for port in (1, 2):
        assert send(admission, b"hi", peer(port=port)) == b"hi"
    assert send(admission, b"hi", peer(port=3)) is DropReason.NETWORK_FULL
    assert replies(admission) == [(peer(port=3), b"error - too many clients at your address\n")]
    assert send(admission, b"hi", peer(network=2, port=3)) == b"hi"
    for port in range(1, 100):
        assert send(admission, b"hi", peer(Scope.LOOPBACK, port=port)) == b"hi"


def test_leaving_and_coming_back_gains_nothing() -> None:
    """A quota stays until its bucket is full again. Then nothing about the client is left."""
    admission = gate()
    assert send(admission, b"x\n" * 60) == b"x\n" * 60
    assert admission.tick(1, lambda _: False) == []
    assert send(admission, b"x\n" * 60, now=1) == b"\n".join([b"x"] * 10)
    assert admission.tick(7, lambda _: False) == [peer()]
    assert len(admission) == 0
    assert peer() not in admission
    assert not admission.notices.floods


def test_a_client_that_may_become_a_member_keeps_its_quota() -> None:
    """If the journal may take some time to commit, a quota stays for so long after the client's last datagram."""
    admission = gate()
    send(admission, b"hi", now=1)
    assert admission.tick(7.9, lambda _: False, commit_timeout=5.0) == []
    assert admission.tick(8, lambda _: False, commit_timeout=5.0) == [peer()]
    send(admission, b"hi", now=100)
    assert admission.tick(1, lambda _: False, commit_timeout=5.0) == []
    assert admission.tick(101, lambda _: False) == [peer()]


def test_nothing_is_sent_to_a_client_whose_quota_is_gone() -> None:
    """A flood that is not over yet is forgotten with the client that left."""
    admission = gate(rate=0, prefix_rate=1)
    send(admission, b"x\n" * 10)
    assert admission.tick(0, lambda _: False) == [peer()]
    admission.tick(QUIET, lambda _: False)
    assert replies(admission) == []


@pytest.mark.parametrize("sender", [peer(), peer(port=2), peer(network=2)])
def test_after_the_clock_was_set_back_nobody_waits_for_long(sender: Peer) -> None:
    """The first datagram that does not pass brings its three buckets back to the deepest debt."""
    admission = gate(prefix_rate=10, server_rate=10)
    admission.restore(sender, 1e6)
    send(admission, b"x\n" * 60, now=1e6)
    assert isinstance(send(admission, b"x", sender), DropReason)
    assert isinstance(send(admission, b"x", sender, MAX_EMPTY_SECONDS / 2), DropReason)
    assert send(admission, b"x", sender, MAX_EMPTY_SECONDS) == b"x"


def test_of_several_rates_that_a_client_exceeds_its_own_is_the_reason() -> None:
    """Whichever bucket lacks most: a network that others have exhausted is no excuse."""
    admission = gate(prefix_rate=10, server_rate=10)
    admission.restore(peer(port=2), 0)
    assert send(admission, b"x\n" * 60) == b"x\n" * 60
    admission.quotas.clients[peer(port=2)].charge(LINE_BYTES // 2, 0)
    assert send(admission, b"x\n" * 9) is DropReason.CLIENT_RATE
    assert send(admission, b"x\n" * 9, peer(port=2)) is DropReason.NETWORK_RATE
    assert admission.drops == {DropReason.CLIENT_RATE: 9, DropReason.NETWORK_RATE: 9}


def test_dropped_lines_cost_other_clients_nothing() -> None:
    """A flood uses up its own bucket. Those of its network and of the server are left to others, but for one burst."""
    admission = gate(prefix_rate=20, server_rate=30)
    for _ in range(100):
        send(admission, b"x\n" * 60)
    assert send(admission, b"x\n" * 60, peer(port=2)) == b"x\n" * 60
    assert send(admission, b"x\n" * 60, peer(port=3)) is DropReason.NETWORK_RATE
    assert send(admission, b"x\n" * 60, peer(network=2)) == b"x\n" * 60
    assert send(admission, b"x\n" * 60, peer(network=3)) is DropReason.SERVER_RATE
    assert set(admission.drops) == {DropReason.CLIENT_RATE, DropReason.NETWORK_RATE, DropReason.SERVER_RATE}


@given(strategies.payloads.filter(lambda payload: len(as_utf8(payload)) <= LINE_BYTES), st.integers(1, 5))
def test_every_line_costs(payload: bytes, affordable: int) -> None:
    """Each line costs a token, however lines end and text is encoded; those that cannot be paid for are dropped."""
    admission = gate(rate=8, prefix_rate=0, server_rate=0)
    send(admission, b"x\n" * (48 - affordable))
    lines = count_lines(payload)
    outcome = send(admission, payload)
    assert admission.drops.total() == max(0, lines - affordable)
    assert isinstance(outcome, bytes)
    if lines <= affordable:
        assert outcome == payload
    else:
        assert as_utf8(payload).startswith(outcome)
        assert clean_lines(outcome, 1000) == clean_lines(b"\n".join(as_utf8(payload).splitlines()[:affordable]), 1000)
    assert admission.quotas.clients[peer()].buckets[0].tokens(0) == max(0, affordable - lines)


def test_long_lines_cost_more() -> None:
    """A token pays for a number of bytes, so fewer long lines pass. But the longest line can always be sent."""
    admission = gate()
    line = b"x" * (3 * LINE_BYTES)
    payload = b"\n".join([line] * 21)
    assert send(admission, payload) == b"\n".join([line] * 20)
    longest = b"x" * 65_000
    assert send(admission, longest, peer(port=2)) == longest
    assert send(admission, longest, peer(port=2), 5) is DropReason.CLIENT_RATE
    assert send(admission, longest, peer(port=2), 6) == longest


@given(st.integers(1, 27), st.floats(0, 1e9))
def test_the_longest_line_can_be_sent_at_any_rate_and_time(rate: int, now: float) -> None:
    """A line that costs more than a bucket holds empties the bucket, and can be sent if the bucket is full."""
    admission = gate(rate=rate, prefix_rate=0, server_rate=0)
    longest = b"x" * 65_000
    assert send(admission, longest, now=now) == longest
    assert send(admission, b"x", now=now) is DropReason.CLIENT_RATE
    assert send(admission, longest, now=now + 6.001) == longest


def test_clients_pay_for_replies() -> None:
    """What is sent to one client alone costs it tokens, so pasting many /list commands brings few lists."""
    admission = gate()
    send(admission, b"/list\n")
    assert not admission.quotas.clients[peer()].charge(80 * LINE_BYTES, 0)
    assert admission.quotas.clients[peer()].charge(20 * LINE_BYTES, 0)
    admission.drop(peer(), 0)
    admission.tick(QUIET, lambda _: True)
    assert replies(admission) == [(peer(), b"error - slow down, 1 line was not sent\n")]
    assert send(admission, b"hello\n", now=1) is DropReason.CLIENT_RATE
    assert send(admission, b"hello\n", now=7) == b"hello\n"


def test_a_client_that_is_restored_is_sent_nothing_unasked() -> None:
    """It may have left meanwhile, and its address may be forged. What it has already stays."""
    admission = gate()
    admission.restore(peer(), 7)
    quota = admission.quotas.clients[peer()]
    assert (quota.allowance, quota.seen_at) == (0.0, 7)
    admission.restore(peer(), 8)
    assert admission.quotas.clients[peer()] is quota


def test_rates_of_zero_limit_nothing() -> None:
    """`--rate 0` and the like turn a bucket off."""
    admission = gate(rate=0, prefix_rate=0, server_rate=0, code_rate=0)
    assert send(admission, b"x\n" * 10_000) == b"x\n" * 10_000
    assert send(admission, b"hello everybody", peer(Scope.GLOBAL)) is DropReason.CODE_ASKED


def test_which_clients_are_idle() -> None:
    """With a timeout, the clients that sent nothing for so long; without one, none."""
    for timeout, idle in ((0, []), (100, [peer(port=1)])):
        admission = gate(idle_timeout=timeout)
        send(admission, b"hi", peer(port=1), 0)
        send(admission, b"hi", peer(port=2), 1)
        assert admission.idle(99) == []
        assert admission.idle(100) == idle


@pytest.mark.parametrize("rates", [{"rate": 1}, {"prefix_rate": 1}, {"server_rate": 1}])
def test_lines_that_are_paid_for_together_end_where_one_cannot_be(rates: dict[str, int]) -> None:
    """Whichever bucket cannot pay. The lines behind it are not paid for, and the next one is refused."""
    tested = gate(**{"rate": 0, "prefix_rate": 0, "server_rate": 0, **rates})
    client = peer()
    send(tested, b"hello\n", client)
    other = peer(network=2, port=2)
    tested.restore(other, 0.0)
    assert tested.admit_lines([*[client] * 10, other], 0.0) == BURST_SECONDS - 1
    assert tested.admit_lines([client], 0.0) == 0
    assert isinstance(send(tested, b"hello\n", client), DropReason)
