"""Who may speak, and how much."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Address, Scope
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import LINE_BYTES, MAX_GAIN, Admission, Mode, Policy
from udpchat.domain.admission.token_bucket import BURST_SECONDS
from udpchat.domain.datagram import Datagram
from udpchat.domain.dialects.text import render
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.limits import MIN_DATAGRAM

CHALLENGE = Challenge(b"k" * 32)
GLOBAL = peer(Scope.GLOBAL)


def gate(**policy: Any) -> Admission:
    """Return an admission with the defaults but for what is given."""
    return Admission(attrs.evolve(Policy(), **policy), CHALLENGE, DropCounts())


def replies(admission: Admission) -> list[tuple[Address, bytes]]:
    """Return what the gate has to say, as text clients read it."""
    return [(address, line) for address, event in admission.replies() for line in render(event, MIN_DATAGRAM)]


def says(admission: Admission, payload: bytes, sender: Peer | None = None, now: float = 0.0) -> bytes | DropReason:
    """Send a datagram through the gate."""
    return admission.admit(Datagram(payload, sender or peer()), now)


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("mode", ["open", "auto", "code"])
def test_who_is_asked_for_a_code(mode: Mode, scope: Scope) -> None:
    """By default strangers from global space are asked; `code` asks everybody, `open` nobody."""
    admission = gate(admission=mode)
    asked = mode == "code" or (mode == "auto" and scope is Scope.GLOBAL)
    outcome = says(admission, b"hello everybody\n", peer(scope))
    assert outcome == (DropReason.CODE_ASKED if asked else b"hello everybody\n")
    assert len(admission) == (not asked)
    assert [line for _, line in replies(admission)] == (
        [b"to join, type: /enter %s\n" % CHALLENGE.code(peer(scope), 0).encode()] if asked else []
    )


@pytest.mark.parametrize("form", [b"/enter %s\n", b"/enter %s", b" /ENTER  %s and more\nhello\n", b"\n/Enter\t%s\r\n"])
def test_who_brings_the_code_is_in(form: bytes) -> None:
    """A stranger with the code of its address is let in, with all of the datagram, and stays in."""
    admission = gate()
    payload = form % CHALLENGE.code(GLOBAL, 0).upper().encode()
    assert says(admission, payload, GLOBAL, 60) == payload
    assert says(admission, b"hello\n", GLOBAL, 5000) == b"hello\n"
    assert GLOBAL in admission


@pytest.mark.parametrize(
    "payload", [b"/enter", b"/enter\n", b"/enter abcdef", b"enter CODE", b"/nick CODE", b"/enter x CODE"]
)
def test_who_brings_something_else_is_asked_again(payload: bytes) -> None:
    """Anything but the code in its place leaves a stranger outside; so does the code of another address."""
    admission = gate()
    payload = payload.replace(b"CODE", CHALLENGE.code(GLOBAL, 0).encode())
    assert says(admission, payload, GLOBAL) is DropReason.CODE_ASKED
    payload = b"/enter " + CHALLENGE.code(peer(Scope.GLOBAL, port=2), 0).encode()
    assert says(admission, payload, GLOBAL) is DropReason.CODE_ASKED
    assert len(admission) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.binary(max_size=40)), max_size=30))
def test_strangers_get_no_more_than_threefold(sent: list[tuple[int, bytes]]) -> None:
    """An unproven address gets at most three bytes for each that came from it, and leaves nothing behind."""
    admission = gate()
    gained = dict.fromkeys((1, 2, 3), 0)
    for port, payload in sent:
        assert isinstance(says(admission, payload, peer(Scope.GLOBAL, port=port)), DropReason)
        gained[port] += MAX_GAIN * len(payload)
        for address, sentence in replies(admission):
            assert isinstance(address, Peer)
            gained[address.port] -= len(sentence)
        assert min(gained.values()) >= 0
        assert len(admission) == 0


@pytest.mark.parametrize(
    ("size", "reply"), [(4, rb""), (5, rb"/enter \w{6}\n"), (10, rb"to join, type: /enter \w{6}\n")]
)
def test_short_lines_get_short_answers(size: int, reply: bytes) -> None:
    """From 10 bytes on the answer is the whole sentence, from 5 on the line to type, below that nothing."""
    admission = gate()
    says(admission, b"x" * size, GLOBAL)
    assert re.fullmatch(reply, b"".join(sentence for _, sentence in replies(admission)))


def test_only_so_many_strangers_are_answered() -> None:
    """A flood from forged addresses gets a bounded number of answers, and of guesses."""
    admission = gate(code_rate=10)
    outcomes = [says(admission, b"hello everybody\n", peer(Scope.GLOBAL, number), 1) for number in range(100)]
    assert outcomes.count(DropReason.CODE_ASKED) == len(admission.replies()) == 60
    assert outcomes.count(DropReason.CODE_RATE) == 40
    for _ in range(60):
        says(admission, b"/enter wrong\n", GLOBAL, 1)
    right = b"/enter %s\n" % CHALLENGE.code(GLOBAL, 1).encode()
    assert says(admission, right, GLOBAL, 1) is DropReason.CODE_RATE
    assert says(admission, right, GLOBAL, 2) == right
    assert admission.drops == {DropReason.CODE_ASKED: 60, DropReason.CODE_RATE: 101}


def test_a_full_room() -> None:
    """A stranger who finds the room full is told so; when somebody has left and some time has passed, it is let in."""
    admission = gate(max_clients=2)
    for port in (1, 2):
        says(admission, b"hi", peer(port=port))
    assert says(admission, b"hi", peer(port=3)) is DropReason.ROOM_FULL
    assert replies(admission) == [(peer(port=3), b"error - the room is full\n")]
    assert says(admission, b"hi", peer(port=1)) == b"hi"
    assert admission.tick(100, lambda address: address == peer(port=1)) == [peer(port=2)]
    assert says(admission, b"hi", peer(port=3), 100) == b"hi"
    assert len(admission) == 2


def test_a_full_network() -> None:
    """One network has its share of clients, but for loopback; other networks are not touched by that."""
    admission = gate(max_clients_per_prefix=2)
    for port in (1, 2):
        assert says(admission, b"hi", peer(port=port)) == b"hi"
    assert says(admission, b"hi", peer(port=3)) is DropReason.NETWORK_FULL
    assert replies(admission) == [(peer(port=3), b"error - too many clients at your address\n")]
    assert says(admission, b"hi", peer(network=2, port=3)) == b"hi"
    for port in range(1, 100):
        assert says(admission, b"hi", peer(Scope.LOOPBACK, port=port)) == b"hi"


def test_refusals_are_bounded_too() -> None:
    """Strangers in front of a full room share the answers that strangers get."""
    admission = gate(max_clients=1, code_rate=1)
    for port in range(20):
        says(admission, b"hi", peer(port=port))
    assert len(admission.replies()) == 6


def test_leaving_and_coming_back_buys_nothing() -> None:
    """An account is kept until its bucket is full again; then nothing of the client is left."""
    admission = gate()
    assert says(admission, b"x\n" * 60) == b"x\n" * 60
    assert admission.tick(1, lambda _: False) == []
    assert says(admission, b"x\n" * 60, now=1) == b"\n".join([b"x"] * 10)
    assert admission.tick(7, lambda _: False) == [peer()]
    assert len(admission) == 0
    assert peer() not in admission


def test_who_may_be_about_to_be_a_member_stays_known() -> None:
    """Where the journal takes its time, an account is kept for so long after its client was heard."""
    admission = gate()
    says(admission, b"hi", now=1)
    assert admission.tick(7.9, lambda _: False, commit_timeout=5.0) == []
    assert admission.tick(8, lambda _: False, commit_timeout=5.0) == [peer()]
    says(admission, b"hi", now=100)
    assert admission.tick(1, lambda _: False, commit_timeout=5.0) == []
    assert admission.tick(101, lambda _: False) == [peer()]


def test_a_page_goes_through_and_a_flood_is_told() -> None:
    """60 lines pass at once; of 100 the rest is dropped, and the sender is told, then every 5 s at most."""
    admission = gate()
    page = b"".join(b"line %d\n" % number for number in range(60))
    assert says(admission, page) == page
    assert says(admission, page, now=1) == page[: len(b"line 0\n") * 10 - 1]
    assert replies(admission) == [(peer(), b"error - slow down, 50 lines were not sent\n")]
    for now in (2.0, 3.0):
        says(admission, b"x\n" * 20, now=now)
        admission.tick(now, lambda _: True)
        assert replies(admission) == []
    admission.tick(6.0, lambda _: True)
    assert replies(admission) == [(peer(), b"error - slow down, 20 lines were not sent\n")]
    admission.tick(60.0, lambda _: True)
    assert replies(admission) == []
    assert admission.drops == {DropReason.CLIENT_RATE: 70}


def test_what_is_dropped_costs_the_others_nothing() -> None:
    """A flood pays from its own bucket: its network and the server have all but one burst left for others."""
    admission = gate(prefix_rate=20, server_rate=30)
    for _ in range(100):
        says(admission, b"x\n" * 60)
    assert says(admission, b"x\n" * 60, peer(port=2)) == b"x\n" * 60
    assert says(admission, b"x\n" * 60, peer(port=3)) is DropReason.NETWORK_RATE
    assert says(admission, b"x\n" * 60, peer(network=2)) == b"x\n" * 60
    assert says(admission, b"x\n" * 60, peer(network=3)) is DropReason.SERVER_RATE
    assert set(admission.drops) == {DropReason.CLIENT_RATE, DropReason.NETWORK_RATE, DropReason.SERVER_RATE}


def test_bytes_cost_too() -> None:
    """A token pays for so many bytes: long lines run out sooner, but one at a time can always be said."""
    admission = gate()
    line = b"x" * (3 * LINE_BYTES)
    payload = b"\n".join([line] * 21)
    assert says(admission, payload) == b"\n".join([line] * 20)
    longest = b"x" * 65_000
    assert says(admission, longest, peer(port=2)) == longest
    assert says(admission, longest, peer(port=2), 5) is DropReason.CLIENT_RATE
    assert says(admission, longest, peer(port=2), 6) == longest


@given(st.integers(1, 27), st.floats(0, 1e9))
def test_the_longest_line_can_be_said_at_any_rate_and_time(rate: int, now: float) -> None:
    """A line that costs more than a bucket holds takes all of it, and can be said when it is full."""
    admission = gate(rate=rate, prefix_rate=0, server_rate=0)
    longest = b"x" * 65_000
    assert says(admission, longest, now=now) == longest
    assert says(admission, b"x", now=now) is DropReason.CLIENT_RATE
    assert says(admission, longest, now=now + 6.001) == longest


def test_answers_are_paid_for() -> None:
    """What is told to a client alone costs it tokens, so a paste of /list is worth a few of them."""
    admission = gate()
    says(admission, b"/list\n")
    assert not admission.charge(peer(), 80 * LINE_BYTES, 0)
    assert admission.charge(peer(), 20 * LINE_BYTES, 0)
    admission.drop(peer(), 0)
    assert replies(admission) == [(peer(), b"error - slow down, 1 lines were not sent\n")]
    assert says(admission, b"hello\n", now=1) is DropReason.CLIENT_RATE
    assert says(admission, b"hello\n", now=7) == b"hello\n"
    assert not admission.charge(peer(port=9), 100, 0)


def test_rates_of_zero_limit_nothing() -> None:
    """`--rate 0` and its like turn each bucket off."""
    admission = gate(rate=0, prefix_rate=0, server_rate=0, code_rate=0)
    assert says(admission, b"x\n" * 10_000) == b"x\n" * 10_000
    assert says(admission, b"hello everybody", GLOBAL) is DropReason.CODE_ASKED


def test_who_is_idle() -> None:
    """With a timeout, those who sent nothing for so long; without one, nobody ever."""
    for timeout, idle in ((0, []), (100, [peer(port=1)])):
        admission = gate(idle_timeout=timeout)
        says(admission, b"hi", peer(port=1), 0)
        says(admission, b"hi", peer(port=2), 1)
        assert admission.idle(99) == []
        assert admission.idle(100) == idle


@given(
    st.lists(
        st.tuples(
            st.floats(-5, 20),  # the clock's step
            st.integers(1, 4),  # network
            st.integers(1, 4),  # port
            st.integers(0, 100),  # lines
            st.integers(0, 900),  # bytes in each
        ),
        max_size=60,
    )
)
def test_what_passes_is_bounded_by_every_bucket(sent: list[tuple[float, int, int, int, int]]) -> None:
    """Whole lines pass, a beginning of what was sent; of a client, a network, and all, no more than burst and rate."""
    policy = Policy(rate=2, prefix_rate=3, server_rate=5, max_clients=6, max_clients_per_prefix=2)
    admission = Admission(policy, CHALLENGE, DropCounts())
    now = forward = 0.0
    passed: dict[object, int] = {}
    for step, network, port, count, size in sent:
        now, forward = now + step, forward + max(0, step)
        sender, payload = peer(network=network, port=port), (b"x" * size + b"\n") * count
        outcome = says(admission, payload, sender, now)
        if isinstance(outcome, bytes):
            assert payload.startswith(outcome)
            lines = outcome.count(b"\n", 0, -1) + 1
            for payer in (sender, sender.network, None):
                passed[payer] = passed.get(payer, 0) + lines
        for payer, rate in ((sender, 2), (sender.network, 3), (None, 5)):
            assert passed.get(payer, 0) <= rate * (BURST_SECONDS + forward) + 1e-6
        assert len(admission) <= 6
        admission.tick(now, lambda _: False)
    admission.tick(now + 100, lambda _: False)
    assert len(admission) == 0
    assert not admission._shares  # noqa: SLF001 - no other way to see that a table is empty
