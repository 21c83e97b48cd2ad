"""What programs may have that they lost, and by which numbers."""

from __future__ import annotations

import sys
from collections import deque

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.machine.programs import (
    BOT,
    ELSEWHERE,
    LOBBY,
    OTHER,
    SERVER,
    TEXT,
    Talk,
    caught_up,
    hello,
    kinds,
    said,
    talk_with_bot,
)
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.away import WentAway
from udpchat.domain.grammar import GRAMMAR, PROGRAMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import InRoom, InRoomBy
from udpchat.domain.rooms.inputs import Administered, Input, Rules, Started
from udpchat.domain.rooms.programs import session, told
from udpchat.domain.rooms.programs.answers import (
    Gap,
)
from udpchat.domain.rooms.requests import Numbered, Ping, Places
from udpchat.domain.rooms.rooms import Rooms
from udpchat.domain.text.nickname import Nickname


def test_what_was_before_a_program_came_in_is_a_gap() -> None:
    """Nobody gets it, and nobody asks for it again and again."""
    talk = Talk()
    for text in ("early words", "early bird"):
        talk.give(TEXT, text)
    talk.give(BOT, hello())
    talk.give(TEXT, "good morning")
    gap, first = caught_up(talk, LOBBY)
    assert (gap.event, first.event.text) == (Gap("lobby", 1, 2), "good morning")  # type: ignore[union-attr]
    assert caught_up(talk, Places((("lobby", 3),), 0)) == []
    assert caught_up(talk, Places((("kitchen", 3),))) == []


def test_a_program_gets_its_own_coming_and_nothing_before() -> None:
    """The first event of a room that it reads is that it came; what others there were told before is a gap."""
    talk = talk_with_bot()
    talk.give(OTHER, hello("bott"))
    for line in ("/join kitchen", "/topic tea"):
        talk.give(OTHER, Numbered(line))
    came = talk.tell(BOT, Numbered("/join kitchen"))[BOT]
    assert kinds(came) == ["Come", "RoomEntered"]
    gap, first = caught_up(talk, Places((("kitchen", 0),)))
    assert (gap.event, first.text) == (Gap("kitchen", 1, came[0].seq - 1), came[0].text)


def test_numbers_that_are_of_another_log_are_a_gap() -> None:
    """So are numbers that are too high: the server has lost what it once had told."""
    talk = talk_with_bot()
    talk.give(TEXT, "good morning")
    talk.give(TEXT, "/msg bot psst")
    for places in (Places((("lobby", 1),), 1, "of old"), Places((("lobby", 99),), 99, f"{1:016x}")):
        first, second, own, last = caught_up(talk, places)
        assert first.event == Gap("lobby", 0, 0)
        assert (second.seq, own.event, last.own) == (1, Gap(None, 0, 0), 1)


def test_of_each_room_so_many_events_are_kept() -> None:
    """What is older is a gap, whether it was said or done. Own events are kept up to a bound, too."""
    talk = talk_with_bot(log_events=3)
    for number in range(6):
        talk.give(TEXT, f"/nick name{number}")
    gap, *rest = caught_up(talk, LOBBY)
    assert (gap.event, [each.seq for each in rest]) == (Gap("lobby", 1, 3), [4, 5, 6])
    for number in range(session.MAX_OWN + 5):
        talk.give(TEXT, f"/msg bot {number}")
    gap, *rest = caught_up(talk, Places((), 2))
    assert (gap.event, len(rest), rest[0].own) == (Gap(None, 3, 5), session.MAX_OWN, 6)


def test_own_events_are_bounded_in_bytes() -> None:
    """Long private words take the places of many short ones, also if they were stored meanwhile."""
    talk = talk_with_bot()
    for number in range(1, 6):
        talk.give(TEXT, f"/msg bot {number} {'x' * (session.MAX_OWN_BYTES // 4 - 20)}")
    talk.start_again()
    gap, *rest = caught_up(talk, Places((), 0))
    assert (gap.event, [each.own for each in rest]) == (Gap(None, 1, 1), [2, 3, 4, 5])
    talk.give(TEXT, f"/msg bot {'x' * (session.MAX_OWN_BYTES // 2 + 100)}")
    gap, *rest = caught_up(talk, Places((), 0))
    assert (gap.event, [each.own for each in rest]) == (Gap(None, 1, 4), [5, 6])


