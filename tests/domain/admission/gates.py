"""Gates for tests, and what they send to strangers and clients."""

from __future__ import annotations

from typing import Any

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Address, Scope
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.audience import Only
from udpchat.domain.text.lines import plain_line

CHALLENGE = Challenge(b"k" * 32)
GLOBAL = peer(Scope.GLOBAL)


def gate(key: str = "", /, **policy: Any) -> Admission:
    """Return a gate with the default policy, except for the given values, and perhaps a key of the server."""
    server_key = ServerKey.of(CHALLENGE.key, key) if key else None
    return Admission(Policy(**policy), CHALLENGE, DropCounts(), key=server_key)


def send(admission: Admission, payload: bytes, sender: Peer | None = None, now: float = 0.0) -> bytes | DropReason:
    """Send a datagram to the gate, as the intake does, and return what it decides."""
    datagram, line = (payload, sender or peer()), plain_line(payload)
    outcome = admission.admit(datagram, now, line)
    return admission.admit_stranger(datagram, now, line) if outcome is None else outcome


def replies(admission: Admission) -> list[tuple[Address, bytes]]:
    """Return the replies of the gate as text clients read them."""
    replies = [(to, event) for to, event in admission.replies() if not isinstance(to, Only)]
    return [(address, line) for address, event in replies for line in render(event, MIN_DATAGRAM)]
