"""The key of the server: who is let in by it, and how little a guesser learns."""

from __future__ import annotations

import json
import unicodedata
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.admission.gates import CHALLENGE, GLOBAL, gate, replies, send
from tests.domain.peers import Peer, peer
from udpchat.domain.address import Scope
from udpchat.domain.admission import server_key, spoken
from udpchat.domain.admission.notices import NetworkFull, RoomFull
from udpchat.domain.admission.policy import BURST_SECONDS, Mode
from udpchat.domain.admission.server_key import (
    MAX_KEY_BYTES,
    NETWORK_TRIES,
    SERVER_TRIES,
    KeyTries,
    ServerKey,
    normal_form,
)
from udpchat.domain.admission.spoken import MAX_ENTERING, words_to_enter
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION, REFUSAL_BYTES
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.keyed_hash import keyed_hash
from udpchat.domain.rooms.rooms import MAX_ROOMS_OF_CLIENT

KEY = "correct horse"
RIGHT = b"/enter correct horse"
WRONG = b"/enter swordfish"


def code_of(stranger: Peer, now: float = 0.0) -> bytes:
    """Return the code of a stranger."""
    return CHALLENGE.code(stranger, now).encode()


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("mode", ["open", "auto", "code"])
def test_everybody_needs_the_key(mode: Mode, scope: Scope) -> None:
    """Whatever the network; those that need a code must send it first, in the same line."""
    admission, stranger = gate(KEY, admission=mode), peer(scope)
    needs_code = mode == "code" or (mode == "auto" and scope is Scope.GLOBAL)
    assert send(admission, b"hello everybody", stranger) is (
        DropReason.CODE_ASKED if needs_code else DropReason.KEY_ASKED
    )
    outcome = send(admission, RIGHT, stranger)
    assert outcome == (DropReason.CODE_ASKED if needs_code else RIGHT)
    if needs_code:
        assert send(admission, b"/enter %s" % code_of(stranger), stranger) is DropReason.KEY_ASKED
        both = b"/enter %s correct horse\nhello" % code_of(stranger)
        assert send(admission, both, stranger) == both
    assert stranger in admission
    assert send(admission, b"hello", stranger) == b"hello"


OBJECTS = st.sampled_from([b'{"ping": 1}', b'{"since": {"lobby": 7}}', b'{"hello": {"v": 1}}', b"{}", b"broken", b""])
FORMS = st.sampled_from(
    [b'{"line": "/enter %b"}', b'{"hello": {"v": 1, "enter": "%b"}}', b'{"line": "\\/ENTER %b", "id": 3}']
)


@given(
    st.lists(OBJECTS, max_size=MAX_ENTERING - 1),
    FORMS,
    st.lists(OBJECTS, max_size=20),
    st.sampled_from([KEY, "x"]),
)
def test_a_program_may_send_other_objects_with_the_key(
    before: list[bytes], form: bytes, behind: list[bytes], key: str
) -> None:
    """The key is in a hello, or in the first line, and a few objects may stand in front of it."""
    payload = b"".join(b"\x1e%b\n" % each for each in (*before, form % key.encode(), *behind))
    assert send(gate(KEY), payload) == (payload if key == KEY else DropReason.KEY_WRONG)


def test_a_hello_with_a_key_may_be_long() -> None:
    """It has as many rooms as a client may be in, each with the longest name."""
    long = "k" * MAX_KEY_BYTES
    rooms = {f"{number:\U0001f980>24}": 2**53 - 1 for number in range(MAX_ROOMS_OF_CLIENT)}
    hello = {"v": 1, "nick": "\U0001f980" * 24, "session": "k" * 40, "rooms": rooms, "own": 2**53 - 1, "enter": long}
    payload = b"\x1e%b\n" % json.dumps({"hello": hello}, ensure_ascii=False).encode()
    assert send(gate(long), payload) == payload


def test_what_only_looks_like_a_key() -> None:
    """A name has none, nor has a line that says something else; and one that stands too far behind is none."""
    hello = b'\x1e{"hello": {"v": 1, "nick": "center"}}'
    assert words_to_enter(hello) == words_to_enter(b'\x1e{"line": "enter horse"}' + hello) == []
    far = b'\x1e{"ping": 1}' * MAX_ENTERING + b'\x1e{"line": "/enter correct horse"}'
    assert words_to_enter(far) == []
    assert words_to_enter(far.removeprefix(b'\x1e{"ping": 1}')) == ["correct", "horse"]


@given(st.lists(OBJECTS, min_size=1, max_size=20))
def test_who_shows_nothing_costs_nothing(objects: list[bytes]) -> None:
    """An address may be forged: objects are read only if one of them may have a code or a key."""
    payload = b"".join(b"\x1e%b\n" % each for each in objects)
    with patch.object(spoken, "decode_one", side_effect=AssertionError):
        assert words_to_enter(payload) == []


