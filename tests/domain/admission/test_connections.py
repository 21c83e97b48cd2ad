"""Strangers that have proved their address by connecting."""

from __future__ import annotations

from math import inf

import pytest

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Scope
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import KeyAsked, RoomFull, TooManyJoins
from udpchat.domain.admission.policy import BURST_SECONDS, Mode, Policy
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.keyed_hash import KEY_BYTES

KEY = b"k" * KEY_BYTES


def gate(policy: Policy, key: str = "") -> Admission:
    """Return a gate."""
    return Admission(policy, Challenge(KEY), DropCounts(), key=ServerKey.of(KEY, key) if key else None)


def connected(number: int = 1, scope: Scope = Scope.GLOBAL) -> Peer:
    """Return the address of a connection, each from a network of its own."""
    return peer(scope, number, proven=True)


@pytest.mark.parametrize("mode", ["open", "code", "auto"])
@pytest.mark.parametrize("scope", Scope)
def test_no_code(mode: Mode, scope: Scope) -> None:
    """Whoever has a connection is asked for no code, from anywhere and in any mode, by /op neither."""
    admission, address = gate(Policy(admission=mode)), connected(scope=scope)
    assert admission.admit_stranger((b"hi\n", address), 0.0) == b"hi\n"
    assert admission.is_proven(address)
    assert admission.quotas.clients[address].allowance == inf
    assert not admission.replies()


def test_after_a_restart() -> None:
    """One that was let in by another server is as proven as before."""
    admission, address = gate(Policy()), connected()
    admission.restore(address, 0.0)
    assert admission.is_proven(address)
    assert admission.quotas.clients[address].allowance == inf


def test_silent_connections_make_no_room() -> None:
    """One that says nothing is no forged address, so it does not lose its place."""
    admission = gate(Policy(max_clients=1))
    assert admission.admit_stranger((b"\n", connected(1)), 0.0) == b"\n"
    assert admission.admit_stranger((b"hi\n", connected(2)), 1.0) is DropReason.ROOM_FULL
    assert admission.replies() == [(connected(2), RoomFull())]


def test_joins_are_limited() -> None:
    """Connections share the budget of those that join without a code; then as many come in as codes are checked."""
    admission = gate(Policy(join_rate=2, code_rate=3))
    allowed = int(5 * BURST_SECONDS)
    for number in range(allowed):
        assert admission.admit_stranger((b"hi\n", connected(number)), 0.0) == b"hi\n"
    assert admission.admit_stranger((b"hi\n", connected(allowed)), 0.0) is DropReason.JOIN_RATE
    assert admission.replies() == [(connected(allowed), TooManyJoins())]
    assert admission.admit_stranger((b"hi\n", peer()), 0.0) is DropReason.CODE_ASKED
    admission.replies()
    assert admission.admit_stranger((b"hi\n", connected(allowed)), 1.0) == b"hi\n"
    for number in range(100):
        admission.admit_stranger((b"hi\n", connected(1000 + number)), 1.0)
    assert admission.drops[DropReason.JOIN_RATE] > 90
    assert len(admission.replies()) <= 3 * BURST_SECONDS


def test_the_key_is_asked_for() -> None:
    """With a key, a connection needs the key and no code before it, and reads whole sentences for one byte."""
    admission, address = gate(Policy(admission="code"), "sword fish"), connected()
    assert admission.admit_stranger((b"\n", address), 0.0) is DropReason.KEY_ASKED
    assert admission.replies() == [(address, KeyAsked())]
    assert admission.admit_stranger((b"x\n", address), 0.0) is DropReason.KEY_ASKED
    assert admission.replies() == [(address, KeyAsked(unsent=True))]
    assert admission.admit_stranger((b"/enter x\n", address), 0.0) is DropReason.KEY_WRONG
    assert admission.replies() == [(address, KeyAsked(wrong=True))]
    line = b"/enter sword fish\n"
    assert admission.admit_stranger((line, address), 0.0) == line
