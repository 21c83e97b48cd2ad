"""Plain lines in a row are handled together, and give what they give one by one."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.commands.talk import Said
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine import chat as machine
from udpchat.domain.machine.chat import LONG, Chat
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms import state
from udpchat.domain.rooms.audience import Delivery, InRoom
from udpchat.domain.rooms.inputs import Input, Rules, Started, Unreachable
from udpchat.domain.rooms.requests import Hello, Numbered, Places, Request, Since
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line, LineTooLong

SERVER, *CLIENTS = (peer(port=port) for port in range(9, 5, -1))
PLAIN = ["good morning", "\N{EURO SIGN}uro and cent", "x" * (LONG - 1), "x" * LONG, "x" * 5000]
OTHER: list[Line | Unreachable] = [
    "",
    "ok",
    "help",
    "/msg",
    "//quoted",
    "msg a hello",
    "/join kitchen",
    "/leave",
    "/nick annax",
    "/ignore annax",
    "/away",
    "/bell on",
    "/op ann 1",
    "/op ann 2",
    "/mute annax 5m",
    "/unmute annax",
    "/kick annax",
    "/ban annax 1h",
    "/wipe annax",
    "/slow 9",
    "/hush on",
    "/hush off",
    "/quit",
    LineTooLong(9, 8),
    Unreachable(),
]
ASKED: list[Request] = [Hello(), Numbered("good morning"), Since(Places((("lobby", 0), ("kitchen", 2))))]
lines = st.one_of(st.sampled_from(PLAIN), st.sampled_from(PLAIN), st.sampled_from(OTHER), st.sampled_from(ASKED))
told = st.lists(st.tuples(st.sampled_from(CLIENTS), lines, st.floats(0, 9e5)), max_size=40)


def one_by_one(chat: Chat, inputs: list[Input]) -> list[Delivery]:
    """Return the deliveries of all inputs."""
    return [delivery for each in inputs for delivery in chat.handle(each)]


def in_rows(chat: Chat, inputs: list[Input], most: int) -> list[Delivery]:
    """Return the same, where at most so many lines are handled together."""
    found: list[Delivery] = []
    waiting = deque(inputs)
    while waiting:
        first = waiting.popleft()
        row = chat.say(first, waiting, most)
        if row is None:
            found += chat.execute(first)
            continue
        room, said = row
        assert len(said) <= most
        found += [(room, each) for each in said]
    return found


@given(told, st.integers(1, 9), st.sampled_from([ROOMS_SINCE - 1, GRAMMAR]), st.integers(1, 5), st.integers(0, 9))
def test_a_row_gives_what_its_lines_give(
    drawn: list[tuple[Address, Line | Unreachable | Request, float]], most: int, grammar: int, keep: int, days: int
) -> None:
    """The same deliveries and the same state, wherever a row ends: at other inputs, rooms, bounds and long lines."""
    rules = Rules(history_keep=keep, history_days=days, history_bytes=1000, log_events=keep)
    inputs = [Input(0.0, 0, SERVER, Started(rules, grammar=grammar))]
    inputs += [Input(at, number, client, line) for number, (client, line, at) in enumerate(drawn)]
    with pytest.MonkeyPatch.context() as patch:
        for module in (machine, state):
            patch.setattr(module, "MEASURED", 7)
        alone, together = Chat(ChatState(NAMES)), Chat(ChatState(NAMES))
        assert in_rows(together, inputs, most) == one_by_one(alone, inputs)
    assert snapshot(together.state) == snapshot(alone.state)
    told = [
        [(room.told and (room.told.first, room.told.events)) for room in chat.state.rooms] for chat in (together, alone)
    ]
    assert told[0] == told[1]
    last = [[each.place.last for each in chat.state.roster] for chat in (together, alone)]
    assert last[0] == last[1]


def test_a_row_ends_where_it_must() -> None:
    """A row has the lines of one room up to a bound. A long line may only begin one."""
    chat = Chat(ChatState(NAMES))
    one_by_one(chat, [Input(0.0, 0, SERVER, Started(Rules(), grammar=GRAMMAR)), Input(0.0, 1, CLIENTS[0], "hello all")])
    long, short = (Input(0.0, 2, CLIENTS[0], line) for line in ("x" * LONG, "good morning"))
    for expected, waiting in (([short] * 4, [short] * 6), ([long, short], [long, short, long]), ([short], [short])):
        first, *rest = waiting
        following = deque(rest)
        assert chat.say(first, following, 4) == (
            InRoom("lobby"),
            [Said(chat.state.roster.members[CLIENTS[0]].nickname, str(each.line)) for each in expected],
        )
        assert [first, *rest] == [*expected, *following]


def test_a_bug_costs_the_line_that_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines before it are said, and it is the next to be handled: then the bug is raised."""
    chat = Chat(ChatState(NAMES))
    one_by_one(chat, [Input(0.0, 1, CLIENTS[0], "hello all")])
    lines = deque(Input(0.0, 2, CLIENTS[0], line) for line in ("good morning", "trip over this", "good evening"))

    def sabotaged(*fields: Any) -> Said:
        if fields[1] == "trip over this":
            raise RuntimeError(fields[1])
        return Said(*fields)

    monkeypatch.setattr(machine, "Said", sabotaged)
    row = chat.say(lines.popleft(), lines, 9)
    assert row is not None
    assert [each.text for each in row[1]] == ["good morning"]
    assert len(lines) == 2
    with pytest.raises(RuntimeError):
        chat.say(lines.popleft(), lines, 9)
    row = chat.say(lines.popleft(), lines, 9)
    assert row is not None
    assert [each.text for each in row[1]] == ["good evening"]
