"""Who may be gone."""

from __future__ import annotations

from tests.domain.peers import peer
from udpchat.domain.reachability import MAX_PROBE, Suspects


def test_the_second_report_confirms_the_first() -> None:
    """One report makes a suspect, the next one within the time says it is gone; then it counts anew."""
    suspects = Suspects()
    assert [suspects.confirms(peer(), now) for now in (0, 1, 2, 2 + MAX_PROBE, 20)] == [False, True, False, True, False]


def test_an_old_report_confirms_nothing() -> None:
    """Reports that lie far apart, or of different addresses, are each the first; so are those of a clock gone mad."""
    suspects = Suspects()
    assert not suspects.confirms(peer(port=1), 0)
    assert not suspects.confirms(peer(port=2), 0)
    assert not suspects.confirms(peer(port=1), MAX_PROBE + 1)


def test_who_is_heard_is_no_suspect() -> None:
    """A suspect that speaks or leaves, or whose report is old, is forgotten, so the table is bounded."""
    suspects = Suspects()
    for port in (1, 2, 3):
        suspects.confirms(peer(port=port), port * 5)
    suspects.clear(peer(port=1))
    suspects.clear(peer(port=1))
    assert len(suspects.since) == 2
    suspects.expire(10, lambda address: address != peer(port=3))
    assert len(suspects.since) == 1
    suspects.expire(21, lambda _: True)
    assert len(suspects.since) == 0
