"""What was said, and who was away: against a model that keeps everything."""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands.history import (
    AmountUnclear,
    HistoryShown,
    HistoryShownOnJoin,
    NothingMissed,
    NothingSaid,
    ShowHistory,
    parse_history,
)
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text import render
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import IN_ROOM, Delivery, Only
from udpchat.domain.rooms.history import LINE_CHARACTERS, MAX_ABSENT, History
from udpchat.domain.rooms.inputs import ControlInput, Idle, Input, Rules, Started, Unreachable
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

SERVER = peer(port=12000)
NICKNAME = Nickname("TEDDC")


def line(number: int, text: str = "x") -> Said:
    """Return a line that was said at second `number`."""
    return Said(NICKNAME, text, float(number))


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3 * LINE_CHARACTERS)), max_size=40),
    st.integers(0, 10),
    st.integers(0, 2),
)
def test_what_is_kept_is_what_was_said_last(said: list[tuple[int, int]], keep: int, days: int) -> None:
    """History holds the longest end of what was said that has few enough lines, characters and days."""
    history, everything, now = History(), [], 0
    for pause, size in said:
        now += pause * 10_000
        everything.append(line(now, "x" * size))
        history.add(everything[-1], keep, days)
        kept = everything[len(everything) - len(history.messages) :]
        assert list(history.messages) == kept
        assert history.said == len(everything)
        assert history.size == sum(len(each.text) for each in kept)

        def fits(end: list[Said], now: int = now) -> bool:
            size = sum(len(each.text) for each in end)
            return (
                len(end) <= keep
                and size <= keep * LINE_CHARACTERS
                and (not days or not end or end[0].at >= now - days * 86_400)
            )

        assert fits(kept)
        assert len(kept) == len(everything) or not fits(everything[len(everything) - len(kept) - 1 :])


def told(chat: Chat, address: object, words: str | ControlInput, at: float = 0.0) -> list[Delivery]:
    """Tell a chat something."""
    return chat.handle(Input(at, hash(address) % 2**64, address, words))  # type: ignore[arg-type]


def recalled(chat: Chat, address: object, words: str, at: float = 0.0) -> list[str]:
    """Return the texts that somebody is shown."""
    ((audience, event),) = told(chat, address, words, at)
    assert audience == Only(address)  # type: ignore[arg-type]
    return [each.text for each in event.messages] if isinstance(event, HistoryShown) else []


ACTIONS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["say", "say", "/quit", Unreachable(), Idle(), ""])), max_size=40
)


@given(ACTIONS)
def test_missed_is_what_was_said_between_leaving_and_coming_back(actions: list[tuple[int, str | ControlInput]]) -> None:
    """Whoever comes back is shown, when asking, what was said since it left, and nobody else is shown anything."""
    chat, said = Chat(ChatState(NAMES)), 0
    left: dict[int, int] = {}
    missed: dict[int, tuple[int, int]] = {}
    for who, what in actions:
        address = peer(port=who + 1)
        here = address in chat.state.roster
        if not here and isinstance(what, str):
            if who in left:
                missed[who] = (left.pop(who), said)
            here = True
        told(chat, address, str(said) if what == "say" else what)
        said += what == "say"
        if here and what not in {"", "say"}:
            left[who] = said
            missed.pop(who, None)
    for who in range(4):
        address = peer(port=who + 1)
        if address in chat.state.roster:
            begin, end = missed.get(who, (0, 0))
            assert recalled(chat, address, "/missed") == [str(number) for number in range(begin, end)]


def test_who_was_gone_missed_what_was_said_before_that_was_known() -> None:
    """Of the lines that were said until somebody was found gone, those after the first `heard` are missed too."""
    for heard, missed in ((0, ["0", "1", "2", "3"]), (2, ["2", "3"]), (3, ["3"]), (None, ["3"]), (9, ["3"])):
        chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
        told(chat, one, "")
        for number in range(3):
            told(chat, two, str(number))
        told(chat, one, Unreachable(heard))
        told(chat, two, "3")
        told(chat, one, "")
        assert recalled(chat, one, "/missed") == missed


def test_missed_is_shown_as_far_as_it_is_kept() -> None:
    """Of what was missed and is forgotten nothing is shown, and nothing else in its place."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    told(chat, SERVER, Started(Rules(history_keep=3)))
    told(chat, one, "/quit")
    for number in range(5):
        told(chat, two, str(number))
    told(chat, one, "")
    told(chat, two, "5")
    assert recalled(chat, one, "/missed") == ["3", "4"]
    told(chat, two, "6")
    told(chat, two, "7")
    ((audience, event),) = told(chat, one, "/missed")
    assert (audience, event) == (Only(one), NothingMissed())


def test_after_a_crash_everybody_may_have_missed_the_last_lines() -> None:
    """Lines that nobody knows to have been sent are shown to all who ask."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    for number in range(5):
        told(chat, one, str(number))
    assert told(chat, SERVER, Started(Rules(), unsent=2)) == []
    told(chat, one, "5")
    assert recalled(chat, one, "/missed") == ["3", "4"]
    assert SERVER not in chat.state.roster


