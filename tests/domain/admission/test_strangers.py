"""What strangers must send, and how little they are sent."""

from __future__ import annotations

import re
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.admission.gates import CHALLENGE, GLOBAL, gate, replies, send
from tests.domain.peers import Peer, peer
from tests.wire.test_admission import SENTENCES
from udpchat.domain.address import Scope
from udpchat.domain.admission import challenge, strangers
from udpchat.domain.admission.challenge import VALID_WINDOWS
from udpchat.domain.admission.notices import Asked
from udpchat.domain.admission.policy import BURST_SECONDS, Mode
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.keyed_hash import keyed_hash
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.entry import ServerClosed


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("mode", ["open", "auto", "code"])
def test_which_strangers_must_send_a_code(mode: Mode, scope: Scope) -> None:
    """By default, strangers with global addresses must; with `code` all must, with `open` none."""
    admission = gate(admission=mode)
    asked = mode == "code" or (mode == "auto" and scope is Scope.GLOBAL)
    outcome = send(admission, b"hello everybody\n", peer(scope))
    assert outcome == (DropReason.CODE_ASKED if asked else b"hello everybody\n")
    assert len(admission) == (not asked)
    assert [line for _, line in replies(admission)] == (
        [b"to join, type: /enter %s\n" % CHALLENGE.code(peer(scope), 0).encode()] if asked else []
    )


STUN = b"\x00\x01\x00\x10\x21\x12\xa4\x42\n/quit\nhell\x00\x06\x00\x0ahello:abcd\x00\x00"  # bytes 8 to 19 are random


@pytest.mark.parametrize("mode", ["open", "auto", "code"])
def test_what_a_web_page_makes_a_browser_send_is_no_stranger(mode: Mode) -> None:
    """WebRTC sends STUN (RFC 8489) wherever a page says, with words of the page: it lets nobody in, and is not said."""
    admission = gate(admission=mode)
    types = [b"\x00\x01", b"\x01\x01", b"\x01\x11", b"\x00\x03", b"\x00\xff", b"\x03\xff"]
    for kind in types:
        assert send(admission, kind + STUN[2:], peer(Scope.LOOPBACK)) == DropReason.STUN
    assert admission.drops[DropReason.STUN] == len(types)
    assert (len(admission), replies(admission)) == (0, [])
    assert send(admission, b"@@@" + STUN[3:], peer(Scope.LOOPBACK)) != DropReason.STUN


@pytest.mark.parametrize(
    "form",
    [
        *(b"/enter %s\n", b"/enter %s", b" /ENTER  %s and more\nhello\n", b"\n/Enter\t%s\r\n"),
        *(b"\x1b[A/enter %s\n", b"/enter \x1b[200~%s\x1b[201~\n"),  # keys, and a code that was pasted
    ],
)
def test_a_stranger_that_sends_the_code_is_let_in(form: bytes) -> None:
    """A stranger that sends the code of its address is let in with the whole datagram, and needs no code later."""
    admission = gate()
    payload = form % CHALLENGE.code(GLOBAL, 0).upper().encode()
    assert send(admission, payload, GLOBAL, 60) == payload
    assert send(admission, b"hello\n", GLOBAL, 5000) == b"hello\n"
    assert GLOBAL in admission


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_code_in_utf_16_lets_in(encoding: str) -> None:
    """A stranger whose terminal writes UTF-16 is let in by its code as well."""
    payload = f"\ufeff/enter {CHALLENGE.code(GLOBAL, 0)}\r\n".encode(encoding)
    assert send(gate(), payload, GLOBAL) == payload


@pytest.mark.parametrize(
    "payload", [b"/enter", b"/enter\n", b"/enter abcdef", b"enter CODE", b"/nick CODE", b"/enter x CODE"]
)
def test_a_stranger_that_sends_anything_else_is_asked_again(payload: bytes) -> None:
    """Neither another text than the code, nor the code in another place, nor that of another address lets anyone in."""
    admission = gate()
    payload = payload.replace(b"CODE", CHALLENGE.code(GLOBAL, 0).encode())
    assert send(admission, payload, GLOBAL) is DropReason.CODE_ASKED
    payload = b"/enter " + CHALLENGE.code(peer(Scope.GLOBAL, port=2), 0).encode()
    assert send(admission, payload, GLOBAL) is DropReason.CODE_ASKED
    assert len(admission) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.binary(max_size=40)), max_size=30))
