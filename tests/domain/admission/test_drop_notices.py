"""When clients are notified of dropped lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.admission.gates import gate, replies, send
from tests.domain.peers import Peer, peer
from udpchat.domain.address import Address
from udpchat.domain.admission.drop_notices import MAX_FLOOD, MAX_NOTICES, QUIET, DropNotices
from udpchat.domain.admission.notices import SlowDown
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.audience import Only
from udpchat.domain.text.lines import count_filled_lines


def test_a_page_is_admitted_and_a_flood_is_answered() -> None:
    """60 lines pass at once; of 100 the rest is dropped, and the sender is notified once, when the flood is over."""
    admission = gate()
    page = b"".join(b"line %d\n" % number for number in range(60))
    assert send(admission, page) == page
    assert send(admission, page, now=1) == page[: len(b"line 0\n") * 10 - 1]
    for now in (2.0, 3.0):
        send(admission, b"x\n" * 20, now=now)
        admission.tick(now, lambda _: True)
        assert replies(admission) == []
    admission.tick(3.0 + QUIET, lambda _: True)
    assert replies(admission) == [(peer(), b"error - slow down, 70 lines were not sent\n")]
    admission.tick(60.0, lambda _: True)
    assert replies(admission) == []
    assert admission.drops == {DropReason.CLIENT_RATE: 70}


@given(
    drops=st.lists(
        st.tuples(
            st.integers(0, 12).map(lambda quarters: quarters / 4),
            st.sampled_from([peer(port=1), peer(port=2)]),
            st.integers(1, 9),
        ),
        max_size=15,
    )
)
def test_every_dropped_line_is_told_once_after_its_flood(drops: list[tuple[float, Peer, int]]) -> None:
    """The notices have all dropped lines together, each line once, and none comes in the middle of a short flood."""
    notices, now, told = DropNotices(), 0.0, 0
    last: dict[Address, float] = {}

    def tick() -> int:
        due = [(address, notice) for address, notice in notices.due(now) if not isinstance(address, Only)]
        assert all(now - last[address] >= QUIET for address, _ in due)
        return sum(notice.lines for _, notice in due)

    for pause, address, lines in drops:
        now += pause
        told += tick()
        notices.add(address, lines, now)
        last[address] = now
    now += QUIET
    assert told + tick() == sum(lines for _, _, lines in drops)
    assert not notices.floods


def test_a_flood_without_an_end_is_told_from_time_to_time() -> None:
    """Its client is notified after a minute of it, and counting starts again."""
    notices = DropNotices()
    assert MAX_FLOOD == 60
    for second in range(60):
        notices.add(peer(), 1, float(second))
        assert notices.due(float(second)) == []
    assert notices.due(60) == [(peer(), SlowDown(60))]
    notices.add(peer(), 1, MAX_FLOOD)
    assert notices.due(MAX_FLOOD) == []
    assert notices.due(MAX_FLOOD + QUIET) == [(peer(), SlowDown(1))]


def test_so_many_floods_end_at_once() -> None:
    """Each client is notified in turn; none waits until all notices are made."""
    notices = DropNotices()
    for port in range(1, 2 * MAX_NOTICES + 2):
        notices.add(peer(port=port), port, 0.0)
    parts = [notices.due(QUIET) for _ in range(4)]
    assert [len(part) for part in parts] == [MAX_NOTICES, MAX_NOTICES, 1, 0]
    assert [notice.lines for part in parts for _, notice in part] == list(range(1, 2 * MAX_NOTICES + 2))


def test_a_client_that_is_forgotten_starts_again() -> None:
    """Nothing is left of its dropped lines."""
    notices = DropNotices()
    notices.add(peer(), 1, 0.0)
    notices.forget(peer())
    notices.forget(peer())
    assert notices.due(QUIET) == []
    notices.add(peer(), 1, QUIET)
    assert notices.due(2 * QUIET) == [(peer(), SlowDown(1))]


@given(st.lists(st.text("ab \t\r\v\f\u00a0", max_size=4).map(str.encode), max_size=80))
def test_blank_lines_do_not_count(lines: list[bytes]) -> None:
    """A notice counts the lines that have something in them: wherever blank ones are, and whatever was admitted."""
    admission = gate(rate=1)
    payload = b"\n".join(lines)
    admitted = send(admission, payload)
    admission.tick(QUIET, lambda _: True)
    missing = count_filled_lines(payload) - (count_filled_lines(admitted) if isinstance(admitted, bytes) else 0)
    said = b"1 line was" if missing == 1 else b"%d lines were" % missing
    expected = [(peer(), b"error - slow down, " + said + b" not sent\n")] if missing else []
    assert replies(admission) == expected
