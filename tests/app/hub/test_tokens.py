"""Tokens at the hub: drawn and shown once, kept nowhere, and not tried too often."""

from __future__ import annotations

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.app.hub.test_secrets import Kept
from tests.journals import CODEC
from tests.room import KEY, Client, Room, drawing
from tests.wire.kitchen import nickname
from tests.wire.test_claims import token_of
from udpchat.app.hub import tokens
from udpchat.app.hub.tokens import DrawnTokens
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.token_tries import TOKEN_SECONDS, TOKENS_AT_ONCE
from udpchat.domain.commands.claims import NameClaimed
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.tokens import CLAIM_PURPOSE, TOKEN_CHARACTERS, plain, spell
from udpchat.domain.text.nickname import Nickname

WAIT = "error - too many tokens came lately, try again in a minute"
UNKNOWN = "error - this token is not valid, or its name was given up, see the last one that you read"


def two() -> tuple[Room, Client, str]:
    """Return a room with TEDDC, who owns that name by a token."""
    room = Room(drawing("TEDDC"))
    client = room.member()
    return room, client, token_of(client)


def drawn(hub_tokens: DrawnTokens) -> str:
    """Draw a token, and return it."""
    return hub_tokens.fill(NameClaimed(Nickname("TEDDC"), hub_tokens.draw(CLAIM_PURPOSE))).token


spelling = st.sampled_from([str, str.upper, plain, lambda token: token.replace("-", " "), lambda token: f"{token} "])


@given(st.sampled_from(["/resume", " /RESUME ", "/resume\t", "/claim", "/resum", "/enter"]), spelling)
def test_no_token_is_in_journal_snapshot_or_log(word: str, spelt: st.SearchStrategy[str]) -> None:
    """However it is typed, wherever it stands, and whether it is right."""
    journal = Kept()
    room = Room(drawing("TEDDC"), journal=journal, show_lines=True)
    one, other = room.member(), room.client()
    with structlog.testing.capture_logs() as logged:
        token = token_of(one)
        other.say(f"{word} {spelt(token)}")  # type: ignore[operator]
        other.say(f"/resume {token}x")
        one.say(f"/resume {token}")
        next_one = one.hears() + other.hears()
    kept = f"{journal.inputs} {logged} {snapshot(room.chat.state)} {CODEC.document(snapshot(room.chat.state))}"
    known = [token, *(line.split()[-1] for line in next_one if "/resume " in line)]
    for each in known:
        assert plain(each) not in plain(kept)
        assert plain(each)[:8] not in plain(kept)


def test_a_token_is_spelt_for_people() -> None:
    """In groups of four, of letters and digits that nobody confuses, with 120 bits; blanks and case do not matter."""
    found = {drawn(DrawnTokens(KEY)) for _ in range(200)}
    assert len(found) == 200
    assert set("".join(found)) == set("abcdefghijkmnpqrstuvwxyz23456789-")
    assert all(len(plain(each)) == TOKEN_CHARACTERS for each in found)
    assert spell(bytes(TOKEN_CHARACTERS)) == "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa"
    assert plain(" AaAa-aaaa  AAAA-") == "aaaaaaaaaaaa"


def test_only_the_server_that_drew_it_shows_a_token() -> None:
    """It does so once. It forgets the oldest of too many, and another server never knew it."""
    here, elsewhere = DrawnTokens(KEY), DrawnTokens(KEY)
    hashed = here.draw(CLAIM_PURPOSE)
    event = NameClaimed(Nickname("TEDDC"), hashed)
    assert elsewhere.fill(event) == event
    shown = here.fill(event)
    assert here.hash(shown.token.upper(), CLAIM_PURPOSE) == hashed
    assert here.fill(event) == event
    assert shown.token not in repr(shown) + repr(here)


def test_drawn_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of too many is forgotten."""
    monkeypatch.setattr(tokens, "MAX_DRAWN", 2)
    here = DrawnTokens(KEY)
    events = [NameClaimed(Nickname("TEDDC"), here.draw(CLAIM_PURPOSE)) for _ in range(3)]
    assert [here.fill(event).token != "" for event in events] == [False, True, True]


def test_a_lost_datagram_loses_no_name() -> None:
    """The token that was used is valid until the next one is used, and never after that."""
    room, one, token = two()
    one.say(f"/resume {token}")
    one.hears()  # as if it were lost
    other = room.client()
    other.say(f"/resume {token}")
    next_one = other.hears()[-1].split()[-1]
    other.say(f"/resume {next_one}")
    assert other.hears()[-1].startswith("you are TEDDC, next time type: /resume ")
    for client in (one, other):
        client.say(f"/resume {token}")
        assert client.hears()[-1] == UNKNOWN


def test_tokens_of_one_network_are_limited() -> None:
    """After some it must wait, and the right one does not count then. Other networks do not notice."""
    room, _, token = two()
    one, other = room.client("10.0.0.1"), room.client("10.0.0.2")
    for _ in range(TOKENS_AT_ONCE):
        one.say("/resume abcd-efgh")
    one.hears()
    one.say(f"/resume {token}")
    assert one.hears() == [WAIT]
    room.now += TOKEN_SECONDS
    one.say(f"/resume {token}")
    assert nickname(one) == "TEDDC"
    other.say(f"/resume {token}")
    assert nickname(other) == "TEDDC"


def test_the_old_client_is_a_stranger() -> None:
    """The gate forgets it, so that it has to prove its address again."""
    room = Room(drawing("TEDDC"), policy=Policy(admission="code"))
    old, new = room.client(), room.client()
    for client in (old, new):
        client.say(f"/enter {room.hub.admission.challenge.code(client.end.address, room.now)}")
    old.hears()
    token = token_of(old)
    with structlog.testing.capture_logs() as logged:
        new.say(f"/resume {token}")
    assert old.end.address not in room.hub.admission
    assert [each for each in logged if each["event"] == "act"] == [
        {"event": "act", "log_level": "info", "act": "resume", "by": "TEDDC"}
    ]
    old.hears()
    old.say("hello, everybody here")
    assert old.hears()[0].startswith("to join, ")


def test_lines_under_way_reach_the_right_one() -> None:
    """What was said before goes to the old address, and what is said after to the new one, in one batch."""
    room, one, token = two()
    speaker, other = room.member(), room.member()
    name, before = nickname(speaker), nickname(other)
    speaker.send("before this")
    other.send(f"/resume {token}")
    speaker.send("after this")
    room.settle()
    assert one.hears() == [f"{name}: before this", "you have been disconnected, TEDDC goes on at another address"]
    first, where, resumed, last = other.hears()
    assert (first, last) == (f"{name}: before this", f"{name}: after this")
    assert (where, resumed[:13]) == (f"you are in lobby with {name}", "you are TEDDC")
    assert speaker.hears() == [f"{name}: before this", f"{before} goes on as TEDDC", f"{name}: after this"]