def test_who_is_not_to_see_an_event_is_counted() -> None:
    """Each event keeps all programs that ignore whoever did it, and these sets are part of the bound in bytes."""
    talk = talk_with_bot()
    others = [MemoryAddress("10.0.0.2", number) for number in range(1, 41)]
    for each in others:
        talk.give(each, hello())
        talk.give(each, Numbered("/ignore bot"))
    talk.give(BOT, Numbered("hello"))
    log = talk.state.rooms.lobby.told
    assert log is not None
    heard = log.events[-1]
    assert isinstance(heard, told.Heard)
    assert len(heard.hidden) == len(others)
    assert told.size_of(heard) >= told.EVENT_BYTES + sys.getsizeof(heard.hidden)


@given(st.text(max_size=500), st.integers(0, 99))
def test_an_event_takes_its_texts_and_who_must_not_see_it(why: str, hidden: int) -> None:
    """The bytes of an event grow with both."""
    size = told.size_of(told.heard(WentAway(Nickname("Tyvem"), why), 0.0, frozenset(range(hidden))))
    assert size == told.EVENT_BYTES + len("Tyvem") + len(why.encode()) + hidden * told.HIDDEN_BYTES


def test_plain_lines_are_cut_off_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are added in rows, and counted when all logs are: then those that are too many go."""
    monkeypatch.setattr("udpchat.domain.rooms.state.MEASURED", 8)
    talk = talk_with_bot(log_events=3)
    for number in range(17):
        talk.give(TEXT, f"line number {number}")
    log = talk.state.rooms.lobby.told
    assert log is not None
    assert (log.first, log.last) == (15, 17)


def test_all_events_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """If they take too many bytes, the room with the most loses its oldest ones, whatever they are."""
    monkeypatch.setattr("udpchat.domain.machine.numbering.MEASURED", 8)
    shrink, most = Rooms.shrink_told, 20_000
    monkeypatch.setattr(Rooms, "shrink_told", lambda rooms, keep: shrink(rooms, keep, most))
    talk = talk_with_bot()
    talk.give(OTHER, hello())
    talk.give(OTHER, Numbered("/join kitchen"))
    talk.give(OTHER, Numbered("/topic tea"))
    for number in range(40):
        talk.give(BOT, Numbered(f"/away {number} {'x' * 150}"))
    lobby, kitchen = (talk.state.rooms.by_name[name].told for name in ("lobby", "kitchen"))
    assert lobby is not None
    assert kitchen is not None
    assert most / 2 < lobby.measure() + kitchen.measure() <= most + 8 * (told.EVENT_BYTES + 200)
    assert (kitchen.first, lobby.last) == (1, talk.state.rooms.lobby.seq)
    assert len(lobby.events) > 20


def test_words_that_waited_have_numbers_of_their_own() -> None:
    """An owner reads them once, so none may be lost: each is one event that can be asked for again."""
    talk = talk_with_bot()
    for line in ("/claim t1", "/quit"):
        talk.give(BOT, Numbered(line))
    for text in ("one", "two"):
        talk.give(TEXT, f"/msg bot {text}")
    talk.give(ELSEWHERE, hello())
    found = talk.tell(ELSEWHERE, Numbered("/resume t1 t2"))[ELSEWHERE]
    assert [(each.own, each.event.text) for each in found if each.own] == [(1, "one"), (2, "two")]  # type: ignore[union-attr]
    assert [each.own for each in caught_up(talk, Places((), 1), ELSEWHERE)] == [2]


def test_a_bell_has_no_number() -> None:
    """It would be rung again for what is over; the words behind it have one."""
    talk = talk_with_bot()
    talk.give(BOT, Numbered("/bell on"))
    found = talk.tell(TEXT, "/msg bot psst")[BOT]
    assert [(kind, each.own) for kind, each in zip(kinds(found), found, strict=True)] == [
        ("Rang", 0), ("PrivatelySaid", 1)
    ]  # fmt: skip


def test_what_was_wiped_is_hidden() -> None:
    """Its number stays, its words are sent to nobody, also if they were stored meanwhile."""
    talk = talk_with_bot()
    talk.give(OTHER, "/nick tim")
    talk.give(BOT, Numbered("/ignore tim"))
    talk.give(OTHER, "good morning")
    talk.give(BOT, Numbered("/unignore tim"))
    for text in ("good evening", "/me waves"):
        talk.give(OTHER, text)
    talk.start_again()
    talk.give(SERVER, Administered("wipe", "tim"))
    assert kinds(caught_up(talk, LOBBY)) == ["Kept", "Hidden", "Hidden", "Hidden", "LinesWiped"]
    log = talk.state.rooms.lobby.told
    assert log is not None
    assert "good" not in str(log.events)


def test_private_words_that_were_wiped_are_gone() -> None:
    """Their numbers are a gap; what others wrote alone, and what has no words of people, stays."""
    talk = talk_with_bot()
    talk.give(OTHER, "/nick tim")
    for client, line in ((OTHER, "/msg bot secret"), (TEXT, "/msg bot psst"), (OTHER, "/nick bot"), (OTHER, "/mute x")):
        talk.give(client, line)
    talk.give(SERVER, Administered("mute", "bot 1s be quiet"))
    talk.start_again()
    talk.give(SERVER, Administered("wipe", "tim"))
    found = caught_up(talk, Places((), 0))
    assert found[0].event == Gap(None, 1, 1)
    assert [each.own for each in found[1:]] == [2, 3, 4]
    talk.start_again()
    assert [each.text for each in caught_up(talk, Places((), 0))] == [each.text for each in found]


def test_who_calls_one_that_it_ignores_is_not_shown_why_that_one_waited() -> None:
    """The program that called reads whom, and the event itself is hidden from it."""
    talk = talk_with_bot()
    talk.give(TEXT, "/nick tim")
    talk.give(TEXT, "/hand secret reasons")
    talk.give(BOT, Numbered("/ignore tim"))
    found = talk.tell(BOT, Numbered("/next"))[BOT]
    assert kinds(found) == ["Hidden", "Called"]
    assert "secret" not in found[1].text
    talk.give(BOT, Numbered("/unignore tim"))
    talk.give(TEXT, "/hand no secrets")
    [called] = talk.tell(BOT, Numbered("/next"))[BOT]
    assert "no secrets" in called.text


def test_a_room_that_was_made_again_goes_on_with_its_numbers() -> None:
    """A program that knew the room before would take lower numbers for those that it has."""
    talk = talk_with_bot()
    talk.give(BOT, Numbered("/join kitchen"))
    for number in range(3):
        talk.give(BOT, Numbered(f"/topic number {number}"))
    last = talk.state.rooms.by_name["kitchen"].seq
    talk.give(BOT, Numbered("/leave"))
    assert "kitchen" not in talk.state.rooms.by_name
    talk.give(BOT, Numbered("/join kitchen"))
    assert talk.state.rooms.by_name["kitchen"].seq > last


LINES = [
    "hello",
    "/away lunch",
    "/back",
    "/me waves",
    "/roll",
    "/nick tim",
    "/topic tea",
    "/join kitchen",
    "/join lobby",
]


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_events_have_numbers_also_while_no_program_is_there(lines: list[str]) -> None:
    """So a program that comes back knows that something was said and done meanwhile."""
    talk = talk_with_bot()
    talk.give(TEXT, "hello")
    talk.give(BOT, Numbered("/quit"))
    assert not talk.state.sessions.by_address
    before, told_ = talk.state.rooms.lobby.seq, 0
    for line in lines:
        deliveries = talk.give(TEXT, line)
        told_ += len([each for each, _ in deliveries if isinstance(each, InRoom | InRoomBy) and each.room == "lobby"])
    assert talk.state.rooms.lobby.seq == before + told_


def test_a_bug_leaves_no_hole_in_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lost was counted: it has a number that is hidden, and all later ones are right."""
    talk = talk_with_bot()

    def fail(*_: object) -> object:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("udpchat.domain.machine.chat.number", fail)
        with pytest.raises(RuntimeError):
            talk.give(BOT, Numbered("/me trips"))
    talk.give(TEXT, "good morning")
    found = caught_up(talk, LOBBY)
    assert ([each.seq for each in found], kinds(found)) == ([1, 2], ["Hidden", "Said"])