def test_strangers_are_sent_at_most_three_times_what_they_sent(sent: list[tuple[int, bytes]]) -> None:
    """An unproven address is sent at most three bytes for each that came from it, and nothing is stored about it."""
    admission = gate()
    allowed = dict.fromkeys((1, 2, 3), 0)
    for port, payload in sent:
        assert isinstance(send(admission, payload, peer(Scope.GLOBAL, port=port)), DropReason)
        allowed[port] += MAX_AMPLIFICATION * len(payload)
        for address, sentence in replies(admission):
            assert isinstance(address, Peer)
            allowed[address.port] -= len(sentence)
        assert min(allowed.values()) >= 0
        assert len(admission) == 0


@pytest.mark.parametrize(
    ("size", "reply"), [(4, rb""), (5, rb"/enter \w{6}\n"), (10, rb"to join, type: /enter \w{6}\n")]
)
def test_short_lines_get_short_answers(size: int, reply: bytes) -> None:
    """From 10 bytes on the answer is the whole sentence, from 5 on the line to type, below that nothing."""
    admission = gate()
    send(admission, b"x" * size, GLOBAL)
    assert re.fullmatch(reply, b"".join(sentence for _, sentence in replies(admission)))


@pytest.mark.parametrize("event", [each.event for each in SENTENCES if isinstance(each.event, Asked)], ids=str)
def test_the_size_of_an_answer(event: Asked) -> None:
    """What is compared with the allowance is what is sent, to the byte."""
    assert event.size == len(b"".join(render(event, MIN_DATAGRAM)))


def test_the_number_of_answers_and_of_checked_codes_is_limited() -> None:
    """A flood from forged addresses gets a limited number of answers, and tries a limited number of codes."""
    admission = gate(code_rate=10)
    outcomes = [send(admission, b"hello everybody\n", peer(Scope.GLOBAL, number), 1) for number in range(100)]
    assert outcomes.count(DropReason.CODE_ASKED) == len(admission.replies()) == 60
    assert outcomes.count(DropReason.CODE_RATE) == 40
    right = b"/enter %s\n" % CHALLENGE.code(GLOBAL, 1).encode()
    other, last = peer(Scope.GLOBAL, 101), b"/enter %s\n" % CHALLENGE.code(peer(Scope.GLOBAL, 101), 1).encode()
    for _ in range(59):
        send(admission, b"/enter wrong\n", GLOBAL, 1)
    assert send(admission, last, other, 1) == last
    assert send(admission, right, GLOBAL, 1) is DropReason.CODE_RATE
    assert send(admission, right, GLOBAL, 2) == right
    assert admission.drops == {DropReason.CODE_ASKED: 60, DropReason.CODE_RATE: 100}


@given(st.sampled_from(["open", "auto"]), st.lists(st.tuples(st.floats(0, 2), st.sampled_from(Scope)), max_size=60))
def test_joins_without_a_code_have_a_budget(mode: Mode, comes: list[tuple[float, Scope]]) -> None:
    """Of all who come, a burst and the rate join without a code; the others join with one, whatever their network."""
    admission, now, free = gate(admission=mode, join_rate=1, code_rate=0), 0.0, 0
    for port, (step, scope) in enumerate(comes):
        now += step
        stranger = peer(scope, port, port)
        outcome = send(admission, b"hello everybody\n", stranger, now)
        if outcome == b"hello everybody\n":
            free += 1
            assert free <= BURST_SECONDS + now + 1e-6
            continue
        assert outcome is DropReason.CODE_ASKED
        assert free >= BURST_SECONDS or (mode == "auto" and scope is Scope.GLOBAL)
        entering = b"/enter %s\n" % CHALLENGE.code(stranger, now).encode()
        assert send(admission, entering, stranger, now) == entering
    assert len(admission) == len(comes)


