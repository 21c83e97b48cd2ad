"""The stored form of what programs send, and of what is kept for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.domain.machine.programs import BOT, LOBBY, OTHER, TEXT, Talk, caught_up, hello, talk_with_bot
from tests.journals import CODEC, stored
from udpchat.adapters.journal.codec import VERSION
from udpchat.adapters.journal.errors import Newer, Unreadable
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Input, Rules, SessionOver, Started
from udpchat.domain.rooms.requests import Hello, Malformed, Numbered, Ping, Places, Since
from udpchat.domain.text.line import LineTooLong

PLACES = Places((("lobby", 1233),), 17, "k3f9")
SPELT = '{"rooms": [["lobby", 1233]], "own": 17, "log": "k3f9"}'


@pytest.mark.parametrize(
    ("line", "kind", "rest"),
    [
        (
            Hello("bot", "hash", PLACES, "next"),
            "hello",
            f'{{"nick": "bot", "session": "hash", "places": {SPELT}, "next_session": "next"}}',
        ),
        (Since(PLACES), "since", f'{{"places": {SPELT}}}'),
        (Ping(3), "ping", '{"number": 3}'),
        (Numbered("hi", 7, "kitchen"), "numbered", '{"line": "hi", "id": 7, "room": "kitchen"}'),
        (Numbered(LineTooLong(9, 8)), "numbered", '{"line": [9, 8], "id": null, "room": ""}'),
        (Malformed("malformed"), "malformed", '{"code": "malformed"}'),
        (SessionOver(), "session over", "{}"),
    ],
)
def test_what_programs_send_is_a_format(line: Any, kind: str, rest: str) -> None:
    """Each kind has a word and fields that stay, and is read as it was written."""
    given = Input(1.0, 2, BOT, line)
    row = CODEC.row(given)
    assert (row[3], row[4]) == (kind, rest)
    assert CODEC.input(row) == given
    assert CODEC.rows([given]) == [row]


@pytest.mark.parametrize("rest", ['{"line": 7, "id": 1, "room": ""}', '{"line": "hi"}', "[]"])
def test_a_request_that_no_server_writes(rest: str) -> None:
    """It is unreadable, and nothing is guessed."""
    at, entropy, sender, _, _ = CODEC.row(Input(1.0, 2, BOT, "hello"))
    with pytest.raises(Unreadable):
        CODEC.input((at, entropy, sender, "numbered", rest))


def busy() -> Talk:
    """Return a chat in which programs were told things of all kinds."""
    talk = talk_with_bot()
    talk.give(OTHER, hello("bott", following="s2"))
    for line in ("/nick tim", "good morning", "/away lunch", "/msg bot psst", "/me waves"):
        talk.give(TEXT, line)
    for number, line in enumerate(("/ignore tim", "/nick", "hi", "/join kitchen"), 1):
        talk.give(BOT, Numbered(line, number))
    talk.give(TEXT, "to those who do not ignore me")
    return talk


def test_a_snapshot_with_programs_is_a_format() -> None:
    """Events are stored as the objects that were sent of them, messages as in histories. A new version says so."""
    talk = busy()
    document = json.loads(CODEC.document(snapshot(talk.state)))
    assert document["version"] == VERSION == 4
    programs = document["state"]["programs"]
    lobby, kitchen = programs["told"]
    assert [*programs] == ["numbering", "ended", "kept", "told", "sessions"]
    assert (lobby["room"], lobby["first"], kitchen["room"]) == ("lobby", 1, "kitchen")
    assert lobby["events"][1] == {"message": {"nickname": "tim", "text": "good morning", "at": 106.0, "by": 1}}
    away = lobby["events"][2]
    assert (away["at"], away["hidden"], away["author"]) == (107.0, [], {"nickname": "tim", "number": 1})
    assert json.loads(away["object"])["line"] == "tim is away: lunch"
    bot, other = programs["sessions"]
    assert (bot["following"], bot["own"], len(bot["noted"]), other["own"]) == (
        ["s1"],
        2,
        2,
        0,
    )  # words, and that it holds the room
    assert [number for number, _ in bot["outcomes"]] == [1, 2, 3, 4]
    assert [json.loads(text)["event"] for _, text in bot["outcomes"]] == ["done", "error", "done", "done"]


def test_a_snapshot_with_programs_is_read_as_it_was_written() -> None:
    """What is sent again of it are the same objects, and the next snapshot has the same."""
    talk, fresh = busy(), busy()
    talk.start_again()
    assert stored(talk.state) == stored(fresh.state)
    assert [each.text for each in caught_up(talk, LOBBY, OTHER)] == [
        each.text for each in caught_up(fresh, LOBBY, OTHER)
    ]


def test_without_programs_a_snapshot_is_as_before() -> None:
    """An earlier version reads it, for as long as the grammar is of that time."""
    talk = Talk()
    old = json.loads(CODEC.document(snapshot(talk.state)))
    assert old["version"] == VERSION
    talk.chat.state.has_numbers = False
    old = json.loads(CODEC.document(snapshot(talk.state)))
    assert (old["version"], "programs" in old["state"]) == (3, False)
    assert '"json"' not in json.dumps(old)
    rules = json.loads(CODEC.row(Input(1.0, 2, BOT, Started(Rules())))[4])["rules"]
    assert not {"log_events", "session_seconds"} & rules.keys()
    with pytest.raises(Newer):
        CODEC.state(json.dumps({**old, "version": VERSION + 1}))
