"""What of a line may be kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import KEY, NAMES
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.presence import InAlready
from udpchat.domain.commands.secrecy import without_secrets
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.keyed_hash import KEY_BYTES, keyed_hash
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState

CODE = "k7f3qz"
HASH = "[a-km-np-z2-9]{26}"

blanks = st.text(" \xa0\u2003\u3000", max_size=3)
words = st.sampled_from([*COMMANDS, "/mgs", "/", "//", "//enter", "/ente\u0301r", "enter", "hello"]).flatmap(
    lambda word: st.tuples(*(st.sampled_from([each, each.upper()]) for each in word)).map("".join)
)
JUDGED = {word for word, each in COMMANDS.items() if each.secret and each.secret.judged and word != "/enter"}

lines = st.tuples(blanks, words, blanks, st.sampled_from([CODE, CODE.upper(), ""]), blanks).map("".join)


def kept_of(line: str, key: bytes = KEY) -> str:
    """Return what is kept of a line of which something is kept."""
    kept = without_secrets(line, key)
    assert kept is not None
    return kept


def handled(line: str) -> tuple[list[Delivery], object]:
    """Return what a line of a member leads to, and the state afterwards."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    chat.handle(Input(0.0, 1, peer(port=1), ""))
    return chat.handle(Input(1.0, 2, peer(port=1), line)), snapshot(chat.state)


@given(lines)
def test_no_reply_depends_on_a_secret(line: str) -> None:
    """The chat does the same with what is kept of a command as with the whole line, unless it gets a verdict on it."""
    typed = line.lstrip()
    assume(typed.split(maxsplit=1)[0].lower() not in JUDGED)
    assert handled(typed) == handled(kept_of(typed, KEY))


@given(lines)
def test_what_follows_a_secret_or_unknown_command_is_not_kept(line: str) -> None:
    """Blanks before the slash and the case of the word change nothing. All other lines are kept whole."""
    kept = kept_of(line, KEY)
    if line.split(maxsplit=1)[0].lower() in JUDGED:
        assert kept.split() == line.split(maxsplit=1)[:1]
    elif any(isinstance(event, InAlready | UnknownCommand) for _, event in handled(line.lstrip())[0]):
        assert line.startswith(kept)
        assert kept.split() == line.split(maxsplit=1)[:1]
    elif line.split(maxsplit=1)[0].lower() == "/key" and CODE in line.lower():
        assert re.fullmatch(rf"\s*/key\s+{HASH}", kept, re.IGNORECASE)
    else:
        assert kept == line


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        *(("/join", None), ("/join kitchen", None), ("/join kitchen  ", None), ("/key", None), ("/key off", None)),
        *((" /KEY  OFF ", None), ("/topic x y", None), ("//key x", None), ("/join kitchen off", "/join kitchen ")),
        *(("/join kitchen x", "/join kitchen "), (" /Join  kitchen  x y ", " /Join  kitchen  "), ("/key x", "/key ")),
        *(("/key kitchen x", "/key "), ("/key off x", "/key "), ("/key x off", "/key "), ("/join x x", "/join x ")),
    ],
)
def test_a_hash_takes_the_place_of_the_key_of_a_room(line: str, kept: str | None) -> None:
    """What stands in front of the key is kept as it is. Other lines are kept whole."""
    found = kept_of(line, KEY)
    if kept is None:
        assert found == line
    else:
        assert re.fullmatch(f"{kept}{HASH}", found)


def hashed(line: str, key: bytes = KEY) -> str:
    """Return the hash in a line."""
    return kept_of(line, key).split()[-1]


def test_the_hash_is_that_of_the_key() -> None:
    """It is the same for both commands, for any blanks between words, and in both ways to write an accent."""
    assert hashed("/key open sesame") == hashed("/join kitchen  open   sesame ") == hashed("/join attic open sesame")
    assert hashed("/key \u00e9") == hashed("/key e\u0301")
    assert len({hashed(f"/key {key}") for key in ("x", "X", "x y", "xy", "y", "off x", hashed("/key x"))}) == 7
    assert hashed("/key x") != hashed("/key x", b"K" * KEY_BYTES)
    assert hashed("/key x") == keyed_hash(KEY, b"room", b"x", 26)
