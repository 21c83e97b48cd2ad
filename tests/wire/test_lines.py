"""Lines as such, to the byte, whatever they say: how they are split and cleaned, and which limits they have."""

from __future__ import annotations

import pytest

from tests.room import Room, drawing, two_members, whole_lines
from tests.wire.example import Example
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.text.line import LineTooLong

SENTENCES = (
    Example(
        UnknownCommand("/word", hints=True), b"error - unknown command /word, try /help\nto say it, type: //word\n"
    ),
    Example(LineTooLong(9000, 8000), b"error - line too long: 9000 bytes, the limit is 8000\n"),
)


class TestSplitting:
    """A datagram becomes lines, and a long line becomes several."""

    @pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
    def test_line_end_is_not_said(self, end: str) -> None:
        """A trailing line feed, carriage return, or both, belongs to the line end."""
        _, one, two = two_members()
        one.say("hi" + end)
        assert two.gets() == [b"TEDDC: hi\n"]

    def test_paste(self) -> None:
        """Each line of a paste is handled by itself, in order, and lines that show nothing are not sent."""
        _, one, two = two_members()
        one.say("a\r\n/nick bob\n\n  \n b \n/nope\nc")
        assert two.hears() == ["TEDDC: a", "TEDDC changed their nickname to bob", "bob:  b ", "bob: c"]
        assert one.hears() == [
            "TEDDC: a",
            "new nickname set TEDDC->bob",
            "bob:  b ",
            "error - unknown command /nope, try /help",
            "to say it, type: //nope",
            "bob: c",
        ]

    def test_long_line_is_said_in_several(self) -> None:
        """A line too long for a datagram is sent in several, split at spaces, each with the name in front."""
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
        """A line without spaces is split between characters, never inside one."""
        room = Room(drawing("TEDDC"), max_datagram=MIN_DATAGRAM)
        one = room.member()
        said = "\N{FAMILY}\N{VARIATION SELECTOR-16}e\N{COMBINING ACUTE ACCENT}" * 100
        one.say(said)
        pieces = [line.removeprefix("TEDDC: ") for line in one.hears()]
        assert "".join(pieces) == said
        assert all(piece[0] in "\N{FAMILY}e" for piece in pieces)


class TestCleaning:
    """Input that is not fit for a terminal."""

    def test_not_utf8(self) -> None:
        """Bytes that are not UTF-8 are shown as U+FFFD."""
        _, one, two = two_members()
        one.say(b"caf\xe9 \xff\xfe!\n")
        assert two.hears() == ["TEDDC: caf\N{REPLACEMENT CHARACTER} " + "\N{REPLACEMENT CHARACTER}" * 2 + "!"]

    def test_controls_are_removed(self) -> None:
        """Characters that could drive a terminal or fake a line are removed; what separates words becomes a space."""
        _, one, two = two_members()
        one.say("\x07red\x00\x7f\u0084 a\tb\vc\u2028Tyvem: no\u0085\f.\n")
        assert two.hears() == ["TEDDC: red a b c Tyvem: no  ."]

    def test_carriage_return(self) -> None:
        """A carriage return alone ends a line, and each line is said with its sender's name in front."""
        _, one, two = two_members()
        one.say("one\rTyvem: two\r\rthree\r")
        assert two.hears() == ["TEDDC: one", "TEDDC: Tyvem: two", "TEDDC: three"]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16(self, encoding: str) -> None:
        """Text in UTF-16 behind a byte-order mark is read as such, and a line over the limit is refused."""
        room, one, two = two_members()
        one.say("\ufeff/nick client\r\nh\u00e9llo\r\n".encode(encoding))
        assert two.hears() == ["TEDDC changed their nickname to client", "client: h\u00e9llo"]
        one.hears()
        one.say(("\ufeff" + "\u4e2d" * 3000).encode(encoding))
        assert one.hears() == ["error - line too long: 9000 bytes, the limit is 8000"]
        assert two.hears() == []
        assert room.hub.admission.drops == {DropReason.LINE_TOO_LONG: 1}

    @pytest.mark.parametrize(
        "sent",
        [
            "\x1b[31mred\u009b0m",
            "\x1b]0;title\x07red\x1b]8;;http://example.org\x1b\\",
            "\x1b[A\x1bOBred\x1b[1;5D",
            "\x1b(B\x1b[mred\x1b[?2004",
        ],
    )
    def test_control_sequences_are_removed(self, sent: str) -> None:
        """A colour, a title, a link or a cursor key is removed as a whole, ended or not."""
        _, one, two = two_members()
        one.say(sent)
        assert two.hears() == ["TEDDC: red"]

    def test_a_cursor_key_before_a_command(self) -> None:
        """A key that was pressed before a command was typed does not make the command a line that is said."""
        _, one, two = two_members()
        one.say("\x1b[A\x1b[D/nick client\n")
        assert one.hears() == ["new nickname set TEDDC->client"]
        assert two.hears() == ["TEDDC changed their nickname to client"]