def test_whoever_was_in_before_needs_no_key() -> None:
    """A client that the journal has kept is a client."""
    admission = gate(KEY, admission="code")
    admission.restore(GLOBAL, 0.0)
    assert send(admission, b"hello", GLOBAL) == b"hello"


KEYS = [
    ("stra\u00dfe", "STRASSE"),
    ("caf\u00e9", "CAFE\u0301"),
    ("\u0391\u03a3\u03a3", "\u03b1\u03c3\u03c2"),
    ("\u65e5\u672c \u8a9e", "\u65e5\u672c\u3000\u8a9e"),
    ("\uac00", "\u1100\u1161"),
    ("\u65e5" * 60, "\u65e5" * 60),  # longer in UTF-8 than in UTF-16
    ("/x y", "/X  Y"),
    ("x" * MAX_KEY_BYTES, "X" * MAX_KEY_BYTES),
    (" ".join("\u65e5\u672c" * 16), "   ".join("\u65e5\u672c" * 16)),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("key", "typed"), KEYS)
def test_a_key_of_any_script(key: str, typed: str, encoding: str) -> None:
    """Letter case, blanks, and how accents are written do not matter; nor whether the client writes UTF-16."""
    payload = f"/enter {typed}\r\n".encode(encoding)
    assert send(gate(key), payload) == payload
    assert send(gate(key), f"/enter {typed}x".encode(encoding)) is DropReason.KEY_WRONG


@given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=4))
def test_the_normal_form(words: list[str]) -> None:
    """It is the same for the forms of a key, and nothing else is the key."""
    key = ServerKey.of(CHALLENGE.key, " ".join(words))
    typed = " ".join(words).split()
    assert key.accepts(typed)
    for form in ("NFC", "NFD"):
        assert key.accepts(unicodedata.normalize(form, word.casefold()) for word in typed)
    assert not key.accepts([*typed, "x"])
    assert normal_form(normal_form(typed).split()) == normal_form(typed)


def test_a_key_is_compared_in_constant_time() -> None:
    """By hashes of the same length, with the comparison that is made for that; nothing shows the key."""
    key = ServerKey.of(CHALLENGE.key, KEY)
    with patch("hmac.compare_digest", return_value=True) as compared:
        assert key.accepts(["x"])
    one, other = compared.call_args.args
    assert (len(one), len(other)) == (26, 26)
    assert "horse" not in repr(key)
    assert one not in repr(key)
    assert "kkk" not in repr((key, KeyTries(CHALLENGE.key)))


def test_guesses_from_one_network() -> None:
    """Six wrong keys at once and one a second after that are looked at; others from there are not, also the right."""
    admission = gate(KEY)
    outcomes = [send(admission, WRONG, peer(port=port % 3), 0.0) for port in range(20)]
    assert outcomes == [DropReason.KEY_WRONG] * 6 + [DropReason.KEY_RATE] * 14
    assert send(admission, RIGHT, peer()) is DropReason.KEY_RATE
    assert send(admission, RIGHT, peer(network=7)) == RIGHT
    for second in range(1, 100):
        outcomes = [send(admission, WRONG, peer(), float(second)) for _ in range(3)]
        assert outcomes.count(DropReason.KEY_WRONG) == NETWORK_TRIES
    assert send(admission, RIGHT, peer(), 101.0) == RIGHT


@pytest.mark.parametrize("scope", Scope)
@settings(max_examples=50)  # each is long
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0, 500)), max_size=150))
def test_guesses_from_many_sources(scope: Scope, sent: list[tuple[float, int]]) -> None:
    """However many sources guess, with codes or without, at most so many keys are compared in any time."""
    admission, now, compared = gate(KEY, code_rate=0), 0.0, 0
    for step, number in [(0.0, port) for port in range(100)] + sent:
        now += step
        guesser = peer(scope, network=number, port=number)
        guess = b"/enter %s swordfish" % code_of(guesser, now) if number % 2 else WRONG
        compared += send(admission, guess, guesser, now) is DropReason.KEY_WRONG
        assert compared <= SERVER_TRIES * (BURST_SECONDS + now) + 1e-6
    assert len(admission) == 0


def test_a_class_is_not_limited() -> None:
    """Right keys are not counted: 300 people behind five addresses join at once."""
    admission = gate(KEY)
    assert all(send(admission, RIGHT, peer(network=port % 5, port=port)) == RIGHT for port in range(300))


def test_forged_guesses_lock_nobody_out() -> None:
    """When half of the tries are used up, strangers must prove their address; those who do have the other half."""
    admission = gate(KEY, code_rate=0)
    outcomes = [send(admission, WRONG, peer(network=port, port=port)) for port in range(100)]
    assert outcomes.count(DropReason.KEY_WRONG) == 30
    assert outcomes.count(DropReason.CODE_ASKED) == 70
    honest = peer(network=200)
    assert send(admission, RIGHT, honest) is DropReason.CODE_ASKED
    both = b"/enter %s correct horse" % code_of(honest)
    assert send(admission, both, honest) == both


