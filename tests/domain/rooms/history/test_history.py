"""The history of a room, and what clients missed, compared with models that keep everything."""

from __future__ import annotations

from collections import deque

import attrs
import pytest
from hypothesis import example, given
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
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.grammar import AGES_SINCE, GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import Delivery, InRoom, Only
from udpchat.domain.rooms.history.log import LINE_CHARACTERS, MESSAGE_BYTES, Log, Recent
from udpchat.domain.rooms.history.reception import MAX_ABSENT, Reception
from udpchat.domain.rooms.inputs import ControlInput, Idle, Input, Rules, Started, Unreachable
from udpchat.domain.rooms.rooms import LOBBY, SHRINK, Rooms
from udpchat.domain.rooms.state import MEASURED, ChatState
from udpchat.domain.text.nickname import Nickname

SERVER = peer(port=12000)
NICKNAME = Nickname("TEDDC")
days = st.integers(0, 2)


def message(number: int, text: str = "x") -> Said:
    """Return a message that was said at second `number`."""
    return Said(NICKNAME, text, float(number))


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3 * LINE_CHARACTERS)), max_size=40),
    st.integers(0, 10),
    days,
)
@example([(0, LINE_CHARACTERS)], 1, 1)
@example([(0, LINE_CHARACTERS + 1)], 1, 0)
def test_the_last_messages_are_kept(said: list[tuple[int, int]], keep: int, days: int) -> None:
    """The log holds as many of the last messages as the limits on messages, characters and days allow."""
    log, everything, now = Log(), [], 0
    for pause, size in said:
        now += pause * 10_000
        everything.append(message(now, "x" * size))
        log.extend((everything[-1],), keep, days)
        kept = everything[len(everything) - len(log.messages) :]
        assert list(log.messages) == kept
        assert log.removed + len(log.messages) == len(everything)
        assert log.size == sum(len(each.text) for each in kept)

        def fits(end: list[Said], now: int = now) -> bool:
            size = sum(len(each.text) for each in end)
            return (
                len(end) <= keep
                and size <= keep * LINE_CHARACTERS
                and (not days or not end or end[0].at >= now - days * 86_400)
            )

        assert fits(kept)
        assert len(kept) == len(everything) or not fits(everything[len(everything) - len(kept) - 1 :])


texts = st.builds(str.__mul__, st.sampled_from(["x", "\u20ac"]), st.integers(0, 2 * LINE_CHARACTERS))


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), texts), max_size=9), max_size=4), st.integers(0, 10), days)
@example([[(0, "x" * LINE_CHARACTERS)] * 4], 3, 0)
@example([[(0, "x" * LINE_CHARACTERS)] * 3 + [(0, "\u20ac" * (LINE_CHARACTERS + 1))]], 4, 0)
def test_messages_that_come_together(rows: list[list[tuple[int, str]]], keep: int, days: int) -> None:
    """They leave the log as they do one by one."""
    alone, together = Log(), Log()
    for row in rows:
        messages = [message(at * 20_000, text) for at, text in row]
        together.extend(messages, keep, days)
        for each in messages:
            alone.extend((each,), keep, days)
        assert together == alone


@given(
    st.lists(st.tuples(st.booleans(), st.text("x\u20ac", max_size=9)), max_size=30),
    st.integers(0, 10),
    st.integers(0, 4000),
)
def test_a_log_knows_its_bytes(said: list[tuple[bool, str]], keep: int, most: int) -> None:
    """However it was filled, it has the number of its characters, and of the bytes that it takes."""
    log, everything = Log(), []

    def sizes() -> list[int]:
        return [MESSAGE_BYTES + len(each.text.encode()) for each in log.messages]

    for number, (limited, text) in enumerate(said):
        everything.append(message(number, text))
        if limited:
            log.extend((everything[-1],), keep, 0)
        else:
            log.append(everything[-1])
        assert log.size == sum(len(each.text) for each in log.messages)
        assert log.bytes == sum(sizes())
    before, removed = sizes(), log.removed
    log.shrink(most)
    after = sizes()
    assert log.bytes == sum(after) <= most
    assert after == before[len(before) - len(after) :], "the oldest go first"
    assert len(after) == len(before) or sum(before[len(before) - len(after) - 1 :]) > most, "and no more than that"
    assert log.removed == removed + len(before) - len(after)
    log.wipe(lambda each: each.at % 2 == 0)
    assert log.size == sum(len(each.text) for each in log.messages)
    assert log.bytes == sum(sizes())
    last = sizes()[-1:]
    log.prune(1, 0, 0.0)
    assert log.bytes == sum(last)


