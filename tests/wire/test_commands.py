"""Every command of docs/wire.md, at the hub, over the network in memory."""

from __future__ import annotations

import pytest

from tests.room import Room, drawing, two_members, whole_lines
from udpchat.domain.limits import MIN_DATAGRAM


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

    @pytest.mark.parametrize("name", ["Tyvem", "tyvem", "TYVEM", "Tyv\N{CYRILLIC SMALL LETTER IE}m", "Tyvern"])
    def test_nick_taken(self, name: str) -> None:
        """A name that somebody has, in any letter case, or one that looks like it, is not given to another."""
        _, one, two = two_members()
        one.say(f"/nick {name}")
        assert one.hears() == [f"error - nickname {name} is already in use"]
        assert two.gets() == []

    @pytest.mark.parametrize(
        "name",
        ["x" * 25, "a:b", "a,b", "a\N{HEBREW LETTER ALEF}", "\N{GRINNING FACE}", "/x", "007", "-", "_x"],
    )
    def test_nick_unfit(self, name: str) -> None:
        """A name that is not fit is refused with what a nickname may be."""
        _, one, two = two_members()
        one.say(f"/nick {name}")
        assert one.hears() == ["error - a nickname is a letter, then up to 23 letters, digits, - and _"]
        assert two.gets() == []

    def test_nick_reserved(self) -> None:
        """A name that reads like the server is nobody's."""
        _, one, two = two_members()
        one.say("/nick Server")
        assert one.hears() == ["error - nickname Server is reserved"]
        assert two.gets() == []

    def test_nick_in_any_script(self) -> None:
        """A name of another script is as good; where it is written from the right, it is still kept in front."""
        _, one, two = two_members()
        for name in ("\N{LATIN SMALL LETTER E WITH ACUTE}ric", "\u05e9\u05dc\u05d5\u05dd"):
            one.say(f"/nick {name}")
            one.say("TEDDC: hi")
        assert two.hears() == [
            "TEDDC changed their nickname to \u00e9ric",
            "\u00e9ric: TEDDC: hi",
            "\u00e9ric changed their nickname to \u05e9\u05dc\u05d5\u05dd",
            "\u200e\u05e9\u05dc\u05d5\u05dd\u200e: TEDDC: hi",
        ]

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
        one, two, three = room.client(port=55265), room.client(port=55274), room.client("::1", 55278)
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
        assert all(len(payload) > MIN_DATAGRAM - len(", 127.0.0.1:55000:aaaaa") for payload in got[:-1]), (
            "few as can be"
        )
        entries = [entry for line in lines for entry in line.removeprefix(beginning).split(", ")]
        assert entries == [f"{member.address}:{member.nickname}" for member in room.chat.state.roster]

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
        assert [member.nickname for member in room.chat.state.roster] == ["Tyvem", "newer"]
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
            "/history [N, 10m, 2h, 3d] - show what was said before",
            "/missed - show what was said while you were away",
            "/quit - leave the chat",
            "/enter CODE - join, where a code is asked for",
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