WRONG, NO_CODE = b"/enter xxxxxx\n", b"hello there, I am new\n"


@given(st.sampled_from(["open", "auto", "code"]), st.sampled_from(Scope), st.integers(0, 8))
def test_a_code_is_called_invalid_only_if_it_is(mode: Mode, scope: Scope, joined: int) -> None:
    """Whatever makes the server ask for a code: only who sent one that is not its own reads that."""
    admission = gate(admission=mode, join_rate=1)
    for port in range(joined):
        send(admission, b"\n", peer(port=port))
    for payload, words in ((WRONG, b"error - invalid code"), (NO_CODE, b"to join")):
        admission.replies()
        if send(admission, payload, peer(scope, 99, 99)) is DropReason.CODE_ASKED:
            assert replies(admission)[0][1].startswith(words)


def test_a_class_joins_at_once() -> None:
    """300 strangers of one building, behind five addresses, all join at once without a code."""
    admission = gate()
    assert all(send(admission, b"\n", peer(network=port % 5, port=port)) == b"\n" for port in range(300))
    assert send(admission, b"hello everybody\n", peer(network=6)) is DropReason.CODE_ASKED


def test_a_code_spends_no_join() -> None:
    """Strangers that prove their address do not use up what lets others join without a code."""
    admission = gate(join_rate=1)
    for port in range(50):
        stranger = peer(Scope.GLOBAL, port, port)
        send(admission, b"/enter %s\n" % CHALLENGE.code(stranger, 0).encode(), stranger)
    assert len(admission) == 50
    assert [send(admission, b"hello\n", peer(port=port)) for port in range(7)] == [b"hello\n"] * 6 + [
        DropReason.CODE_ASKED
    ]


@pytest.mark.parametrize("payload", [b"hello everybody\n", b"/enter abcdef\n"])
@pytest.mark.parametrize("mode", ["open", "auto", "code"])
def test_a_refusal_without_an_answer_computes_no_code(mode: Mode, payload: bytes) -> None:
    """However many strangers come, hashes are computed only for the answers and the checks that the rate allows."""
    with patch.object(challenge, "keyed_hash", wraps=keyed_hash) as hashed:
        admission = gate(admission=mode, join_rate=1, code_rate=1)
        for port in range(1000):
            send(admission, payload, peer(port=port, network=port))
    assert hashed.call_count <= BURST_SECONDS * (1 + VALID_WINDOWS)


@pytest.mark.parametrize("scope", [Scope.LOOPBACK, Scope.PRIVATE])
def test_the_last_places_are_for_strangers_that_prove_their_address(scope: Scope) -> None:
    """By default, everybody is asked for a code while the room has four fifths of the clients that it may have."""
    admission = gate(max_clients=10, join_rate=0)
    outcomes = [send(admission, b"hello everybody\n", peer(scope, port, port)) for port in range(20)]
    assert outcomes == [b"hello everybody\n"] * 8 + [DropReason.CODE_ASKED] * 12
    for port in range(10, 20):
        send(admission, b"/enter %s\n" % CHALLENGE.code(peer(scope, port, port), 0).encode(), peer(scope, port, port))
    assert len(admission) == 10
    assert not admission.take_evicted()


