"""Messages that are too old, where the clock may have been wrong."""

from __future__ import annotations

from collections import deque
from itertools import accumulate, combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.talk import Said
from udpchat.domain.grammar import AGES_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.history import ages
from udpchat.domain.rooms.history.ages import Ages
from udpchat.domain.rooms.history.log import DAY, Log
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

DAYS = 3
SERVER, ONE = peer(port=12000), peer(port=1)

times = st.integers(0, 10).map(lambda number: 25.0 * number)  # seconds
pauses = st.lists(st.floats(0.0, 2.0), min_size=1, max_size=30)  # days before each line
errors = st.floats(100.0, 20_000.0) | st.floats(-20_000.0, -100.0)  # days: up to fifty years
spans = st.tuples(st.integers(0, 29), st.integers(0, 12))  # where a clock begins to be wrong, and for how many lines


def room(grammar: int = AGES_SINCE) -> Chat:
    """Return a chat that shows the lines of the last days."""
    chat = Chat(ChatState(NAMES))
    chat.handle(Input(0.0, 0, SERVER, Started(Rules(history_days=DAYS), grammar=grammar)))
    return chat


def shown(chat: Chat, day: float, words: str = "/history 1000") -> list[int]:
    """Return the numbers of the lines that a member is shown on a day."""
    ((_, event),) = chat.handle(Input(day * DAY, 1, ONE, words))
    return [int(each.text) for each in event.messages] if isinstance(event, HistoryShown) else []


@given(pauses, st.floats(0.0, 10.0))
def test_with_a_right_clock_the_age_of_each_line_counts(pauses: list[float], later: float) -> None:
    """A line is shown for so many days."""
    chat, days = room(), list(accumulate(pauses))
    for number, day in enumerate(days):
        chat.handle(Input(day * DAY, 1, ONE, str(number)))
    now = days[-1] + later
    expected = [number for number, day in enumerate(days) if day * DAY >= now * DAY - DAYS * DAY]
    assert shown(chat, now) == expected


@given(pauses, errors, spans, st.floats(0.0, 10.0))
def test_a_clock_that_was_wrong_for_a_while(
    pauses: list[float], error: float, span: tuple[int, int], later: float
) -> None:
    """Right lines are shown by their own age, and a line with a wrong time as long as the next right one."""
    chat, days = room(), [20_000 + day for day in accumulate(pauses)]
    begin, length = span
    wrong = range(begin, begin + (min(length, begin) if error < 0 else length))  # no more than are right before them
    for number, day in enumerate(days):
        chat.handle(Input((day + error if number in wrong else day) * DAY, 1, ONE, str(number)))
        shown(chat, day + error)  # and the clock is wrong whenever somebody asks
    now = days[-1] + later
    right = [number for number in range(len(days)) if number not in wrong]
    old = [number for number in right if days[number] * DAY < now * DAY - DAYS * DAY]
    assert shown(chat, now) == list(range(max(old, default=-1) + 1, len(days)))


@given(st.lists(st.integers(0, 9), max_size=9), st.integers(0, 9), st.integers(0, 9))
def test_the_most_times_that_agree_are_trusted(times: list[int], at: int, now: int) -> None:
    """Compared with all subsequences: a longest one decides, of several the one that keeps the most."""
    agreeing = [
        places
        for size in range(len(times) + 1)
        for places in combinations(range(len(times)), size)
        if sorted(times[place] for place in places) == [times[place] for place in places]
        and all(times[place] <= now for place in places)
    ]
    longest = max(map(len, agreeing))
    results = {
        max((place + 1 for place in places if times[place] < at), default=0)
        for places in agreeing
        if len(places) == longest
    }
    assert Ages(times, now).first_since(at) in results


def test_before_that_grammar_old_lines_are_forgotten() -> None:
    """An old journal leads to the same state as before."""
    states = []
    for grammar in (AGES_SINCE - 1, AGES_SINCE):
        chat = room(grammar)
        chat.handle(Input(0.0, 1, ONE, "0"))
        chat.handle(Input(10 * DAY, 1, ONE, "1"))
        assert shown(chat, 10.0) == [1]
        assert shown(chat, 10.0, "/history 9d") == [1]
        states.append([line.text for line in chat.state.rooms.lobby.log.messages])
    assert states == [["1"], ["0", "1"]]


@example([(125.0, True), (75.0, True), (50.0, False)], 2, 60.0, 125.0)
@given(st.lists(st.tuples(times, st.booleans()), max_size=12), st.integers(1, 5), times, times)
def test_what_was_asked_before_changes_no_answer(
    said: list[tuple[float, bool]], keep: int, at: float, now: float
) -> None:
    """A room that was restored, or lacks what was removed, answers as one that was asked for lines again and again."""
    asked = Log()
    for second, asks in said:
        asked.extend((Said(Nickname("TEDDC"), "hello", second),), keep, 0)
        if asks:
            asked.first_since(second, second)
    restored = Log(deque(asked.messages), asked.size, 0, asked.removed)
    assert asked.first_since(at, now) == restored.first_since(at, now)
    young = Log(deque(asked.messages), asked.size)
    assert asked.first_since(at, now) == young.first_since(at, now)


def test_with_a_right_clock_no_message_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the times follow each other, the first one that is late enough is looked up. Two nodes may differ a bit."""
    monkeypatch.setattr(ages, "_trusted", lambda *_: pytest.fail("judged"))
    log = Log()
    for number, second in enumerate((100.0, 200.0, 140.0, 201.0, 300.0)):
        log.extend((Said(Nickname("TEDDC"), "hello", second),), 4, 0)
        assert log.first_since(second, second) >= number - 2
        assert log.first_since(second, 240.0) <= number
    asked_late = Log(deque(log.messages), log.size, 0, log.removed)
    assert asked_late.first_since(201.0, 300.0) == 2


class Watched(Said):
    """A message that counts how often the time of any such message is read."""

    looks = 0

    def __getattribute__(self, name: str) -> object:
        """Return an attribute."""
        Watched.looks += name == "at"
        return super().__getattribute__(name)


@pytest.mark.parametrize("pause", [1.0, 0.0])
def test_only_new_messages_are_looked_at(pause: float) -> None:
    """Many may ask at once: each looks at the messages since the one before, and at a few to find where to begin."""
    log, few = Log(), 20
    for number in range(2000):
        now = number * pause
        log.extend((Watched(Nickname("TEDDC"), "hello", now),), 1000, 0)
        if number % 100 == 0:
            Watched.looks = 0
            log.first_since(now, now)
            assert Watched.looks <= 3 * 100 + few
            Watched.looks = 0
            log.first_since(0.0, now)
            assert Watched.looks <= few


def test_messages_are_judged_once_for_many_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """To judge thousands takes some ms. A new message, or a time before it, leads to another look."""
    log, looks = Log(), []

    def trusted(times: list[float], now: float) -> list[int]:
        looks.append((len(times), now))
        return [1, 2]

    monkeypatch.setattr(ages, "_trusted", trusted)
    for second in (300.0, 100.0, 200.0):
        log.extend((Said(Nickname("TEDDC"), "hello", second),), 10, 0)
    for now in (300.0, 400.0, 500.0, 250.0, 260.0):  # in the last two, one lies in the future
        assert log.first_since(150.0, now) == 2
    log.extend((Said(Nickname("TEDDC"), "hello", 300.0),), 10, 0)
    assert log.first_since(150.0, 400.0) == 2
    assert looks == [(3, 300.0), (3, 250.0), (3, 260.0), (4, 400.0)]
