"""Measure each step of a line by itself, to show which of them became slower. `make bench` runs this."""

from __future__ import annotations

from itertools import cycle

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.unicode import UnicodeTables
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Policy
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.packer import Run
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.look import Look
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.lines import clean_lines
from udpchat.domain.text.nickname import Nickname, NicknameRules

LINE = "what people say is mostly plain, and not much longer than this"
ADDRESS = MemoryAddress("127.0.0.1", 1)
LIMIT = 1400
NAMES = NicknameRules(UnicodeTables())


def room(members: int) -> Chat:
    """Return a chat of the present grammar with members in it."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    for number in range(members):
        chat.handle(Input(0.0, number * 0x9E3779B97F4A7C15 % 2**64, MemoryAddress("127.0.0.1", number), ""))
    return chat


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        "caf\N{LATIN SMALL LETTER E WITH ACUTE} " * 12,
        "\N{WOMAN}\u200d\N{PERSONAL COMPUTER} " * 8,
        "\x1b[31m" * 12,
    ],
    ids=["ascii", "accents", "emoji", "controls"],
)
def test_cleaning(benchmark: BenchmarkFixture, line: str) -> None:
    """Decode and clean a line."""
    benchmark(clean_lines, f"{line}\n".encode(), 8000)


@pytest.mark.parametrize("rate", [1_000_000, 1], ids=["admitted", "dropped"])
def test_admit(benchmark: BenchmarkFixture, rate: int) -> None:
    """Admit or drop a datagram of a client."""
    admission = Admission(Policy(rate=rate, server_rate=0), Challenge(bytes(KEY_BYTES)), DropCounts())
    datagram = (f"{LINE}\n".encode(), ADDRESS)
    times = cycle([number / 1_000_000 for number in range(1000)])
    benchmark(lambda: admission.admit(datagram, next(times)))


def test_admit_strangers(benchmark: BenchmarkFixture) -> None:
    """Drop datagrams from forged addresses."""
    admission = Admission(Policy(), Challenge(bytes(KEY_BYTES)), DropCounts())
    addresses = cycle([MemoryAddress(f"203.0.{number >> 8}.{number & 255}", 9) for number in range(10_000)])
    benchmark(lambda: admission.admit_stranger((b"hello there\n", next(addresses)), 0.0))


def test_keys_of_a_nickname(benchmark: BenchmarkFixture) -> None:
    """Compute the keys by which a nickname is compared, as each join does."""
    benchmark(NAMES.keys, "aBcDe")


@pytest.mark.parametrize(
    "line", [LINE, "/nick somebody", "/unknown", ""], ids=["say", "nick", "unknown command", "blank"]
)
def test_handle(benchmark: BenchmarkFixture, line: str) -> None:
    """Handle a line of a member in a room of 100."""
    chat = room(100)
    benchmark(chat.handle, Input(0.0, 1, ADDRESS, line))


def test_handle_in_a_room_with_bells(benchmark: BenchmarkFixture) -> None:
    """Say a line, in which nobody is named, in a room of 100 where half of the members have their bells on."""
    chat = room(100)
    for number in range(1, 100, 2):
        chat.handle(Input(0.0, 1, MemoryAddress("127.0.0.1", number), "/bell on"))
    benchmark(chat.handle, Input(0.0, 1, ADDRESS, LINE))


def test_handle_list(benchmark: BenchmarkFixture) -> None:
    """List 1,000 members."""
    benchmark(room(1000).handle, Input(0.0, 1, ADDRESS, "/list"))


def test_join_and_quit(benchmark: BenchmarkFixture) -> None:
    """Join and leave a room of 1,000."""
    chat = room(1000)
    stranger = MemoryAddress("127.0.0.2", 1)
    lines = cycle([Input(0.0, 7, stranger, ""), Input(0.0, 7, stranger, "/quit")])
    benchmark(lambda: chat.handle(next(lines)))


@pytest.mark.parametrize("line", [LINE, "word " * 1000], ids=["short", "5,000 bytes"])
def test_rendering(benchmark: BenchmarkFixture, line: str) -> None:
    """Render a line that somebody said."""
    benchmark(render, Said(Nickname("TEDDC"), line), LIMIT)


@pytest.mark.parametrize("look", [Look(color=True), Look(time=120)], ids=["color", "time"])
def test_rendering_in_a_look(benchmark: BenchmarkFixture, look: Look) -> None:
    """Render a line that somebody said, for those who have a look."""
    benchmark(render, Said(Nickname("TEDDC"), LINE), LIMIT, look=look, at=1e9)


def test_packing(benchmark: BenchmarkFixture) -> None:
    """Pack 32 lines for 1,000 members into datagrams."""
    line = f"TEDDC: {LINE}\n".encode()
    run = Run("memory", lambda *_: None, print, LIMIT, room(1000).state.roster)

    def pack() -> None:
        for _ in range(32):
            run.add(line)
        run.flush()

    benchmark(pack)