def test_a_crash_takes_nothing_from_what_was_missed() -> None:
    """What is to be shown to who was away, or after the crash before, still is, and all that followed it."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    told(chat, two, "/quit")
    for number in range(3):
        told(chat, one, str(number))
    told(chat, two, "")
    told(chat, one, "3")
    told(chat, SERVER, Started(Rules(), unsent=1))
    assert recalled(chat, one, "/missed") == ["3"]
    assert recalled(chat, two, "/missed") == ["0", "1", "2", "3"]
    told(chat, one, "4")
    told(chat, SERVER, Started(Rules(), unsent=1))
    assert recalled(chat, one, "/missed") == ["3", "4"]
    told(chat, SERVER, Started(Rules(), unsent=0))
    assert recalled(chat, one, "/missed") == ["3", "4"]


def test_what_is_too_old_is_not_shown() -> None:
    """However long nothing is said: by the time of asking, and to a newcomer by the time it comes."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    told(chat, SERVER, Started(Rules(history_days=1, history_on_join=5)))
    told(chat, one, "/quit")
    told(chat, two, "old", at=0.0)
    told(chat, two, "new", at=80_000.0)
    told(chat, one, "", at=80_000.0)
    for words in ("/history", "/history 3d", "/missed"):
        assert recalled(chat, one, words, at=86_400.0) == ["old", "new"]
    for words in ("/history", "/history 3d", "/missed"):
        assert recalled(chat, one, words, at=86_401.0) == ["new"]
    assert told(chat, peer(port=3), "", at=3 * 86_400.0) == []
    assert [event for _, event in told(chat, one, "/history")] == [NothingSaid()]
    assert [event for _, event in told(chat, one, "/missed")] == [NothingMissed()]


def test_new_rules_count_from_the_start_on() -> None:
    """A server that keeps less than the one before forgets the rest at once, before anybody says anything."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    for number in range(5):
        told(chat, one, str(number), at=number * 86_400.0)
    told(chat, SERVER, Started(Rules(history_days=2)), at=5 * 86_400.0)
    assert recalled(chat, one, "/history") == ["3", "4"]
    told(chat, SERVER, Started(Rules(history_keep=1)))
    assert recalled(chat, one, "/history") == ["4"]
    told(chat, SERVER, Started(Rules(history_keep=0)))
    assert chat.state.history.messages == deque()
    assert chat.state.history.size == 0


def test_of_those_who_left_so_many_are_known() -> None:
    """The first ones who left are forgotten first."""
    history = History()
    for number in range(MAX_ABSENT + 1):
        history.leave(peer(port=number))
    assert len(history.absent) == MAX_ABSENT
    assert peer(port=0) not in history.absent


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ShowHistory()),
        (" 7", ShowHistory(7)),
        (" 10M", ShowHistory(0, 600)),
        (" 2h more", ShowHistory(0, 7200)),
        (" 3d", ShowHistory(0, 259_200)),
    ],
)
def test_how_much_is_asked_for(words: str, expected: ShowHistory) -> None:
    """A number is lines; with m, h or d it is minutes, hours or days; nothing is twenty lines."""
    assert parse_history(words) == expected


@pytest.mark.parametrize("amount", ["0", "0m", "-1", "ten", "5s", "1.5h", "9999999", "m", "\u0663"])
def test_what_is_no_amount(amount: str) -> None:
    """Anything else is a mistake, which is answered."""
    with pytest.raises(Rejected) as caught:
        parse_history(f" {amount}")
    assert caught.value.why == AmountUnclear()
    ((_, event),) = told(Chat(ChatState(NAMES)), peer(port=1), f"/history {amount}")[-1:]
    answer = b"error - /history takes a number of lines, or a time: 10m, 2h or 3d\n"
    assert render(event, 256) == [answer]


def test_history_by_number_and_by_time() -> None:
    """The last lines, or those of the last minutes by the time of asking."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    ((_, nothing),) = told(chat, one, "/history")
    assert nothing == NothingSaid()
    for number in range(30):
        told(chat, one, str(number), at=number * 60.0)
    assert recalled(chat, one, "/history") == [str(number) for number in range(10, 30)]
    assert recalled(chat, one, "/history 2") == ["28", "29"]
    assert recalled(chat, one, "/history 100") == [str(number) for number in range(30)]
    assert recalled(chat, one, "/history 3m", at=29 * 60.0) == ["26", "27", "28", "29"]


def test_a_newcomer_is_shown_what_was_said_last() -> None:
    """Where the rules have it so, and before anything else; but not to one who only came to leave."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    told(chat, SERVER, Started(Rules(history_on_join=2)))
    ((audience, _),) = told(chat, one, "0")
    assert audience is IN_ROOM
    told(chat, one, "1")
    told(chat, one, "2")
    first, second = told(chat, peer(port=2), "hi")
    assert first[0] == Only(peer(port=2))
    assert isinstance(first[1], HistoryShownOnJoin)
    assert [each.text for each in first[1].messages] == ["1", "2"]
    assert isinstance(second[1], Said)
    assert len(told(chat, peer(port=3), "/quit")) == 1
    assert len(told(chat, peer(port=4), "/nick")) == 2


def test_how_a_line_of_history_reads() -> None:
    """The time in UTC, who said it and what, in as many lines as it takes, each with all of that in front."""
    event = HistoryShown((Said(NICKNAME, "hello", 14 * 3600 + 2 * 60 + 59.9), Said(NICKNAME, "y" * 300, -1.0)))
    first, *pieces = render(event, 256)
    assert first == b"[14:02] TEDDC: hello\n"
    assert all(piece.startswith(b"[23:59] TEDDC: y") and len(piece) <= 256 for piece in pieces)
    assert b"".join(piece[16 - 1 : -1] for piece in pieces) == b"y" * 300


def test_a_right_to_left_name_in_history_keeps_to_its_place() -> None:
    """The paragraph begins at the left, or the time would stand behind what was said (UAX 9)."""
    (sentence,) = render(HistoryShown((Said(Nickname("\u05e9\u05dc\u05d5\u05dd"), "hi"),)), 256)
    assert sentence.decode() == "\u200e[00:00] \u05e9\u05dc\u05d5\u05dd\u200e: hi\n"
