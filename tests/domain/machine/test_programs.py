"""What programs are welcomed with and answered: see also `test_programs_machine.py`."""

from __future__ import annotations

import pytest

from tests.domain.machine.programs import (
    BOT,
    ELSEWHERE,
    LOBBY,
    OTHER,
    TEXT,
    Talk,
    events,
    hello,
    kinds,
    said,
    talk_with_bot,
)
from tests.journals import as_sent
from udpchat.adapters.journal.programs import text_of
from udpchat.domain.commands.names import NicknameOwned, NicknameReserved, NicknameTaken, NicknameUnfit
from udpchat.domain.commands.presence import Greeted, Joined
from udpchat.domain.machine import ask
from udpchat.domain.rooms.audience import Notify, Only
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.programs import session
from udpchat.domain.rooms.programs.answers import (
    Done,
    IdTooOld,
    MalformedObject,
    NotThere,
    Pong,
    Welcome,
)
from udpchat.domain.rooms.requests import Malformed, Numbered, Ping, Since


def test_a_program_is_welcomed_under_the_name_it_wishes_for() -> None:
    """It reads who it is, where, and with whom; nobody reads of a name that it had before."""
    talk = Talk(Rules(announce_joins=True))
    talk.give(TEXT, "")
    for client, line in ((TEXT, "/away lunch"), (OTHER, "/join kitchen"), (OTHER, "/away"), (OTHER, "/topic tea")):
        talk.give(client, line)
    deliveries = talk.give(BOT, hello("bot"))
    (to, welcome), *others = deliveries
    assert to == Only(BOT, json=True)
    assert isinstance(welcome, Welcome)
    assert (welcome.nickname, welcome.hashed, welcome.log, welcome.own, welcome.id) == (
        "bot", "s1", f"{1:016x}", 0, 0
    )  # fmt: skip
    (lobby,) = welcome.rooms
    person = talk.state.roster.members[TEXT].nickname
    assert (lobby.room, lobby.topic, [*lobby.present()]) == ("lobby", "", [(person, "lunch"), ("bot", None)])
    assert lobby.seq == talk.state.rooms.lobby.seq
    assert [event for _, event in others] == [Joined(talk.state.roster.members[BOT].nickname)]
    assert "bot" not in str(talk.state.slices.by_word["seen"])


@pytest.mark.parametrize(
    ("nick", "why"),
    [("2fast", NicknameUnfit), ("server", NicknameReserved), ("tim", NicknameTaken), ("tom", NicknameOwned)],
)
def test_a_program_that_may_not_have_its_name_gets_another(nick: str, why: type[object]) -> None:
    """It reads why, and is in all the same. Whoever has the name reads of it as of any other who asks."""
    talk = Talk()
    for client, lines in ((TEXT, ["/nick tim"]), (OTHER, ["/nick tom", "/claim t1", "/quit"])):
        for line in lines:
            talk.give(client, line)
    deliveries = talk.give(BOT, hello(nick))
    assert isinstance(deliveries[0][1], Welcome)
    assert deliveries[0][1].nickname not in {nick, "tim", "tom"}
    assert [event.__class__ for audience, event in deliveries[1:] if audience == Only(BOT, json=True)] == [why]
    assert [audience for audience, _ in deliveries if isinstance(audience, Notify)] == [Notify(TEXT)] * (nick == "tim")


def test_a_first_line_joins_and_is_among_what_the_program_may_have() -> None:
    """It is said, and its speaker is welcomed behind it, before the outcome."""
    talk = Talk()
    found = talk.tell(BOT, Numbered("good morning", 5))[BOT]
    assert kinds(found) == ["Said", "Welcome", "Done"]
    assert found[2].event == Done(5, "lobby", found[0].seq)
    assert said(talk.tell(BOT, Since(LOBBY))[BOT]) == ["good morning"]
    assert kinds(talk.tell(OTHER, Ping(3))[OTHER]) == ["Welcome", "Pong"]
    assert Greeted not in {event.__class__ for event in events(talk, ELSEWHERE, Numbered(""))}


def test_the_outcome_of_what_is_said_is_what_was_said() -> None:
    """It says where that is, also if the room was told before that the program is back."""
    talk = talk_with_bot()
    talk.give(BOT, Numbered("/away tea", 1))
    found = talk.tell(BOT, Numbered("good morning", 2))[BOT]
    assert kinds(found) == ["CameBack", "Said", "Done"]
    assert found[2].event == Done(2, "lobby", found[1].seq)


