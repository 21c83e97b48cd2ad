"""The bounds of the gate are where they are said to be, and not one beside."""

from __future__ import annotations

import pytest

from tests.domain.admission.gates import CHALLENGE, GLOBAL, gate, send
from tests.domain.peers import peer
from udpchat.domain.admission.quota import LINE_BYTES
from udpchat.domain.admission.strangers import MAX_ENTER
from udpchat.domain.drop_reason import DropReason

CODE = CHALLENGE.code(GLOBAL, 0).encode()


@pytest.mark.parametrize(("wrong", "let_in"), [(5, True), (6, False)])
def test_as_many_codes_are_checked_as_the_rate_allows(*, wrong: int, let_in: bool) -> None:
    """Each code costs one token, and six seconds' worth may be checked at once."""
    admission = gate(code_rate=1)
    for _ in range(wrong):
        send(admission, b"/enter wrong7", GLOBAL)
    assert (send(admission, b"/enter " + CODE, GLOBAL) == b"/enter " + CODE) is let_in


@pytest.mark.parametrize(("size", "let_in"), [(MAX_ENTER, True), (MAX_ENTER + 1, False)])
def test_a_code_is_looked_for_at_the_beginning_alone(*, size: int, let_in: bool) -> None:
    """The code must end within the first 64 bytes."""
    payload = b"/enter".ljust(size - len(CODE)) + CODE
    assert (send(gate(), payload, GLOBAL) == payload) is let_in


def test_the_beginning_in_which_a_code_is_looked_for() -> None:
    """Its length."""
    assert MAX_ENTER == 64


@pytest.mark.parametrize(("size", "lines"), [(1, 6), (400, 6), (401, 3), (800, 3), (801, 2)])
def test_what_a_line_costs(size: int, lines: int) -> None:
    """A line costs one token for each 400 bytes or part of them."""
    admission = gate(rate=1, prefix_rate=0, server_rate=0)
    for _ in range(lines):
        assert send(admission, b"x" * size) == b"x" * size
    assert send(admission, b"x" * size) is DropReason.CLIENT_RATE


def test_when_a_client_is_deep_in_debt() -> None:
    """When it owes more than half of what its bucket holds: it pays for what it is sent, and then gets no answers."""
    admission = gate()
    admission.restore(peer(), 0)
    quota = admission.quotas.clients[peer()]
    assert [quota.charge(size * LINE_BYTES, 0) for size in (60, 30, 1)] == [False, False, True]
    assert [quota.is_deep_in_debt(now) for now in (0, 0.05, 0.15)] == [True, True, False]
    assert [quota.charge(0, now) for now in (0, 0.15)] == [True, False]
    other = peer(network=2)
    admission.restore(other, 0)
    assert not admission.quotas.clients[other].charge(90 * LINE_BYTES, 0)
    assert not admission.quotas.clients[other].is_deep_in_debt(0)


def test_without_a_journal_that_takes_time_a_quota_goes_with_its_client() -> None:
    """Nothing is pending, so a full bucket is deleted in the second in which its client wrote."""
    admission = gate(rate=0)
    send(admission, b"/quit", now=1)
    assert admission.tick(1, lambda _: False) == [peer()]
