"""The datagrams that a report can be about."""

from __future__ import annotations

from tests.adapters.udp.kernel import ONE, THREE, TWO
from udpchat.adapters.udp.recent_sends import MAX_REMEMBERED, RecentSends
from udpchat.adapters.udp.sockets.error_queue import Report
from udpchat.domain.datagram import Bounce


def test_a_quote_identifies_a_datagram_of_its_audience() -> None:
    """The newest datagram that the address was sent and that fits the quote is the one that came back."""
    sends = RecentSends()
    sends.remember([b"hello all"], (ONE, TWO, THREE), ())
    sends.remember([b"hello some"], (ONE, TWO, THREE), (TWO,))
    reports = [Report(ONE, b"hello"), Report(TWO, b"hello"), Report(TWO, b"bye"), Report(ONE, b"hello some, and more")]
    assert list(sends.bounces(reports)) == [
        Bounce(b"hello some", ONE), Bounce(b"hello all", TWO), Bounce(b"", TWO), Bounce(b"hello some", ONE),
    ]  # fmt: skip


def test_only_the_last_are_remembered() -> None:
    """Older runs are dropped, but the last run is remembered whole."""
    sends = RecentSends()
    sends.remember([b"first"], (ONE,), ())
    sends.remember([b"%d" % number for number in range(2 * MAX_REMEMBERED)], (ONE,), ())
    assert [bounce.payload for bounce in sends.bounces([Report(ONE, b"first"), Report(ONE, b"0")])] == [b"", b"0"]