def test_before_there_were_programs_requests_do_nothing() -> None:
    """A node that serves beside earlier ones does not let programs in: they could not read what it publishes."""
    talk = Talk()
    talk.chat = Chat(attrs.evolve(talk.state))
    talk.give(SERVER, Started(Rules(), grammar=PROGRAMS_SINCE - 1))
    assert not talk.state.has_numbers
    for line in (hello(), Numbered("good morning", 1), Ping(1)):
        assert talk.give(BOT, line) == []
    talk.give(TEXT, "good morning")
    talk.give(TEXT, "/nick tim")
    assert talk.state.rooms.lobby.others == 0
    talk.give(SERVER, Started(Rules(), grammar=GRAMMAR))
    assert talk.state.rooms.lobby.seq == 1
    assert talk.state.numbering


def test_rows_of_plain_lines_are_kept_for_programs() -> None:
    """Handled together, they have the last numbers of the room, in order."""
    talk = talk_with_bot()
    talk.give(TEXT, "good morning")
    lines = deque(Input(900.0, number, TEXT, f"line number {number}") for number in range(5))
    row = talk.chat.say(lines.popleft(), lines, 9)
    assert row is not None
    assert (len(row[1]), talk.state.rooms.lobby.seq) == (5, 6)
    assert said(caught_up(talk, LOBBY)) == ["good morning", *(f"line number {number}" for number in range(5))]
