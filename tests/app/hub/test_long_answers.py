"""/history and /missed as a client sees them: in order, paced, paid for."""

from __future__ import annotations

import attrs
import pytest

from tests.journals import LateJournal
from tests.room import SERVER, UNLIMITED, Client, Room, two_members
from udpchat.app.hub import pacer as pacing
from udpchat.app.hub.pacer import MAX_WAITING, PART, ROUND, Pacer
from udpchat.domain.address import Address
from udpchat.domain.admission.policy import Mode, Policy
from udpchat.domain.admission.quota import QuotaTable
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.json.encoder import NO_NUMBERS
from udpchat.domain.dialects.rendering import Renderer
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.inputs import Input, Rules
from udpchat.domain.rooms.members.look import PLAIN
from udpchat.domain.text.nickname import Nickname


def say_many(room: Room, speaker: Client, number: int, line: str = "") -> list[str]:
    """Say numbered lines; return them as they are shown later."""
    nickname = room.chat.state.roster.get(speaker.end.address).nickname  # type: ignore[union-attr]
    for each in range(number):
        speaker.send(f"{each}{line}")
    room.settle()
    return [f"[00:00] {nickname}: {each}{line}" for each in range(number)]


def test_history_is_shown_to_the_asker_only() -> None:
    """Twenty lines at once, after what was said before the question."""
    room, one, two = two_members()
    shown = say_many(room, one, 30)
    one.hears()
    two.hears()
    one.say("last\n/history 3\n/missed\n/history 1m")
    last = "[00:00] TEDDC: last"
    new = "you are new at this address, try /history"
    assert one.hears() == ["TEDDC: last", *shown[-2:], last, new, *shown, last]
    assert two.hears() == ["TEDDC: last"]
    two.say("/history")
    assert two.hears() == [*shown[11:], last]


def test_a_long_answer_comes_in_parts() -> None:
    """What would overrun a receiver waits; every line comes once and in order, and other lines in between."""
    room, one, two = two_members()
    shown = say_many(room, one, 200, "x" * 500)
    two.gets()
    two.say("/history 200")
    heard, parts = [], 0
    while True:
        payloads = two.gets()
        assert sum(map(len, payloads)) <= PART + 1400
        heard += [line for payload in payloads for line in payload.decode().splitlines()]
        if not room.hub.pacing:
            break
        room.hub.pace()
        parts += 1
    assert heard == shown
    assert parts >= 200 * 500 // PART


def test_who_leaves_gets_no_more() -> None:
    """The rest of an answer is for who is in the room."""
    room, one, two = two_members()
    say_many(room, one, 200, "x" * 500)
    two.say("/history 200")
    two.say("/quit")
    two.gets()
    room.hub.pace()
    assert two.gets() == []
    assert not room.hub.pacing


def test_asking_again_ends_the_answer_before() -> None:
    """Nobody gets two answers at a time."""
    room, one, two = two_members()
    shown = say_many(room, one, 200, "x" * 500)
    two.say("/history 200")
    two.gets()
    two.say("/history 1")
    assert two.hears() == shown[-1:]
    room.hub.pace()
    assert not room.hub.pacing


def test_answers_that_wait_are_bounded() -> None:
    """One more than there may be is not begun; a short one is, as it needs not wait."""
    quotas = QuotaTable(Policy())
    quotas.answers = TokenBucket(0)
    pacer, lines = Pacer(Renderer(1400), quotas), (Said(Nickname("TEDDC"), "x" * 500),) * 100
    addresses: list[Address] = [Room().client(port=port).end.address for port in range(1, MAX_WAITING + 2)]
    assert all(pacer.begin(address, HistoryShown(lines), 0.0, PLAIN, NO_NUMBERS) for address in addresses[:-1])
    assert pacer.begin(addresses[-1], HistoryShown(lines), 0.0, PLAIN, NO_NUMBERS) is None
    assert (
        pacer.begin(addresses[-1], HistoryShown(lines[:10]), 0.0, PLAIN, NO_NUMBERS)
        == [b"[00:00] TEDDC: " + b"x" * 500 + b"\n"] * 10
    )
    served: list[Address] = []
    while len(served) < MAX_WAITING:
        sent = [address for address, _ in pacer.next_parts(addresses, 0.0)]
        assert len(sent) <= ROUND // PART + 1, "one call takes no longer than that"
        served += sent
    assert served[:MAX_WAITING] == addresses[:-1], "each has its turn before another has a second one"


