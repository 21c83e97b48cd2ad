"""What fuzzing found interesting is played again with every run of the tests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import NASTY
from tests.fuzz import connections, programs
from tests.fuzz.harness import Reader, dictionary, pieces, play

PROGRAMS = sorted(Path(__file__).with_name("corpusprograms").iterdir())
CONNECTIONS = sorted(Path(__file__).with_name("corpusconnections").iterdir())
CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())


def test_the_corpus() -> None:
    """Nothing of it breaks anything, and there is much of it."""
    assert len(CORPUS) > 50
    inputs = sum(play(each.read_bytes()).world.inputs for each in CORPUS)
    assert inputs > len(CORPUS)


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    """Nor do any others."""
    play(data)


def test_the_corpus_of_programs() -> None:
    """Nothing of it breaks anything, programs come in, and they are told much."""
    assert len(PROGRAMS) > 20
    rooms = [programs.play(each.read_bytes()) for each in PROGRAMS]
    assert sum(room.chat.state.rooms.lobby.seq for room in rooms) > len(rooms)


@given(st.binary(max_size=300))
def test_any_bytes_of_programs(data: bytes) -> None:
    """Nor do any others."""
    programs.play(data)


def test_the_fuzzer_knows_objects() -> None:
    """What they are made of is in its dictionary."""
    assert '"\\x1e"\n' in programs.dictionary()


def test_the_fuzzer_knows_separators_and_escape_sequences() -> None:
    """They are in its dictionary, and its bytes choose among them in UTF-8 and in UTF-16 of both byte orders."""
    assert '"\\x1b\\x5b\\x41"\n' in dictionary()
    assert '"\\x0b"\n' in dictionary()
    said = NASTY[3] + NASTY[5]
    assert pieces(Reader(b"\x00\x02\x03\x05")) == said.encode()
    assert pieces(Reader(b"\x02\x02\x03\x05")) == f"\ufeff{said}".encode("utf-16-le")
    assert pieces(Reader(b"\x03\x02\x03\x05")) == f"\ufeff{said}".encode("utf-16-be")


def test_the_corpus_of_connections() -> None:
    """What begins as something else is never chat, text is the same in any pieces, and what is kept is bounded."""
    assert len(CONNECTIONS) > 20
    rooms = [connections.play(each.read_bytes()) for each in CONNECTIONS]
    assert sum(len(each.payloads) for room in rooms for each in room.everybody) > 20
    assert {carrier for room in rooms for each in room.everybody for carrier, _ in each.payloads} == {
        "tcp",
        "websocket",
    }


@given(st.binary(max_size=200))
def test_any_bytes_over_connections(data: bytes) -> None:
    """Nor does it depend on what else is sent."""
    connections.play(data)


def test_the_fuzzer_knows_first_lines() -> None:
    """What HTTP, TLS, IRC, JSON, telnet and WebSockets begin with is in its dictionary."""
    words = connections.dictionary()
    for word in (b" HTTP/1.1", b"\x16\x03\x01", b"NICK ", b"\x1e", b"\xff\xfd\x06", b"Upgrade: websocket\r\n"):
        assert "".join(f"\\x{byte:02x}" for byte in word) in words
