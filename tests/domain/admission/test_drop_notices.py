"""When clients are notified of dropped lines."""

from __future__ import annotations

from tests.domain.admission.gates import gate, replies, send
from tests.domain.peers import peer
from udpchat.domain.admission.drop_notices import NOTICE_INTERVAL, DropNotices
from udpchat.domain.admission.notices import SlowDown
from udpchat.domain.drop_reason import DropReason


def test_a_page_is_admitted_and_a_flood_is_answered() -> None:
    """60 lines pass at once; of 100 the rest is dropped, and the sender is notified at once, then every 5 s at most."""
    admission = gate()
    page = b"".join(b"line %d\n" % number for number in range(60))
    assert send(admission, page) == page
    assert send(admission, page, now=1) == page[: len(b"line 0\n") * 10 - 1]
    assert replies(admission) == [(peer(), b"error - slow down, 50 lines were not sent\n")]
    for now in (2.0, 3.0):
        send(admission, b"x\n" * 20, now=now)
        admission.tick(now, lambda _: True)
        assert replies(admission) == []
    admission.tick(6.0, lambda _: True)
    assert replies(admission) == [(peer(), b"error - slow down, 20 lines were not sent\n")]
    admission.tick(60.0, lambda _: True)
    assert replies(admission) == []
    assert admission.drops == {DropReason.CLIENT_RATE: 70}


def test_each_client_has_its_own_interval() -> None:
    """Notices that were too early become due in the order in which their lines were dropped."""
    notices = DropNotices()
    assert notices.add(peer(port=1), 1, 0) == SlowDown(1)
    assert notices.add(peer(port=2), 2, 1) == SlowDown(2)
    assert notices.add(peer(port=2), 3, 2) is None
    assert notices.add(peer(port=1), 4, 3) is None
    assert notices.add(peer(port=2), 5, 4) is None
    assert notices.due(NOTICE_INTERVAL - 0.1) == []
    assert notices.due(NOTICE_INTERVAL) == [(peer(port=1), SlowDown(4))]
    assert notices.due(NOTICE_INTERVAL + 1) == [(peer(port=2), SlowDown(8))]


def test_a_client_that_is_forgotten_starts_again() -> None:
    """Neither its dropped lines nor the time of its last notice are left."""
    notices = DropNotices()
    notices.add(peer(), 1, 0)
    notices.add(peer(), 1, 0)
    notices.forget(peer())
    notices.forget(peer())
    assert notices.due(NOTICE_INTERVAL) == []
    assert notices.add(peer(), 1, 0) == SlowDown(1)
