"""How a program goes on by its session, and when that ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.machine.programs import (
    BOT,
    ELSEWHERE,
    LOBBY,
    OTHER,
    SERVER,
    TEXT,
    Talk,
    events,
    hello,
    port,
    said,
    talk_with_bot,
)
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.presence import Left, SentNothing
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.rooms.audience import Notify, Only
from udpchat.domain.rooms.inputs import Administered, Idle, Rules, SessionOver, Started, Unreachable
from udpchat.domain.rooms.programs import session
from udpchat.domain.rooms.programs.answers import (
    Done,
    SessionMoved,
    Welcome,
)
from udpchat.domain.rooms.requests import Numbered, Ping, Since


def test_a_session_goes_on_elsewhere_and_nobody_reads_of_it() -> None:
    """The same member is at another address; the client at the old one reads why it is none any more."""
    talk = talk_with_bot()
    talk.give(BOT, Numbered("/join kitchen"))
    talk.give(OTHER, Numbered("/join kitchen"))
    deliveries = talk.give(ELSEWHERE, hello(shows="s1", following="s2"))
    assert [event.__class__ for _, event in deliveries] == [Welcome, SessionMoved]
    assert deliveries[1][0] == Notify(BOT, json=True)
    assert talk.state.roster.members[ELSEWHERE].nickname == "bot"
    assert BOT not in talk.state.roster
    assert events(talk, OTHER, Numbered("hello there"), ELSEWHERE)


def test_a_lost_program_reads_nothing_at_its_old_address() -> None:
    """When it goes on elsewhere, nobody is left there to read why."""
    talk = talk_with_bot()
    talk.give(BOT, Unreachable())
    assert [event.__class__ for _, event in talk.give(ELSEWHERE, hello(shows="s1"))] == [Welcome]


@pytest.mark.parametrize("line", [Numbered("good morning", 7), Since(LOBBY), Ping(1)])
def test_what_comes_late_from_where_a_program_was_is_not_obeyed(line: Any) -> None:
    """It was under way when the program went on elsewhere, and is said again there: it lets nobody in."""
    talk = talk_with_bot()
    for number, address in enumerate((ELSEWHERE, OTHER, BOT, ELSEWHERE), 1):
        talk.give(address, hello(shows=f"s{number}", following=f"s{number + 1}"))
    talk.start_again()
    assert talk.give(OTHER, line) == [(Only(OTHER, json=True), SessionMoved())]
    assert talk.give(BOT, line) == [(Only(BOT, json=True), SessionMoved())]
    assert talk.give(BOT, hello("bott", following="s9"))[0][1].nickname == "bott"  # type: ignore[attr-defined]
    talk.give(ELSEWHERE, Numbered("/quit"))
    assert talk.give(OTHER, line) != [(Only(OTHER, json=True), SessionMoved())]


def test_few_addresses_are_remembered() -> None:
    """What is late comes from the last ones."""
    talk = talk_with_bot()
    for number in range(1, session.MAX_BEFORE + 3):
        talk.give(port(100 + number), hello(shows=f"s{number}", following=f"s{number + 1}"))
    before = talk.state.sessions.by_address[port(102 + session.MAX_BEFORE)].before
    assert before == tuple(port(102 + number) for number in range(session.MAX_BEFORE))
    assert not talk.state.sessions.was_at(BOT)


def test_two_programs_may_have_been_at_one_address() -> None:
    """When the session of one of them ends, what is late from the other one is still known as that."""
    talk = talk_with_bot()
    talk.give(ELSEWHERE, hello(shows="s1", following="s2"))
    talk.give(BOT, hello("bott", following="s5"))
    talk.give(OTHER, hello(shows="s5", following="s6"))
    talk.give(OTHER, Numbered("/quit"))
    assert talk.give(BOT, Numbered("late")) == [(Only(BOT, json=True), SessionMoved())]
    talk.give(ELSEWHERE, Numbered("/quit"))
    assert not talk.state.sessions.was_at(BOT)


def test_who_was_somebody_else_at_the_new_address_leaves() -> None:
    """A program that came in as somebody new, and then shows its session, is one member and not two."""
    talk = talk_with_bot()
    talk.give(ELSEWHERE, hello("bott", following="s5"))
    deliveries = talk.give(ELSEWHERE, hello(shows="s1"))
    assert [event.nickname for _, event in deliveries if isinstance(event, Left)] == ["bott"]
    assert [member.nickname for member in talk.state.roster if member.place.look.json] == ["bot"]
    assert talk.state.sessions.owner("s5") is None


def test_a_banned_address_gets_no_session() -> None:
    """A session moves to no address that is kept out, and stays where it is."""
    talk, other = talk_with_bot(), MemoryAddress("10.0.0.2", 1)
    talk.give(other, "/nick tim")
    talk.give(SERVER, Administered("ban", "tim 1h"))
    assert talk.give(other, hello(shows="s1")) == []
    assert talk.give(other, hello()) == []
    assert BOT in talk.state.roster


def test_old_secrets_are_valid_until_a_new_one_is_used() -> None:
    """A welcome may be lost, so several secrets wait. If too many do, no more are given: each of them is valid."""
    talk = talk_with_bot()
    for number in range(2, 5):
        talk.give(BOT, hello(shows="s1", following=f"s{number}"))
    assert {talk.state.sessions.owner(f"s{number}") for number in range(1, 5)} == {BOT}
    talk.give(ELSEWHERE, hello(shows="s3", following="s9"))
    owners = [talk.state.sessions.owner(f"s{number}") for number in (1, 2, 3, 4, 9)]
    assert owners == [None, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE]
    for number in range(10, 9 + session.MAX_FOLLOWING):
        assert events(talk, ELSEWHERE, hello(shows="s3", following=f"s{number}"))[0].hashed == f"s{number}"
    assert events(talk, ELSEWHERE, hello(shows="s3", following="s99"))[0].hashed == ""
    assert {talk.state.sessions.owner(each) for each in ("s3", "s9", "s10")} == {ELSEWHERE}
    assert len(talk.state.sessions.by_address[ELSEWHERE].secrets) == session.MAX_FOLLOWING + 3
    talk.give(OTHER, hello(shows="s9", following="s99"))
    assert talk.state.sessions.owner("s99") == OTHER


def test_a_program_that_got_no_welcome_yet_is_given_secrets_for_ever() -> None:
    """All welcomes may be lost for long. Of those that no program has used, the last ones are valid."""
    talk = Talk()
    for number in range(3 * session.MAX_FOLLOWING):
        assert events(talk, BOT, hello("bot", following=f"s{number}"))[0].hashed == f"s{number}"
    assert len(talk.state.sessions.by_address[BOT].secrets) == session.MAX_FOLLOWING
    assert talk.state.sessions.owner("s0") is None
    talk.give(ELSEWHERE, hello(shows=f"s{number}", following="t"))
    assert talk.state.sessions.owner("t") == ELSEWHERE


def test_who_leaves_from_where_another_program_was_reads_its_outcome() -> None:
    """Each program has the outcomes of its own lines."""
    talk = talk_with_bot()
    talk.give(ELSEWHERE, hello(shows="s1", following="s2"))
    talk.give(BOT, hello("tim", following="t1"))
    assert [type(each) for each in events(talk, BOT, Numbered("/quit", 1))] == [Done]


def test_answers_may_come_in_another_order() -> None:
    """A program shows the secret that came last, though one that was given later was used: both are valid.

    They are until one that was given after that is used.
    """
    talk = talk_with_bot()
    for number in (2, 3, 4):
        talk.give(BOT, hello(shows="s1", following=f"s{number}"))
    for address, shown, given in ((ELSEWHERE, "s4", "s5"), (OTHER, "s2", "s6"), (BOT, "s4", "s7")):
        assert talk.give(address, hello(shows=shown, following=given))[0][1].nickname == "bot"  # type: ignore[attr-defined]
        talk.start_again()
    talk.give(ELSEWHERE, hello(shows="s6", following="s8"))
    valid = [number for number in range(1, 9) if talk.state.sessions.owner(f"s{number}") is not None]
    assert valid == [5, 6, 7, 8]


def test_a_late_hello_lets_nobody_in() -> None:
    """It shows a secret that is spent, from wherever; one that is not known is of somebody new."""
    talk = talk_with_bot()
    talk.give(ELSEWHERE, hello(shows="s1", following="s2"))
    talk.give(ELSEWHERE, hello(shows="s2", following="s3"))
    talk.start_again()
    assert talk.give(OTHER, hello(shows="s1", following="s4")) == [(Only(OTHER, json=True), SessionMoved())]
    assert talk.give(OTHER, hello(following="s1"))[0][1].hashed == ""  # type: ignore[attr-defined]
    talk.give(ELSEWHERE, Numbered("/quit"))
    assert talk.give(BOT, hello(shows="s1", following="s5"))[0][1].nickname != "bot"  # type: ignore[attr-defined]


def test_few_spent_secrets_are_remembered() -> None:
    """A program moves all day."""
    talk = talk_with_bot()
    for number in range(1, session.MAX_SPENT + 4):
        talk.give(BOT, hello(shows=f"s{number}", following=f"s{number + 1}"))
    spent = [number for number in range(1, session.MAX_SPENT + 9) if talk.state.sessions.is_spent(f"s{number}")]
    assert spent == [*range(3, session.MAX_SPENT + 3)]


def test_a_secret_that_is_known_is_given_to_nobody_else() -> None:
    """The intake draws 128 bits, so this is a fault or an attack: the welcome has no session then."""
    talk = talk_with_bot()
    (welcome,) = events(talk, OTHER, hello(following="s1"))
    assert welcome.hashed == ""
    assert talk.state.sessions.owner("s1") == BOT
    assert talk.state.sessions.owner("") is None


@pytest.mark.parametrize("why", [Unreachable(), Unreachable(3), Idle(60), Idle()])
def test_a_lost_program_stays_for_a_while_then_leaves(why: Unreachable | Idle) -> None:
    """Nothing is sent to it, and nobody reads of it, until its time is over: then it leaves as others do."""
    talk = talk_with_bot(session_seconds=120)
    told_ = talk.give(BOT, why)
    assert [event for _, event in told_] == ([SentNothing(60)] if why == Idle(60) else [])
    assert talk.tell(TEXT, "anybody here?") == {}
    assert talk.give(BOT, why) == told_
    assert talk.give(BOT, SessionOver(), after=100.0) == []
    ((audience, left),) = talk.give(BOT, SessionOver(), after=20.0)
    assert (audience.room, left) == ("lobby", Left(left.nickname))  # type: ignore[union-attr, attr-defined]
    assert talk.state.sessions.owner("s1") is None
    assert talk.give(BOT, SessionOver()) == []


@pytest.mark.parametrize("back", [0.5, 50.0])
def test_a_session_ends_in_time_after_the_clock_was_set_back(back: float) -> None:
    """It does not stay for all the hours by which the clock went back."""
    talk = talk_with_bot()
    talk.give(BOT, Unreachable())
    assert [event.__class__ for _, event in talk.give(BOT, SessionOver(), after=-back)] == [Left]


def test_a_program_without_a_session_leaves_at_once() -> None:
    """One that never said hello has no secret by which it could come back; nor may one stay that has to make room."""
    talk = Talk()
    talk.give(TEXT, "")
    talk.give(BOT, Numbered("good morning"))
    assert [event.__class__ for _, event in talk.give(BOT, Unreachable())] == [Left]
    talk.give(OTHER, hello())
    assert OTHER not in [talk.give(OTHER, Idle(makes_room=True)), *talk.state.roster.members]
    assert talk.give(OTHER, SessionOver()) == []


@pytest.mark.parametrize("line", [Numbered("again"), Ping(1), Since(LOBBY), "with text", hello()])
def test_whatever_it_sends_a_lost_program_is_back(line: Any) -> None:
    """It is the same member, whose session is in no danger any more."""
    talk = talk_with_bot()
    talk.give(BOT, Unreachable())
    talk.give(TEXT, "anybody here?")
    talk.give(BOT, line)
    assert talk.give(BOT, SessionOver(), after=500.0) == []
    assert not talk.state.slices.watched
    assert said(talk.tell(TEXT, "hello again")[BOT]) == ["hello again"]
    assert said(talk.tell(BOT, Since(LOBBY))[BOT])[:1] == ["anybody here?"]


def test_quitting_ends_a_session_at_once() -> None:
    """Whoever shows its secret later is somebody new."""
    talk = talk_with_bot()
    found = talk.give(BOT, Numbered("/quit", 1))
    assert (found[0][0].json, found[0][1].__class__) == (True, Left)  # type: ignore[union-attr]
    assert found[-1] == (Only(BOT, json=True, id=1), Done(1))
    assert BOT not in talk.state.roster
    assert events(talk, ELSEWHERE, hello(shows="s1", following="s2"))[0].nickname != "bot"


def test_who_is_kicked_reads_it_as_an_object_and_has_no_session() -> None:
    """It is no member any more, and still the client reads objects."""
    talk = talk_with_bot()
    deliveries = talk.give(SERVER, Administered("kick", "bot that was loud"))
    assert Notify(BOT, json=True) in [audience for audience, _ in deliveries]
    assert talk.state.sessions.owner("s1") is None


def test_the_numbering_keeps_its_name_as_long_as_the_state() -> None:
    """A start with a journal goes on with it; one without has another."""
    talk = Talk()
    before = talk.state.numbering
    talk.start_again()
    talk.give(SERVER, Started(Rules(), grammar=GRAMMAR))
    assert talk.state.numbering == before


@pytest.mark.parametrize("first", ["text", "object"])
@pytest.mark.parametrize("then", ["text", "object"])
@pytest.mark.parametrize("known", ["stranger", "member"])
def test_an_owner_goes_on_in_the_dialect_of_its_new_client(first: str, then: str, known: str) -> None:
    """Its old session ends. The new client has the session that it had, if it had one."""
    talk = Talk()
    for line in ("/nick ann", "/claim t1"):
        talk.give(BOT, line if first == "text" else Numbered(line))
    if first == "object":
        talk.give(BOT, hello(following="old"))
    if known == "member":
        talk.give(OTHER, "" if then == "text" else hello(following="new"))
    talk.give(OTHER, "/resume t1 t2" if then == "text" else Numbered("/resume t1 t2", 4))
    member, sessions = talk.state.roster.members[OTHER], talk.state.sessions
    assert (member.nickname, member.place.look.json) == ("ann", then == "object")
    assert sessions.owner("old") is None
    assert sessions.owner("new") == (OTHER if (then, known) == ("object", "member") else None)
    assert [*sessions.by_address] == ([OTHER] if then == "object" else [])
    assert [*talk.state.rooms.lobby.programs] == [*sessions.by_address]


def test_an_owner_that_was_away_comes_back_in_its_own_dialect() -> None:
    """What it wore as a program is not worn by a client with text, and the other way round."""
    talk = Talk()
    for line in ("/nick ann", "/claim t1", "/color on", "/quit"):
        talk.give(BOT, Numbered(line))
    talk.give(TEXT, "/resume t1 t2")
    look = talk.state.roster.members[TEXT].place.look
    assert (look.color, look.json, look.lost) == (True, False, False)
    talk.give(TEXT, "/quit")
    talk.give(OTHER, Numbered("/resume t2 t3"))
    look = talk.state.roster.members[OTHER].place.look
    assert (look.color, look.json) == (True, True)
