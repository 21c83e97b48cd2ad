"""Joining, lines and unfit input of docs/wire.md, at the hub, over the network in memory."""

from __future__ import annotations

import pytest

from tests.room import Room, drawing, two_members, whole_lines
from udpchat.domain.limits import MIN_DATAGRAM


class TestJoining:
    """How an address becomes a client."""

    def test_first_datagram_makes_a_client_whose_line_is_handled(self) -> None:
        """The first datagram joins, and its line goes to everyone, the newcomer included; nothing is announced."""
        room, one, two = two_members()
        three = room.client()
        three.say("initial message\n")
        heard = three.hears()
        assert len(heard) == 1
        nickname, _, said = heard[0].partition(": ")
        assert said == "initial message"
        assert nickname.isascii()
        assert nickname.isalpha()
        assert len(nickname) == 5
        assert one.hears() == two.hears() == heard

    @pytest.mark.parametrize("blank", [b"\n", b"", b"  \t \r\n", b"\n\n\n", "\u3000\u00a0\n".encode(), b"\x00\x1b\n"])
    def test_white_space_joins_silently(self, blank: bytes) -> None:
        """A datagram of only white space joins without a word to anyone."""
        room, one, _ = two_members()
        three = room.client()
        three.say(blank)
        assert three.hears() == one.hears() == []
        one.say("hi")
        assert three.hears() == ["TEDDC: hi"]

    def test_a_mistake_joins_too(self) -> None:
        """A stranger whose first line is a mistake is told so, and is in the room."""
        _, one, _ = two_members()
        three = one.room.client()
        three.say("/nope")
        assert three.hears() == ["error - unknown command /nope, try /help"]
        one.say("hi")
        assert three.hears() == ["TEDDC: hi"]


class TestLines:
    """What is said, and how it is cut."""

    def test_everyone_hears_a_line(self) -> None:
        """A line goes to everyone in the room, its sender included."""
        _, one, two = two_members()
        one.say("initial message\n")
        assert one.gets() == two.gets() == [b"TEDDC: initial message\n"]

    @pytest.mark.parametrize("end", ["", "\n", "\r\n"])
    def test_line_end_is_not_said(self, end: str) -> None:
        """A trailing line feed, with or without carriage return, belongs to the line end."""
        _, one, two = two_members()
        one.say("hi" + end)
        assert two.gets() == [b"TEDDC: hi\n"]

    def test_paste(self) -> None:
        """Each line of a paste is handled by itself, in order, and lines that show nothing say nothing."""
        _, one, two = two_members()
        one.say("a\r\n/nick bob\n\n  \n b \n/nope\nc")
        assert two.hears() == ["TEDDC: a", "TEDDC changed their nickname to bob", "bob:  b ", "bob: c"]
        assert one.hears() == [
            "TEDDC: a",
            "new nickname set TEDDC->bob",
            "bob:  b ",
            "error - unknown command /nope, try /help",
            "bob: c",
        ]

    def test_two_slashes(self) -> None:
        """A line that starts with two slashes says the rest, with one."""
        _, one, two = two_members()
        one.say("//shrug\n//\n///")
        assert two.hears() == ["TEDDC: /shrug", "TEDDC: /", "TEDDC: //"]

    def test_long_line_is_said_in_several(self) -> None:
        """A line too long for a datagram is said in several, at spaces, each with the name in front; none is lost."""
        room = Room(drawing("TEDDC"), max_datagram=MIN_DATAGRAM)
        one = room.member()
        said = " ".join(f"word{number}" for number in range(200))
        one.say(said)
        got = one.gets()
        assert all(len(payload) <= MIN_DATAGRAM for payload in got)
        pieces = [line.removeprefix("TEDDC: ") for payload in got for line in whole_lines(payload)]
        assert "".join(pieces) == said
        assert all(piece.endswith(" ") for piece in pieces[:-1])

    def test_long_line_without_spaces(self) -> None:
        """A line with no space in it is broken between characters, never inside one."""
        room = Room(drawing("TEDDC"), max_datagram=MIN_DATAGRAM)
        one = room.member()
        said = "\N{FAMILY}\N{VARIATION SELECTOR-16}e\N{COMBINING ACUTE ACCENT}" * 100
        one.say(said)
        pieces = [line.removeprefix("TEDDC: ") for line in one.hears()]
        assert "".join(pieces) == said
        assert all(piece[0] in "\N{FAMILY}e" for piece in pieces)


class TestUnfitInput:
    """What strangers send that is not text."""

    def test_not_utf8(self) -> None:
        """Bytes that are not UTF-8 are shown as U+FFFD."""
        _, one, two = two_members()
        one.say(b"caf\xe9 \xff\xfe!\n")
        assert two.hears() == ["TEDDC: caf\N{REPLACEMENT CHARACTER} " + "\N{REPLACEMENT CHARACTER}" * 2 + "!"]

    def test_controls_are_removed(self) -> None:
        """What could drive a terminal or fake a line is removed; a tab becomes a space."""
        _, one, two = two_members()
        one.say("\x1b[31mred\x07\x00\x7f\u009b0m a\tb\rTyvem: hi\u2028Tyvem: no\n")
        assert two.hears() == ["TEDDC: [31mred0m a bTyvem: hiTyvem: no"]

    def test_line_too_long(self) -> None:
        """A line over the limit is refused to its sender, and nobody else sees any of it; other lines are said."""
        _, one, two = two_members()
        one.say("a\n" + "x" * 9000 + "\r\nb\n")
        assert one.hears() == ["TEDDC: a", "error - line too long: 9000 bytes, the limit is 8000", "TEDDC: b"]
        assert two.hears() == ["TEDDC: a", "TEDDC: b"]

    def test_longest_line(self) -> None:
        """A line at the limit, which counts bytes, is said whole."""
        _, one, two = two_members()
        one.say("\N{SNOWMAN}" * 2666 + "xx")
        assert "".join(line.removeprefix("TEDDC: ") for line in two.hears()) == "\N{SNOWMAN}" * 2666 + "xx"
        one.say("\N{SNOWMAN}" * 2666 + "xxx")
        assert two.hears() == []

    @pytest.mark.parametrize("max_line", [1, 20, 65_535])
    def test_limit_is_a_setting(self, max_line: int) -> None:
        """The limit is the one that was set."""
        room = Room(drawing("TEDDC"), max_line=max_line)
        one = room.member()
        one.say("x" * max_line)
        assert "".join(line.removeprefix("TEDDC: ") for line in one.hears()) == "x" * max_line
        one.say("x" * (max_line + 1))
        assert one.hears() == [f"error - line too long: {max_line + 1} bytes, the limit is {max_line}"]