def test_who_asks_when_too_many_do_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sentence and not a line of the answer, which is counted; a short answer comes all the same."""
    monkeypatch.setattr(pacing, "MAX_WAITING", 1)
    room, one, two = two_members()
    shown = say_many(room, one, 200, "x" * 500)
    one.hears()
    two.hears()
    one.say("/history 200")
    two.say("/history 200\n/history 2")
    assert two.hears() == ["error - too many long answers are being sent, ask again in a minute", *shown[-2:]]
    assert room.hub.admission.drops == {DropReason.ANSWER_REFUSED: 1}
    while room.hub.pacing:
        room.hub.pace()
    assert one.hears() == shown
    two.say("/history 200")
    assert two.hears() == shown[: len(shown) - 200 + 32]


def test_what_the_end_cuts_is_counted() -> None:
    """A long answer that is on its way when the server ends is not ended, and the operator is told how many are."""
    room, one, two = two_members()
    say_many(room, one, 200, "x" * 500)
    two.say("/history 200")
    room.hub.stop()
    room.hub.close()
    assert room.hub.admission.drops == {DropReason.ANSWER_CUT: 1}


def test_a_long_answer_is_paid_for() -> None:
    """It costs one burst at most: who asks for all once may still speak, and who asks again and again may not."""
    room = Room(policy=Policy())
    one = room.member()
    shown = say_many(room, one, 30)
    for _ in range(20):
        room.pass_time(1.0)
    one.hears()
    one.say("/history 1000\nstill here")
    assert one.hears() == [*shown, "aaaaa: still here"]
    one.say("/history 1000\n" * 40)
    room.pass_time(2.0)
    assert any(line.startswith("error - slow down") for line in one.hears())


def room_that_welcomes(policy: Policy, lines: int) -> tuple[Room, list[str]]:
    """Return a room in which a newcomer is shown so many lines, and the lines that were said, of 18 bytes each."""
    room = Room(policy=policy)
    room.hub.start(SERVER, Rules(history_on_join=lines))
    one = room.client("10.0.0.1")
    one.say("/enter me")
    one.say(one.hears()[0])
    return room, say_many(room, one, 5)


def test_a_newcomer_is_shown_the_last_lines_if_the_operator_wants_it() -> None:
    """Before anything else, in the same order, if its code has shown that it gets what is sent to its address."""
    room, shown = room_that_welcomes(attrs.evolve(UNLIMITED, admission="code"), 2)
    two = room.client()
    two.say("/enter me")
    two.say(two.hears()[0])
    assert two.hears()[:-1] == shown[-2:]


@pytest.mark.parametrize(("mode", "host"), [("open", "203.0.113.7"), ("open", "127.0.0.1"), ("auto", "10.0.0.2")])
@pytest.mark.parametrize(("first", "lines"), [("\n", 0), ("hi", 0), ("x" * 6, 1), ("x" * 11, 1), ("x" * 12, 2)])
def test_a_forged_newcomer_is_not_sent_much(mode: Mode, host: str, first: str, lines: int) -> None:
    """Who has shown nothing is shown as many of the last lines as fit into three bytes for each that it sent, once.

    Beside them it is sent what its line causes: a greeting if that is blank.
    """
    room, shown = room_that_welcomes(attrs.evolve(UNLIMITED, admission=mode), 5)
    two = room.client(host)
    two.say(first)
    heard = two.hears()
    assert heard[:lines] == shown[5 - lines :]
    assert len(heard) == lines + 1
    assert first.strip() or heard[-1].endswith(", type /help for what you can do")
    two.say("/quit\n")
    two.hears()
    two.say("x" * 100)
    assert len(two.hears()) == 1


def test_a_newcomer_that_no_gate_knows_is_shown_nothing() -> None:
    """Its line was committed after all, long after it was let in."""
    journal = LateJournal()
    room = Room(journal=journal)
    room.hub.start(SERVER, Rules(history_on_join=5))
    one, late = room.client(), room.client()
    journal.commit(elsewhere=[Input(0.0, 5, one.end.address, "hello"), Input(0.0, 6, late.end.address, "late")])
    room.hub.advance()
    assert len(late.hears()) == 1


def test_those_who_ask_for_the_same_read_the_time_of_their_own_question() -> None:
    """Lines that were made for another client are not shown a minute later with the time in front."""
    room, one, two = two_members()
    for client in (one, two):
        client.say("/time on")
        client.hears()
    one.say("/list")
    room.now += 60
    two.say("/list")
    asked, listed = "TEDDC queried connected client list", "showing connected clients: "
    assert one.hears()[0].startswith(f"[00:00] {listed}")
    noticed, answer = two.hears()
    assert noticed == f"[00:00] {asked}"
    assert answer.startswith(f"[00:01] {listed}")
