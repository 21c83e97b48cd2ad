"""Which clients are gone."""

from __future__ import annotations

from tests.domain.peers import peer
from udpchat.domain.admission.reachability import MAX_PROBE, Suspects


def test_the_second_report_confirms_the_first() -> None:
    """One report makes a suspect, and the next one in time confirms that it is gone. Then counting starts again."""
    suspects = Suspects()
    assert [suspects.report(peer(), now) for now in (0, 1, 2, 2 + MAX_PROBE, 20)] == [None, 0, None, 0, None]


def test_an_old_report_confirms_nothing() -> None:
    """A report does not confirm one that is too old, or one about another address."""
    suspects = Suspects()
    assert suspects.report(peer(port=1), 0) is None
    assert suspects.report(peer(port=2), 0) is None
    assert suspects.report(peer(port=1), MAX_PROBE + 1) is None


def test_a_client_that_is_gone_received_the_lines_before_the_first_report() -> None:
    """These are the lines that the room had at the tick before the last one, whatever follows the first report."""
    suspects = Suspects()
    suspects.start(5)
    assert suspects.report(peer(port=1), 0) is None
    suspects.tick(1, 7, lambda _: True)
    assert suspects.report(peer(port=2), 1) is None
    suspects.tick(2, 9, lambda _: True)
    assert suspects.report(peer(port=3), 2) is None
    assert [suspects.report(peer(port=port), 3) for port in (1, 2, 3)] == [5, 5, 7]


def test_in_a_new_room_nothing_was_received() -> None:
    """Before the first messages, the number of those that were received is 0, at any tick."""
    suspects = Suspects()
    for now in range(3):
        assert [suspects.report(peer(), now), suspects.report(peer(), now)] == [None, 0]
        suspects.tick(now + 1, 0, lambda _: True)


def test_suspects_are_forgotten() -> None:
    """A suspect that sends something or leaves, or whose report is old, is forgotten, so the table stays small."""
    suspects = Suspects()
    for port in (1, 2, 3):
        suspects.report(peer(port=port), port * 5)
    suspects.clear(peer(port=1))
    suspects.clear(peer(port=1))
    assert len(suspects.known) == 2
    suspects.tick(10, 0, lambda address: address != peer(port=3))
    suspects.tick(10 + MAX_PROBE, 0, lambda _: True)
    assert len(suspects.known) == 1
    suspects.tick(21, 0, lambda _: True)
    assert len(suspects.known) == 0