@given(
    st.lists(st.tuples(st.sampled_from((LOBBY, "attic", "cellar")), st.text("x\u20ac", max_size=20)), max_size=40),
    st.integers(-20, 5000),
)
def test_all_logs_together_have_a_limit(said: list[tuple[str, str]], excess: int) -> None:
    """If they exceed it, the longest ones lose their oldest messages. An empty room that has none left ends."""
    rooms = Rooms(NAMES)
    for number, (name, text) in enumerate(said):
        room = rooms.find(name) or rooms.make(name, 3)
        assert room is not None
        room.log.append(message(number, text))

    def logs() -> dict[str, list[int]]:
        return {room.name: [MESSAGE_BYTES + len(each.text.encode()) for each in room.log.messages] for room in rooms}

    before = logs()
    size = sum(map(sum, before.values()))
    most = max(0, size - excess)
    rooms.shrink(most)
    after = {name: logs().get(name, []) for name in before}
    left, wanted = sum(map(sum, after.values())), most - most // SHRINK
    shorter = {name for name, log in after.items() if len(log) < len(before[name])}
    assert {*logs()} == {LOBBY, *(name for name, log in after.items() if log)}
    assert all(log == before[name][len(before[name]) - len(log) :] for name, log in after.items())
    assert bool(shorter) == (size > most)
    if shorter:
        assert left <= wanted or (left <= most and any(not after[name] for name in shorter))
        assert any(left + before[name][-len(after[name]) - 1] > wanted for name in shorter), "no more than that"
        assert min(sum(before[name]) for name in shorter) >= max(map(sum, after.values()))


def test_the_limit_on_all_logs_is_checked_now_and_then() -> None:
    """With the first message, and then after so many: to add up the logs of all rooms for each would take longer."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    handle(chat, SERVER, Started(Rules(history_bytes=16 * (MESSAGE_BYTES + len("four"))), grammar=GRAMMAR))
    handle(chat, two, "/join kitchen")
    lobby, kitchen = chat.state.rooms
    for number in range(MEASURED):
        handle(chat, two if number % 4 else one, "four")
    assert (len(lobby.log.messages), len(kitchen.log.messages)) == (MEASURED // 4, MEASURED * 3 // 4)
    handle(chat, one, "four")
    assert (len(lobby.log.messages), len(kitchen.log.messages)) == (15, 0)


def handle(chat: Chat, address: object, words: str | ControlInput, at: float = 0.0) -> list[Delivery]:
    """Let a chat handle an input."""
    return chat.handle(Input(at, hash(address) % 2**64, address, words))  # type: ignore[arg-type]


def shown(chat: Chat, address: object, words: str, at: float = 0.0) -> list[str]:
    """Return the texts of the messages that a client gets as the answer to a command."""
    ((audience, event),) = handle(chat, address, words, at)
    assert audience == Only(address)  # type: ignore[arg-type]
    return [each.text for each in event.messages] if isinstance(event, HistoryShown) else []


ACTIONS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["say", "say", "/quit", Unreachable(), Idle(), ""])), max_size=40
)


@given(ACTIONS)
def test_missed_is_what_was_said_between_leaving_and_coming_back(actions: list[tuple[int, str | ControlInput]]) -> None:
    """A client that comes back and asks gets the messages since it left. Other clients get none."""
    chat, said = Chat(ChatState(NAMES)), 0
    left: dict[int, int] = {}
    missed: dict[int, tuple[int, int]] = {}
    for number, action in actions:
        address = peer(port=number + 1)
        here = address in chat.state.roster
        if not here and isinstance(action, str):
            if number in left:
                missed[number] = (left.pop(number), said)
            here = True
        handle(chat, address, str(said) if action == "say" else action)
        said += action == "say"
        if here and action not in {"", "say"}:
            left[number] = said
            missed.pop(number, None)
    for number in range(4):
        address = peer(port=number + 1)
        if address in chat.state.roster:
            begin, end = missed.get(number, (0, 0))
            assert shown(chat, address, "/missed") == [str(place) for place in range(begin, end)]


def test_a_client_missed_messages_before_it_was_found_unreachable() -> None:
    """A client that was found unreachable missed all messages after the first `heard`."""
    for heard, missed in ((0, ["0", "1", "2", "3"]), (2, ["2", "3"]), (3, ["3"]), (None, ["3"]), (9, ["3"])):
        chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
        handle(chat, one, "")
        for number in range(3):
            handle(chat, two, str(number))
        handle(chat, one, Unreachable(heard))
        handle(chat, two, "3")
        handle(chat, one, "")
        assert shown(chat, one, "/missed") == missed


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_how_many_messages_are_not_kept_any_more(begin: int, more: int, after: int, keep: int) -> None:
    """If all was said in one room, it is exactly those that were removed of the numbers that are asked for."""
    log, end = Log(), begin + more
    said = end + after
    for number in range(said):
        log.extend((attrs.evolve(message(number), number=number),), keep, 0)
    gone = range(said - len(log.messages))
    assert Recent(log, float(said), 0).removed(begin, end) == len([each for each in gone if begin <= each < end])


def test_only_messages_that_are_kept_are_shown_as_missed() -> None:
    """If missed messages are no longer kept, no others are shown in their place."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    handle(chat, SERVER, Started(Rules(history_keep=3)))
    handle(chat, one, "/quit")
    for number in range(5):
        handle(chat, two, str(number))
    handle(chat, one, "")
    handle(chat, two, "5")
    assert shown(chat, one, "/missed") == ["3", "4"]
    handle(chat, two, "6")
    handle(chat, two, "7")
    ((audience, event),) = handle(chat, one, "/missed")
    assert (audience, event) == (Only(one), NothingMissed())


