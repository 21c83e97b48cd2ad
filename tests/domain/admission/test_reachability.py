"""Who may be gone."""

from __future__ import annotations

from tests.domain.peers import peer
from udpchat.domain.admission.reachability import MAX_PROBE, Suspects


def test_the_second_report_confirms_the_first() -> None:
    """One report makes a suspect, the next one within the time says it is gone; then it counts anew."""
    suspects = Suspects()
    assert [suspects.gone(peer(), now) for now in (0, 1, 2, 2 + MAX_PROBE, 20)] == [None, 0, None, 0, None]


def test_an_old_report_confirms_nothing() -> None:
    """Reports that lie far apart, or of different addresses, are each the first; so are those of a clock gone mad."""
    suspects = Suspects()
    assert suspects.gone(peer(port=1), 0) is None
    assert suspects.gone(peer(port=2), 0) is None
    assert suspects.gone(peer(port=1), MAX_PROBE + 1) is None


def test_who_is_gone_heard_what_was_said_a_second_before_the_first_report() -> None:
    """That is what had been said by the tick before the last one, whatever was said until the second report."""
    suspects = Suspects()
    suspects.start(5)
    assert suspects.gone(peer(port=1), 0) is None
    suspects.tick(1, 7, lambda _: True)
    assert suspects.gone(peer(port=2), 1) is None
    suspects.tick(2, 9, lambda _: True)
    assert suspects.gone(peer(port=3), 2) is None
    assert [suspects.gone(peer(port=port), 3) for port in (1, 2, 3)] == [5, 5, 7]


def test_who_is_heard_is_no_suspect() -> None:
    """A suspect that speaks or leaves, or whose report is old, is forgotten, so the table is bounded."""
    suspects = Suspects()
    for port in (1, 2, 3):
        suspects.gone(peer(port=port), port * 5)
    suspects.clear(peer(port=1))
    suspects.clear(peer(port=1))
    assert len(suspects.known) == 2
    suspects.tick(10, 0, lambda address: address != peer(port=3))
    assert len(suspects.known) == 1
    suspects.tick(21, 0, lambda _: True)
    assert len(suspects.known) == 0
