"""Log lines are words, numbers and `key=value`, whatever is logged."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.room import Room
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.udp.address import address_of
from udpchat.app.logs import configuration
from udpchat.app.logs.plain import Console, console_value, plain, plain_value
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Heartbeat, Idle, Rules, Started, Unreachable
from udpchat.domain.text.line import LineTooLong

TEXTS = st.text() | st.sampled_from(["", " ", "a=b", '"', "'", "\\", "\n", "\x1b[1m", "\x9b", "שלום", "\u202e", "é"])
PAIR = r"""[^\s=]+=(?:[^\s"'=\\]+|"(?:[^"\\]|\\.)*")"""
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | TEXTS
    | st.binary()
    | st.sampled_from(DropReason)
    | st.sampled_from([Idle(), Unreachable(), Unreachable(3), Started(Rules()), Heartbeat(1), LineTooLong(600, 50)])
    | TEXTS.map(KeyError)
    | TEXTS.map(OSError)
    | st.builds(MemoryAddress, st.just("::1"), st.just(4))
    | st.just(address_of(("127.0.0.1", 5), 0))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(TEXTS, inner) | st.frozensets(TEXTS),
    max_leaves=8,
)


@given(VALUES)
def test_every_value_is_one_that_json_has(value: object) -> None:
    """A log line as JSON needs no other form of any value, and a second look changes nothing."""
    shown = plain_value(value)
    assert json.loads(json.dumps(shown)) == shown == plain_value(shown)


@pytest.mark.untraced
@given(st.dictionaries(st.from_regex("[a-z_]{1,8}", fullmatch=True), VALUES))
def test_a_console_line_is_one_line_of_pairs(values: dict[str, Any]) -> None:
    """It is printable, and has nothing but `key=value` behind the event."""
    reserved = {"event": "an event", "level": "info", "timestamp": "12:00:00"}
    line = Console(colours=False)(None, "info", plain(None, "info", {**values, **reserved}))
    assert line.isprintable()
    assert line.startswith("12:00:00 info    an event")
    pairs = line.removeprefix("12:00:00 info    an event")
    assert re.fullmatch(f"( +{PAIR})* *", pairs)


@given(TEXTS.filter(lambda text: text not in {"null", "true", "false"}))
def test_a_text_can_be_read_back_from_the_console(text: str) -> None:
    """It is bare, or as JSON writes it."""
    shown = console_value(text)
    assert (json.loads(shown) if shown.startswith('"') else shown) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Idle(), {"idle": {"seconds": 0, "makes_room": False}}),
        (Unreachable(3), {"unreachable": {"heard": 3}}),
        (LineTooLong(600, 50), {"line_too_long": {"size": 600, "limit": 50}}),
        (DropReason.BUG, "bug"),
        (b"a\x1b\xff", r"a\x1b\xff"),
        (KeyError("a key"), "a key"),
        (RuntimeError(), "runtime_error"),
        (address_of(("127.0.0.1", 5), 0), "127.0.0.1:5"),
        (frozenset({"b", "a"}), ["a", "b"]),
        (object(), "object"),
    ],
)
def test_values_in_words(value: object, shown: object) -> None:
    """A value of our own is its name, with its fields."""
    assert plain_value(value) == shown


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_python_in_the_log_of_a_room_at_debug(log_format: configuration.LogFormat) -> None:
    """Whatever happens in a room, also our own bugs, is logged without the forms of Python."""
    with mock.patch("sys.stderr", stream := StringIO()), mock.patch.object(configuration, "_is_writable"):
        stream.fileno = lambda: 2  # type: ignore[method-assign]
        configuration.configure(log_format, "debug")
        room = Room(show_lines=True, max_line=50)
        one, two, three = room.member(), room.member(), room.member()
        one.say("it's \"a\" line=1 \\ {'a': b''}")
        one.say("x" * 60)
        two.end.close()
        one.say("hello")
        one.say("hello")
        room.hub.intake.take_idle([three.end.address])
        room.settle()
        with mock.patch.object(Chat, "say", side_effect=KeyError("it's")):
            one.say("a bug")
        with mock.patch("udpchat.app.hub.intake.clean_lines", side_effect=KeyError((1, "x"))):
            one.say(b"\x1b\xff")
    lines = stream.getvalue().splitlines()
    assert sum("hello" in line for line in lines) == 2
    for line in lines:
        for value in json_values(json.loads(line)) if log_format == "json" else pairs_of(line):
            if value != "it's \"a\" line=1 \\ {'a': b''}":
                assert not looks_like_python(value), line


def pairs_of(line: str) -> list[str]:
    """Return the values of a console line."""
    values = [pair.partition("=")[2] for pair in re.findall(PAIR, line)]
    return [json.loads(value) if value.startswith('"') else value for value in values]


def json_values(value: Any) -> Iterator[Any]:
    """Yield all texts in a value of JSON."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from json_values(each)
    elif isinstance(value, str):
        yield value


def looks_like_python(value: str) -> bool:
    """Return whether a text is what `repr` returns of a container, bytes, a text or a value of ours."""
    if re.search(r"\w+\(.*\)|<.* at 0x", value):
        return True
    try:
        return not isinstance(ast.literal_eval(value), int | float | None)
    except (SyntaxError, ValueError):
        return False