def test_after_a_crash_all_members_may_have_missed_the_last_messages() -> None:
    """Messages that may not have been sent are shown to every member that asks."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    for number in range(5):
        handle(chat, one, str(number))
    assert handle(chat, SERVER, Started(Rules(), unsent=2)) == []
    handle(chat, one, "5")
    assert shown(chat, one, "/missed") == ["3", "4"]
    assert SERVER not in chat.state.roster


def test_a_crash_does_not_change_what_was_missed_before() -> None:
    """Messages that a member missed earlier, while away or in a crash, are still shown, and so is all that followed."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    handle(chat, two, "/quit")
    for number in range(3):
        handle(chat, one, str(number))
    handle(chat, two, "")
    handle(chat, one, "3")
    handle(chat, SERVER, Started(Rules(), unsent=1))
    assert shown(chat, one, "/missed") == ["3"]
    assert shown(chat, two, "/missed") == ["0", "1", "2", "3"]
    handle(chat, one, "4")
    handle(chat, SERVER, Started(Rules(), unsent=1))
    assert shown(chat, one, "/missed") == ["3", "4"]
    handle(chat, SERVER, Started(Rules(), unsent=0))
    assert shown(chat, one, "/missed") == ["3", "4"]


def test_messages_that_are_too_old_are_not_shown() -> None:
    """Their age counts at the time of the question or of the join, even if nothing was said for days."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    handle(chat, SERVER, Started(Rules(history_days=1, history_on_join=5)))
    handle(chat, one, "/quit")
    handle(chat, two, "old", at=0.0)
    handle(chat, two, "new", at=80_000.0)
    handle(chat, one, "", at=80_000.0)
    for words in ("/history", "/history 3d", "/missed"):
        assert shown(chat, one, words, at=86_400.0) == ["old", "new"]
    for words in ("/history", "/history 3d", "/missed"):
        assert shown(chat, one, words, at=86_401.0) == ["new"]
    assert handle(chat, peer(port=3), "", at=3 * 86_400.0) == []
    assert [event for _, event in handle(chat, one, "/history")] == [NothingSaid()]
    assert [event for _, event in handle(chat, one, "/missed")] == [NothingMissed()]


def test_before_ages_were_judged_a_message_that_was_too_old_once_was_removed() -> None:
    """Whatever the clock says later: a replay shows what was shown then. Since then, it is shown again."""
    for grammar, texts in ((AGES_SINCE - 1, ["new"]), (AGES_SINCE, ["old", "new"])):
        chat, one = Chat(ChatState(NAMES)), peer(port=1)
        handle(chat, SERVER, Started(Rules(history_days=1), grammar=grammar))
        handle(chat, one, "old", at=0.0)
        handle(chat, one, "new", at=2 * 86_400.0)
        assert shown(chat, one, "/history", at=0.0) == texts


def test_new_rules_apply_from_the_start_on() -> None:
    """A server that keeps less than the one before it forgets the rest at once, not with the next message."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    for number in range(5):
        handle(chat, one, str(number), at=number * 86_400.0)
    handle(chat, SERVER, Started(Rules(history_days=2)), at=5 * 86_400.0)
    assert shown(chat, one, "/history") == ["3", "4"]
    handle(chat, SERVER, Started(Rules(history_keep=1)))
    assert shown(chat, one, "/history") == ["4"]
    handle(chat, SERVER, Started(Rules(history_keep=0)))
    assert chat.state.rooms.lobby.log.messages == deque()
    assert chat.state.rooms.lobby.log.size == 0