@given(
    st.sampled_from(["open", "auto", "code"]),
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([b"\n", b"/help\n", b"hello\n", b"//x", b"\x1b\n", b"code"])),
        max_size=40,
    ),
    st.integers(0, 1),
)
@example("code", [(port, b"code") for port in range(5)], 0)
@example("auto", [(port, b"hello\n") for port in range(4)] + [(5, b"code")], 0)
@example("open", [(port, b"//x") for port in range(4)] + [(5, b"code")], 0)
@example("open", [(port, b"\n") for port in range(4)] + [(3, b"\n"), (5, b"code"), (6, b"code")], 0)
def test_who_makes_room(mode: Mode, sent: list[tuple[int, bytes]], step: int) -> None:
    """A place is taken only in a full room, by a stranger with its code, of one that sent one datagram and no text."""
    admission, now = gate(admission=mode, max_clients=4, join_rate=0, code_rate=0, rate=0), 0
    passed: dict[Peer, list[bytes]] = {}
    for port, text in sent:
        now += step
        sender = peer(network=port, port=port)
        payload = b"/enter %s" % CHALLENGE.code(sender, now).encode() if text == b"code" else text
        before = [each for each in passed if each in admission]
        outcome = send(admission, payload, sender, now)
        evictable = [each for each in before if passed[each] in ([b"\n"], [b"/help\n"], [b"\x1b\n"])]
        evicted = admission.take_evicted()
        assert evicted == [each for each in before if each not in admission]
        if sender in before or len(before) < 4:
            assert not evicted
        elif text == b"code":
            assert evicted == evictable[-1:]
            assert (sender in admission) == bool(evicted)
        else:
            assert not evicted
            assert outcome is (DropReason.CODE_ASKED if evictable or mode == "code" else DropReason.ROOM_FULL)
        if outcome == payload:
            passed.setdefault(sender, [])
            if sender not in before:
                del passed[sender]
                passed[sender] = []
            passed[sender].append(payload if text != b"code" else b"proven")
        assert len(admission) <= 4


def test_the_number_of_refusals_is_limited() -> None:
    """Strangers that find the room full share one limit on answers with strangers that need a code."""
    admission = gate(max_clients=1, code_rate=1)
    for port in range(20):
        send(admission, b"hi", peer(port=port))  # the first is in the room
    assert len(admission.replies()) == 6


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"hello\n", True),
        (b"//list\n", True),
        (b"/me waves\n", True),
        (b"\n/W tyvem psst\n", True),
        (b"/list\nhello\n", True),
        (b"\n", False),
        (b"/list\n/help\n", False),
        (b"/nope hello\n", False),
    ],
)
def test_who_said_something_keeps_its_place(payload: bytes, *, says: bool) -> None:
    """To the room or to one person, by a command or without. A client that said nothing may have to make room."""
    admission = gate()
    send(admission, payload)
    assert (peer() not in admission.quotas.silent) is says


def kept_out(*_: object) -> ServerClosed:
    """Return why nobody may come in."""
    return ServerClosed()


def test_who_is_kept_out_reads_why_once() -> None:
    """After that it reads nothing, and the rate of answers to strangers holds for it too. No quota is opened."""
    admission = gate(code_rate=1)
    admission.keep_out(kept_out)
    for number in range(20):
        assert send(admission, b"hello everybody\n", peer(port=number % 10)) is DropReason.KEPT_OUT
    assert len(replies(admission)) == BURST_SECONDS
    assert len(admission) == 0
    assert send(admission, b"a", peer(port=99)) is DropReason.KEPT_OUT
    assert replies(admission) == []


def test_of_who_was_told_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of many reads why again when it comes back."""
    monkeypatch.setattr(strangers, "MAX_TOLD", 2)
    admission = gate()
    admission.keep_out(kept_out)
    for port in (1, 2, 3, 3, 1):
        send(admission, b"hello everybody\n", peer(port=port))
    assert len(replies(admission)) == 4


def test_who_is_expelled_is_a_stranger() -> None:
    """Its next datagram is judged as that of any stranger. One that has no quota stays one."""
    admission = gate()
    send(admission, b"hello everybody\n", peer())
    admission.expel(peer())
    admission.expel(peer())
    assert len(admission) == 0
    admission.keep_out(kept_out)
    assert send(admission, b"hello everybody\n", peer()) is DropReason.KEPT_OUT


def test_requests_for_proof_are_limited() -> None:
    """As all answers are that nobody paid for. Each is counted."""
    admission = gate(code_rate=1)
    admission.restore(GLOBAL, 0)
    for _ in range(20):
        admission.ask_for_proof(GLOBAL, 0)
    assert len(replies(admission)) == BURST_SECONDS
    assert admission.drops[DropReason.CODE_ASKED] == 20
    admission.prove(GLOBAL, "wrong", 0)
    assert not admission.is_proven(GLOBAL)