@given(
    st.lists(st.tuples(st.integers(1, 3), st.binary(max_size=40) | st.sampled_from([WRONG, b"/enter", b"/enter x"])))
)
@pytest.mark.parametrize("scope", [Scope.PRIVATE, Scope.GLOBAL])
def test_a_forged_source_is_not_sent_much(scope: Scope, sent: list[tuple[int, bytes]]) -> None:
    """At most three bytes for each that came from it, also for guesses, with a code and without; nothing is stored."""
    admission = gate(KEY)
    allowed = dict.fromkeys((1, 2, 3), 0)
    for port, payload in sent:
        stranger = peer(scope, port=port)
        for each in (payload, b"/enter %s %s" % (code_of(stranger), payload)):
            assert isinstance(send(admission, each, stranger), DropReason)
            allowed[port] += MAX_AMPLIFICATION * len(each)
        for address, sentence in replies(admission):
            assert isinstance(address, Peer)
            allowed[address.port] -= len(sentence)
        assert min(allowed.values()) >= 0
        assert len(admission) == 0


def test_the_number_of_answers_is_limited() -> None:
    """Strangers share one limit on answers, whatever is answered; a key is looked at all the same."""
    for payload, reason in (
        (b"hello everybody", DropReason.CODE_RATE),
        (WRONG, DropReason.KEY_WRONG),
        (b"/enter a wrong key", DropReason.KEY_WRONG),
    ):
        admission = gate(KEY, code_rate=1)
        outcomes = [send(admission, payload, peer(network=number, port=number)) for number in range(10)]
        assert len(admission.replies()) == 6
        assert outcomes[6:] == [reason] * 4
    admission = gate(KEY, code_rate=2)
    outcomes = [send(admission, WRONG) for _ in range(20)]
    assert outcomes == [DropReason.KEY_WRONG] * 6 + [DropReason.KEY_RATE] * 14
    assert len(admission.replies()) == 12


def test_a_clock_that_is_set_back() -> None:
    """From then on, guessers wait for twelve seconds at most."""
    tries, network = KeyTries(CHALLENGE.key), peer().network
    for _ in range(1000):
        tries.count(network, 1000.0)
    assert tries.scarce(0.0)
    assert not tries.allows(network, 0.0)
    assert not tries.scarce(13.0)
    assert tries.allows(network, 13.0)


@pytest.mark.parametrize("caps", [{"max_clients": 1}, {"max_clients_per_prefix": 1}])
@pytest.mark.parametrize("size", [1, 13, 14, 30])
def test_a_stranger_that_finds_no_place(caps: dict[str, int], size: int) -> None:
    """It reads why if that has three bytes for each of its own at most."""
    admission = gate(KEY, **caps)
    send(admission, RIGHT + b"\nhello")
    assert send(admission, b"x" * size, peer(port=2)) in {DropReason.ROOM_FULL, DropReason.NETWORK_FULL}
    assert [len(line) <= REFUSAL_BYTES for _, line in replies(admission)] == [True] * (size >= 14)
    assert max(len(line) for event in (RoomFull(), NetworkFull()) for line in render(event, 256)) == REFUSAL_BYTES
    stranger = peer(port=3)
    if "max_clients" in caps:
        assert send(admission, b"/enter %s x" % code_of(stranger), stranger) is DropReason.ROOM_FULL


def test_a_full_room_is_not_opened_by_a_wrong_key() -> None:
    """Nobody makes room for a stranger that proved its address and has no key; and a full room says so first."""
    admission = gate(KEY, max_clients=1)
    assert send(admission, RIGHT, peer(port=1)) == RIGHT
    stranger = peer(port=2)
    assert send(admission, b"/enter %s swordfish" % code_of(stranger), stranger) is DropReason.KEY_WRONG
    assert admission.take_evicted() == []
    both = b"/enter %s correct horse" % code_of(stranger)
    assert send(admission, both, stranger) == both
    assert admission.take_evicted() == [peer(port=1)]
    assert send(admission, RIGHT, peer(port=3)) is DropReason.ROOM_FULL


def test_a_wrong_key_spends_no_join() -> None:
    """Guessers do not use up what lets others join without a code; when it is spent, the key comes behind a code."""
    admission = gate(KEY, join_rate=1)
    for number in range(20):
        send(admission, WRONG, peer(network=number, port=number))
    outcomes = [send(admission, RIGHT, peer(network=number, port=number)) for number in range(20, 27)]
    assert outcomes == [RIGHT] * 6 + [DropReason.CODE_ASKED]


def test_a_refusal_without_a_key_computes_no_hash() -> None:
    """A flood of strangers that type no key costs no comparison of keys."""
    with patch.object(server_key, "keyed_hash", wraps=keyed_hash) as hashed:
        admission = gate(KEY)
        before = hashed.call_count
        for port in range(100):
            send(admission, b"hello everybody", peer(port=port))
    assert hashed.call_count == before
