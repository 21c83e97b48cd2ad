"""Every sentence of docs/wire.md, at the hub, over the network in memory."""

from __future__ import annotations

import pytest

from tests.room import Client, Room, drawing, whole_lines
from udpchat.domain.wording import MIN_DATAGRAM


def two_members() -> tuple[Room, Client, Client]:
    """Return a room with TEDDC and Tyvem in it, in that order."""
    room = Room(drawing("TEDDC", "Tyvem"))
    return room, room.member(), room.member()


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


class TestCommands:
    """The table of commands."""

    def test_nick(self) -> None:
        """A change of nickname is told to its maker and to everyone else."""
        _, one, two = two_members()
        one.say("/nick client\n")
        assert one.gets() == [b"new nickname set TEDDC->client\n"]
        assert two.gets() == [b"TEDDC changed their nickname to client\n"]

    @pytest.mark.parametrize("line", ["/nick", "/nick ", "/NICK \t "])
    def test_nick_without_name(self, line: str) -> None:
        """No name, no change."""
        _, one, two = two_members()
        one.say(line)
        assert one.gets() == [b"error - no nickname provided\n"]
        assert two.gets() == []

    @pytest.mark.parametrize("name", ["Tyvem", "tyvem", "TYVEM"])
    def test_nick_taken(self, name: str) -> None:
        """A name that somebody has, in any letter case, is not given to another."""
        _, one, two = two_members()
        one.say(f"/nick {name}")
        assert one.hears() == [f"error - nickname {name} is already in use"]
        assert two.gets() == []

    @pytest.mark.parametrize(
        "name", ["x" * 25, "a:b", "a,b", "\N{CYRILLIC SMALL LETTER ES}lient", "\N{GRINNING FACE}", "/x"]
    )
    def test_nick_unfit(self, name: str) -> None:
        """A name that is not fit is refused with what a nickname may be."""
        _, one, two = two_members()
        one.say(f"/nick {name}")
        assert one.hears() == ["error - a nickname is 1 to 24 of the characters A-Z, a-z, 0-9, - and _"]
        assert two.gets() == []

    def test_nick_takes_the_first_word(self) -> None:
        """What follows the name is ignored."""
        _, one, _ = two_members()
        one.say("/nick a b")
        assert one.hears() == ["new nickname set TEDDC->a"]

    def test_own_nick_again(self) -> None:
        """The name one already has is answered but told to nobody else; another spelling of it is a change."""
        _, one, two = two_members()
        one.say("/nick TEDDC")
        assert one.hears() == ["new nickname set TEDDC->TEDDC"]
        assert two.hears() == []
        one.say("/nick teddc")
        assert one.hears() == ["new nickname set TEDDC->teddc"]
        assert two.hears() == ["TEDDC changed their nickname to teddc"]

    def test_list(self) -> None:
        """The list has address, port and nickname in order of joining; the others are told that somebody asked."""
        room = Room(drawing("xxHPr", "Tyvem", "TEDDC"))
        one, two, three = room.client(port=55265), room.client(port=55274), room.client("[::1]", 55278)
        for each in (one, two, three):
            each.say("")
        three.say("/nick client")
        assert [each.hears() for each in (one, two, three)] == [
            ["TEDDC changed their nickname to client"],
            ["TEDDC changed their nickname to client"],
            ["new nickname set TEDDC->client"],
        ]
        two.say("/list")
        listed = b"showing connected clients: 127.0.0.1:55265:xxHPr, 127.0.0.1:55274:Tyvem, [::1]:55278:client\n"
        assert two.gets() == [listed]
        assert one.gets() == three.gets() == [b"Tyvem queried connected client list\n"]

    def test_long_list(self) -> None:
        """A list longer than a datagram goes on in further ones, each a line with the same beginning."""
        room = Room(max_datagram=MIN_DATAGRAM)
        members = [room.member() for _ in range(50)]
        members[0].say("/list")
        got = members[0].gets()
        assert len(got) > 1
        assert all(len(payload) <= MIN_DATAGRAM for payload in got)
        beginning = "showing connected clients: "
        lines = [line for payload in got for line in whole_lines(payload)]
        assert all(line.startswith(beginning) for line in lines)
        entries = [entry for line in lines for entry in line.removeprefix(beginning).split(", ")]
        assert entries == [f"{member.address}:{member.nickname}" for member in room.chat.roster]

    def test_quit(self) -> None:
        """Who quits is told, the others are told, and the address is forgotten."""
        _, one, two = two_members()
        one.say("/quit\n")
        assert one.gets() == [b"you have been disconnected.\n"]
        assert two.gets() == [b"TEDDC has disconnected.\n"]
        two.say("still here")
        assert one.gets() == []
        assert two.hears() == ["Tyvem: still here"]

    def test_quit_and_come_back(self) -> None:
        """The next datagram after a quit joins anew, last in order, with a new nickname, be it in the same paste."""
        room = Room(drawing("TEDDC", "Tyvem", "dummy", "newer", "newes"))
        one, two = room.member(), room.member()
        one.say("/quit")
        one.hears()
        one.say("back")
        assert one.hears() == ["newer: back"]
        assert two.hears() == ["TEDDC has disconnected.", "newer: back"]
        assert [member.nickname for member in room.chat.roster] == ["Tyvem", "newer"]
        one.say("/quit\nagain")
        assert one.hears()[0] == "you have been disconnected."
        assert two.hears()[1].endswith(": again")
        assert not two.hears()

    def test_strangers_quit(self) -> None:
        """A stranger whose very first line is /quit gets the answer, and nobody else hears of it."""
        room, one, two = two_members()
        stranger = room.client()
        stranger.say("/quit\n")
        assert stranger.gets() == [b"you have been disconnected.\n"]
        assert one.gets() == two.gets() == []
        one.say("hi")
        assert stranger.gets() == []

    def test_help(self) -> None:
        """Help is one line for each command, to the asker only."""
        _, one, two = two_members()
        one.say("/help\n")
        assert one.hears() == [
            "/nick NAME - change your nickname",
            "/list - show who is here",
            "/quit - leave the chat",
            "/help - show these commands",
        ]
        assert two.gets() == []

    @pytest.mark.parametrize("line", ["/word", "/", "/nickname x", "/ nick x", "/quit!"])
    def test_unknown_command(self, line: str) -> None:
        """Any other word after a slash is unknown."""
        _, one, two = two_members()
        one.say(line)
        assert one.hears() == [f"error - unknown command {line.split(maxsplit=1)[0]}, try /help"]
        assert two.gets() == []

    def test_unknown_command_too_long_to_repeat(self) -> None:
        """An unknown word that does not fit into a datagram is told back as far as it fits."""
        _, one, _ = two_members()
        one.say("/" + "w" * 5000)
        (payload,) = one.gets()
        assert len(payload) == 1400
        assert payload.startswith(b"error - unknown command /www")
        assert payload.endswith(b"www..., try /help\n")

    @pytest.mark.parametrize("line", ["/LIST", "/List now please", "/lisT\tx"])
    def test_letter_case_and_rest_are_ignored(self, line: str) -> None:
        """Command words are matched in any letter case; what follows one that takes nothing is ignored."""
        _, one, _ = two_members()
        one.say(line)
        assert one.hears()[0].startswith("showing connected clients: ")


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


def test_recorded_session() -> None:
    """The session that was recorded from the original program."""
    room = Room(drawing("Tyvem", "TEDDC"))
    two, one = room.client(port=55274), room.client(port=55278)
    two.say("initial message\n")
    one.say("initial message\n")
    for line in ("/nick client\n", "hello\n", "/list\n", "/quit\n"):
        one.say(line)
    assert one.hears() == [
        "TEDDC: initial message",
        "new nickname set TEDDC->client",
        "client: hello",
        "showing connected clients: 127.0.0.1:55274:Tyvem, 127.0.0.1:55278:client",
        "you have been disconnected.",
    ]
    assert two.hears() == [
        "Tyvem: initial message",
        "TEDDC: initial message",
        "TEDDC changed their nickname to client",
        "client: hello",
        "client queried connected client list",
        "client has disconnected.",
    ]