@given(st.integers(0, 9), st.integers(0, 20), st.integers(0, 20))
def test_nobody_missed_what_was_never_said(said: int, first: int, second: int) -> None:
    """What a member missed are messages that there were, however many may be lost, and the last one is among them."""
    reception, address = Reception(said), peer()
    for lost in (first, second):
        reception.maybe_missed(address, lost)
    assert reception.missed[address] == (max(0, said - max(first, second)), said)


def test_the_number_of_absent_clients_is_limited() -> None:
    """The client that left first is forgotten first."""
    reception = Reception()
    for number in range(MAX_ABSENT + 1):
        reception.leave(peer(port=number))
    assert len(reception.absent) == MAX_ABSENT
    assert peer(port=0) not in reception.absent


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ShowHistory()),
        (" 7", ShowHistory(7)),
        (" 10M", ShowHistory(0, 600)),
        (" 2h", ShowHistory(0, 7200)),
        (" 3d", ShowHistory(0, 259_200)),
        (" 7 lines", ShowHistory(7)),
        (" 10  minutes", ShowHistory(0, 600)),
        (" 1hour", ShowHistory(0, 3600)),
        (" 2 H", ShowHistory(0, 7200)),
        (" 3 Days", ShowHistory(0, 259_200)),
    ],
)
def test_how_much_history_a_client_asks_for(words: str, expected: ShowHistory) -> None:
    """A number is a number of lines, or with m, h or d of minutes, hours or days. Without one, it is twenty lines."""
    assert parse_history(words) == expected


@pytest.mark.parametrize("amount", ["0", "0m", "-1", "ten", "5s", "1.5h", "9999999", "m", "\u0663", "m 7"])
def test_other_amounts_are_refused(amount: str) -> None:
    """The client is notified of what /history takes."""
    with pytest.raises(Rejected) as caught:
        parse_history(f" {amount}")
    assert caught.value.why == AmountUnclear()
    ((_, event),) = handle(Chat(ChatState(NAMES)), peer(port=1), f"/history {amount}")[-1:]
    answer = b"error - /history takes a number of lines, or a time: 10m, 2h or 3d\n"
    assert render(event, 256) == [answer]


def test_history_by_number_and_by_time() -> None:
    """/history shows the last lines, or the lines of the last minutes before the question."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    ((_, nothing),) = handle(chat, one, "/history")
    assert nothing == NothingSaid()
    for number in range(30):
        handle(chat, one, str(number), at=number * 60.0)
    assert shown(chat, one, "/history") == [str(number) for number in range(10, 30)]
    assert shown(chat, one, "/history 2") == ["28", "29"]
    assert shown(chat, one, "/history 100") == [str(number) for number in range(30)]
    assert shown(chat, one, "/history 3m", at=29 * 60.0) == ["26", "27", "28", "29"]


def test_a_new_member_is_shown_the_last_messages() -> None:
    """If the rules say so, they come before anything else. A client that joins and leaves at once gets none."""
    chat, one = Chat(ChatState(NAMES)), peer(port=1)
    handle(chat, SERVER, Started(Rules(history_on_join=2)))
    ((audience, _),) = handle(chat, one, "0")
    assert audience == InRoom("lobby")
    handle(chat, one, "1")
    handle(chat, one, "2")
    first, second = handle(chat, peer(port=2), "hi")
    assert first[0] == Only(peer(port=2))
    assert isinstance(first[1], HistoryShownOnJoin)
    assert [each.text for each in first[1].messages] == ["1", "2"]
    assert isinstance(second[1], Said)
    assert len(handle(chat, peer(port=3), "/quit")) == 1
    assert len(handle(chat, peer(port=4), "/nick")) == 2


def test_how_a_line_of_history_reads() -> None:
    """The time in UTC and the nickname stand before the text, and before each piece of a text that is split."""
    event = HistoryShown((Said(NICKNAME, "hello", 14 * 3600 + 2 * 60 + 59.9), Said(NICKNAME, "y" * 300, -1.0)))
    first, *pieces = render(event, 256)
    assert first == b"[14:02] TEDDC: hello\n"
    assert all(piece.startswith(b"[23:59] TEDDC: y") and len(piece) <= 256 for piece in pieces)
    assert b"".join(piece[16 - 1 : -1] for piece in pieces) == b"y" * 300


def test_a_right_to_left_name_in_history_keeps_its_place() -> None:
    """The line is marked as left-to-right. Otherwise the time would be shown after the text (UAX 9)."""
    (sentence,) = render(HistoryShown((Said(Nickname("\u05e9\u05dc\u05d5\u05dd"), "hi"),)), 256)
    assert sentence.decode() == "\u200e[00:00] \u05e9\u05dc\u05d5\u05dd\u200e: hi\n"
