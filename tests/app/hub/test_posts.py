"""Posts of scripts at the gate: nobody comes in by them, and nobody floods or reflects by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.journals import LateJournal
from tests.room import Client, Room, drawing
from tests.wire.test_claims import TOKEN, token_of
from udpchat.domain.admission.gate import MAX_HANDLING
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.posters import MIN_POST
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.admission.token_tries import (
    ALL_POSTS_AT_ONCE,
    POST_SECONDS,
    POSTS_AT_ONCE,
)
from udpchat.domain.drop_reason import DropReason

WRONG = f"/post {TOKEN} deploy finished"


def scripted(room: Room) -> tuple[Client, str]:
    """Return a member of a room, and the token of its scripts."""
    one = room.member()
    token_of(one)
    one.say("/token")
    return one, one.hears()[0].split()[-2]


ends = st.lists(st.one_of(strategies.text, st.sampled_from(["\n/nick x", "\rhello", "\r\n", "\0", " "])), max_size=6)


@given(ends.map("".join), st.booleans(), st.sampled_from(["/post", "/POST"]))
def test_nobody_comes_in_by_a_post(end: str, right: bool, word: str) -> None:  # noqa: FBT001 - hypothesis
    """Whatever stands in the datagram: no member, no quota, and at most three bytes for each that was sent."""
    room = Room(drawing("TEDDC"), policy=Policy())
    one, token = scripted(room)
    script = room.client("203.0.113.7")
    payload = f"{word} {token if right else TOKEN} {end}".encode(errors="replace")
    script.say(payload)
    assert script.end.address not in room.hub.admission
    assert len(room.chat.state.roster) == 1
    assert sum(map(len, script.gets())) <= MAX_AMPLIFICATION * len(payload)
    assert one.end.address in room.hub.admission
    assert room.hub.admission.drops[DropReason.BUG] == 0


@pytest.mark.parametrize("line", ["/post x", "/posting " + "x" * 40, "post " + "x" * 40, f" {WRONG}", f"hi\n{WRONG}"])
def test_what_is_no_post(line: str) -> None:
    """It is a stranger's datagram like any other, which needs a code."""
    room = Room(policy=Policy())
    script = room.client("203.0.113.7")
    script.say(line)
    assert all(each.startswith(("to join", "/enter")) for each in script.hears()[:1])
    assert room.hub.admission.drops[DropReason.CODE_ASKED] == 1


def test_no_answer_to_a_wrong_token_reflects_more() -> None:
    """The shortest post gets all answers to a token that is not known, within three bytes for each of its own."""
    room = Room()
    script = room.client("203.0.113.7")
    for text in ("x" * (MIN_POST - 6), f"{'x' * 20} {'y' * (MIN_POST - 27)}"):
        script.say(f"/post {text}")
        (answer,) = script.gets()
        assert len(answer) <= MAX_AMPLIFICATION * MIN_POST


def test_posts_of_strangers_are_limited() -> None:
    """Those of one network, and of all; what is too much has no answer, and others do not notice."""
    room = Room(drawing("TEDDC"), policy=Policy())
    one, token = scripted(room)
    flood, other = room.client("203.0.113.7"), room.client("203.0.113.8")
    for _ in range(POSTS_AT_ONCE + 5):
        flood.say(WRONG)
    assert len(flood.gets()) == POSTS_AT_ONCE
    assert room.hub.admission.drops[DropReason.POST_RATE] == 5
    other.say(f"/post {token} hello")
    assert other.hears() == ["you posted it"]
    room.now += POST_SECONDS
    flood.say(f"/post {token} hello")
    assert flood.hears() == ["you posted it"]
    for number in range(ALL_POSTS_AT_ONCE):
        room.client(f"198.51.{number // 200}.{number % 200}").say(WRONG)
    other.say(f"/post {token} hello")
    assert other.hears() == []
    one.hears()
    one.say("hello there")
    assert one.hears() == ["TEDDC: hello there"]


def test_a_full_server_takes_posts() -> None:
    """They take no place."""
    room = Room(drawing("TEDDC"), policy=Policy(max_clients=1))
    _, token = scripted(room)
    script = room.client()
    script.say(f"/post {token} hello")
    assert script.hears() == ["you posted it"]


def test_a_large_room() -> None:
    """A post is not taken for the line of a client that has to pay."""
    room = Room(drawing("TEDDC"))
    _, token = scripted(room)
    for _ in range(101):
        room.member()
    script = room.client("203.0.113.7")
    script.say(f"/post {token} h\N{LATIN SMALL LETTER E WITH ACUTE}llo")
    assert script.hears() == ["you posted it"]


def test_a_poster_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it was answered, and not before, as the journal may take a while."""
    journal = LateJournal()
    room = Room(drawing("TEDDC"), journal=journal)
    forgotten: list[object] = []
    monkeypatch.setattr(room.carrier.__class__, "forget", lambda _, addresses: forgotten.extend(addresses))
    script = room.client("203.0.113.7")
    script.say(WRONG)
    room.pass_time(1.0)
    assert forgotten == []
    journal.commit()
    room.hub.advance()
    assert script.hears() == ["error - this token is not valid"]
    room.pass_time(journal.commit_timeout + MAX_HANDLING)
    room.pass_time(1.0)
    assert forgotten == [script.end.address]


def test_a_long_post() -> None:
    """A line that is too long is counted, and neither said nor a way in."""
    room = Room(drawing("TEDDC"), policy=Policy(), max_line=100)
    one, token = scripted(room)
    script = room.client("203.0.113.7")
    script.say(f"/post {token} " + "x" * 100)
    assert script.hears() == []
    assert one.hears() == []
    assert len(room.chat.state.roster) == 1