def test_an_id_counts_once() -> None:
    """Who repeats it gets the recorded outcome, whether that was done or refused, and nothing happens again."""
    talk = talk_with_bot()
    first = events(talk, BOT, Numbered("good morning", 1))
    assert first[1] == Done(1, "lobby", talk.state.rooms.lobby.seq)
    assert events(talk, BOT, Numbered("good morning", 1)) == [first[1]]
    refused = talk.give(BOT, Numbered("/nick", 2))
    assert refused[0][0] == Only(BOT, json=True, id=2)
    assert talk.give(BOT, Numbered("/nick tim", 2)) == refused
    assert events(talk, BOT, Numbered("/hands", 7))[-1] == Done(7)
    assert events(talk, BOT, Numbered("/hands")) == events(talk, BOT, Numbered("/hands", 5))[:1]
    assert list(talk.state.sessions.by_address[BOT].outcomes) == [1, 2, 7, 5]
    talk.start_again()
    assert as_sent(talk.give(BOT, Numbered("good morning", 2))) == as_sent(refused)


@pytest.mark.parametrize("word", ["x" * 7000, "\N{PILE OF POO}" * 1700])
def test_outcomes_take_little_memory(word: str) -> None:
    """Each is kept for a while, so a refusal quotes only the beginning of what was typed, also the first time."""
    talk = talk_with_bot()
    for line in (f"/{word}", f"/join {word}", f"/nick {word}", f"/msg {word} hello", f"/msg bot{word} hello"):
        [refused] = events(talk, BOT, Numbered(line, number := talk.state.sessions.by_address[BOT].highest + 1))
        assert events(talk, BOT, Numbered(line, number)) == [refused]
    kept = talk.state.sessions.by_address[BOT].outcomes.values()
    assert len(kept) == 5
    assert max(len(text_of(event)) for event in kept) < 4 * ask.MAX_QUOTED
    talk.give(OTHER, Numbered(f"/{word}", 1))
    assert all(word not in text_of(each) for each in talk.state.sessions.by_address[OTHER].outcomes.values())
    [whole] = events(talk, BOT, Numbered(f"/{word}"))
    assert word in text_of(whole)


def test_who_is_away_is_looked_up_once_for_all_rooms() -> None:
    """A program in ten large rooms may say hello as often as it may say a line, so looks at each member add up."""
    talk = talk_with_bot()
    for line in ("/join kitchen", "/away lunch"):
        talk.give(TEXT, line)
    rooms = talk.state.rooms
    rooms.enter(talk.state.roster.members[BOT], rooms.by_name["kitchen"])
    [welcome] = [event for _, event in talk.give(BOT, hello()) if isinstance(event, Welcome)]
    lobby, kitchen = welcome.rooms
    assert lobby.away is kitchen.away
    assert [why for _, why in lobby.present()] == [None]
    assert sorted(kitchen.present(), key=str) == [("bot", None), (talk.state.roster.members[TEXT].nickname, "lunch")]


def test_ids_below_the_last_outcomes_do_not_count() -> None:
    """It is not known any more whether they did, so the line is refused, and a program cannot say it twice."""
    talk = talk_with_bot()
    for number in range(10, 11 + session.MAX_OUTCOMES):
        talk.give(BOT, Numbered("ok", number))
    for number in (1, 10):
        assert events(talk, BOT, Numbered("ok", number)) == [IdTooOld(number)]
    assert talk.state.sessions.by_address[BOT].highest == 10 + session.MAX_OUTCOMES


def test_a_line_is_meant_for_a_room() -> None:
    """In another room than that of the program it is refused; it is in one room unless a dialect has windows."""
    talk = talk_with_bot()
    assert events(talk, BOT, Numbered("good morning", 1, "kitchen")) == [NotThere("kitchen")]
    talk.give(BOT, Numbered("/join kitchen"))
    talk.state.rooms.enter(talk.state.roster.members[BOT], talk.state.rooms.lobby)
    for room in ("kitchen", "lobby", "kitchen"):
        assert events(talk, BOT, Numbered("good morning", None, room))[0].text == "good morning"
        assert talk.state.roster.members[BOT].place.room.name == "lobby"
    talk.give(BOT, Numbered("/leave", None, "kitchen"))
    assert [room.name for room in talk.state.roster.members[BOT].place.rooms] == ["lobby"]


def test_a_ping_tells_how_far_all_has_come() -> None:
    """The numbers are those of the last events."""
    talk = talk_with_bot()
    talk.give(TEXT, "/msg bot psst")
    assert events(talk, BOT, Ping(3)) == [Pong(3, (("lobby", talk.state.rooms.lobby.seq),), 1)]


@pytest.mark.parametrize("code", ["malformed", "unknown-message"])
def test_what_cannot_be_read_lets_nobody_in(code: str) -> None:
    """A member is told so; a stranger stays one, and nothing is sent to an address that may be forged."""
    talk = talk_with_bot()
    assert events(talk, BOT, Malformed(code)) == [MalformedObject(code)]
    assert talk.give(OTHER, Malformed(code)) == []
    assert OTHER not in talk.state.roster