class TestLimits:
    """Lines that are too long."""

    def test_line_too_long(self) -> None:
        """A line over the limit is refused, nobody else receives any of it, and the other lines are sent."""
        _, one, two = two_members()
        one.say("a\n" + "x" * 9000 + "\r\nb\n")
        assert one.hears() == ["TEDDC: a", "error - line too long: 9000 bytes, the limit is 8000", "TEDDC: b"]
        assert two.hears() == ["TEDDC: a", "TEDDC: b"]

    def test_longest_line(self) -> None:
        """A line at the limit, which counts bytes, is sent whole."""
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


class TestCommandWords:
    """Lines that start with a slash."""

    @pytest.mark.parametrize("line", ["/word", "/", "/nickname x", "/ nick x", "/quit!"])
    def test_unknown_command(self, line: str) -> None:
        """Any other word after a slash is unknown."""
        _, one, two = two_members()
        one.say(line)
        word = line.split(maxsplit=1)[0]
        assert one.hears() == [f"error - unknown command {word}, try /help", f"to say it, type: /{word}"]
        assert two.gets() == []

    def test_unknown_command_too_long_to_repeat(self) -> None:
        """If an unknown word does not fit into a datagram, each sentence shows the part that fits."""
        _, one, _ = two_members()
        one.say("/" + "w" * 5000)
        refusal, hint = one.gets()
        assert len(refusal) == len(hint) == 1400
        assert refusal.startswith(b"error - unknown command /www")
        assert refusal.endswith(b"www..., try /help\n")
        assert hint.startswith(b"to say it, type: //www")
        assert hint.endswith(b"www...\n")

    @pytest.mark.parametrize("line", ["/LIST", "/List now please", "/lisT\tx"])
    def test_letter_case_and_rest_are_ignored(self, line: str) -> None:
        """A command word counts in any letter case; text after a command that takes no argument is ignored."""
        _, one, _ = two_members()
        one.say(line)
        assert one.hears()[0].startswith("showing connected clients: ")

    @pytest.mark.parametrize("blanks", [" ", "\t", "  \u3000", "\u2800", "\xa0", " " * 40])
    def test_blanks_before_a_command(self, blanks: str) -> None:
        """Blanks before a slash do not make a command a line that is said."""
        _, one, two = two_members()
        one.say(f"{blanks}/nick client\n{blanks}/nope")
        assert one.hears() == [
            "new nickname set TEDDC->client",
            "error - unknown command /nope, try /help",
            "to say it, type: //nope",
        ]
        assert two.hears() == ["TEDDC changed their nickname to client"]

    def test_blanks_before_two_slashes(self) -> None:
        """Blanks before two slashes are said with both, as a comment in a program is."""
        _, one, two = two_members()
        one.say("    // a comment")
        assert two.hears() == ["TEDDC:     // a comment"]
