"""Coming and going, to the byte: joining, `/quit`, `/enter`, and clients that leave without a word."""

from __future__ import annotations

import attrs
import pytest

from tests.room import SERVER, Room, drawing, two_members
from tests.wire.example import TEDDC, Example
from udpchat.domain.admission.policy import Policy
from udpchat.domain.commands.presence import Entered, Greeted, InAlready, Joined, Left, MadeRoom, SentNothing
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Rules

SENTENCES = (
    Example(Left(TEDDC), b"TEDDC has disconnected.\n"),
    Example(Left(TEDDC), b"you have been disconnected.\n", own=True),
    Example(Joined(TEDDC), b"TEDDC has connected.\n"),
    Example(SentNothing(600), b"you sent nothing for 600 seconds, the idle timeout\n"),
    Example(Greeted(TEDDC), b"you are TEDDC, type /help for what you can do\n"),
    Example(Entered(TEDDC), b"you are in the room as TEDDC, lines before the code were not sent\n"),
    Example(InAlready(TEDDC), b"you are in the room already, as TEDDC\n"),
    Example(MadeRoom(), b"error - the room is full, and somebody else needs your place\n"),
)


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
    def test_white_space_joins_and_is_greeted(self, blank: bytes) -> None:
        """A datagram of only white space joins; the newcomer reads its nickname, once, and nobody else does."""
        room = Room(drawing("TEDDC", "Tyvem"))
        one, two = room.member(), room.client()
        two.say(blank)
        assert two.gets() == [b"you are Tyvem, type /help for what you can do\n"]
        two.say(blank)
        assert two.hears() == one.hears() == []
        one.say("hi")
        assert two.hears() == ["TEDDC: hi"]

    def test_a_newcomer_that_says_something_is_not_greeted(self) -> None:
        """Blank lines in a datagram that also says something are no reason to greet."""
        room = Room(drawing("TEDDC"))
        one = room.client()
        one.say("\n\nhello\n")
        assert one.hears() == ["TEDDC: hello"]

    def test_greetings_are_limited(self) -> None:
        """As many newcomers are greeted as strangers are answered, and the others join silently."""
        room = Room(policy=Policy(code_rate=2, join_rate=0, max_clients_per_prefix=99))
        clients = [room.client() for _ in range(20)]
        for client in clients:
            client.say("\n")
        assert [len(client.hears()) for client in clients] == [1] * 12 + [0] * 8
        assert len(room.chat.state.roster) == 20

    @pytest.mark.parametrize("line", ["", "/enter x"])
    def test_grammar_1_greeted_nobody(self, line: str) -> None:
        """A replay of an old journal says what the server said, and comes to the same state."""
        rooms = [Room(drawing("TEDDC")), Room(drawing("TEDDC"))]
        rooms[1].chat.state.grammar = 1
        newer, older = [room.client(port=55000) for room in rooms]
        for client in (newer, older):
            client.say(line)
        assert len(newer.hears()) == 1
        assert older.hears() == (["you are in the room as TEDDC"] if line else [])
        older.say("/enter x")
        assert older.hears() == ["you are in the room as TEDDC"]
        saved = [snapshot(room.chat.state) for room in rooms]
        states = [attrs.evolve(each, grammar=0, joined=0, places=(), rooms=()) for each in saved]
        assert states[0] == states[1]

    def test_a_mistake_joins_too(self) -> None:
        """A stranger whose first line is a mistake receives the error, and is in the room."""
        _, one, _ = two_members()
        three = one.room.client()
        three.say("/nope")
        assert three.hears() == ["error - unknown command /nope, try /help", "to say it, type: //nope"]
        one.say("hi")
        assert three.hears() == ["TEDDC: hi"]


class TestAnnouncements:
    """Joining, if the operator wants the others to read of it."""

    def test_the_others_read_who_joins(self) -> None:
        """Before its first line; the newcomer does not read it."""
        room = Room(drawing("start", "TEDDC", "Tyvem", "x", "other"))
        room.hub.start(SERVER, Rules(announce_joins=True))
        one, two, three = room.client(), room.client(), room.client()
        one.say("hello")
        two.say("")
        assert two.hears() == ["you are Tyvem, type /help for what you can do"]
        two.say("/quit")
        two.hears()
        three.say("/nick third")
        assert three.hears() == ["new nickname set other->third"]
        assert one.hears() == [
            "TEDDC: hello",
            "Tyvem has connected.",
            "Tyvem has disconnected.",
            "other has connected.",
            "other changed their nickname to third",
        ]

    def test_a_stranger_that_quits_is_not_announced(self) -> None:
        """Nobody reads of a stranger whose first line is /quit."""
        room, one, two = two_members()
        room.hub.start(SERVER, Rules(announce_joins=True))
        stranger = room.client()
        stranger.say("/bye")
        assert stranger.hears() == ["you have been disconnected."]
        assert one.gets() == two.gets() == []

    def test_only_the_lobby_reads_it(self) -> None:
        """Whoever is in another room does not read who comes into the lobby."""
        room, one, two = two_members()
        room.hub.start(SERVER, Rules(announce_joins=True))
        state = room.chat.state
        kitchen = state.rooms.make("kitchen", 2)
        assert kitchen
        member = state.roster.members[two.end.address]
        state.rooms.leave(member, state.rooms.lobby)
        state.rooms.enter(member, kitchen)
        state.rooms.new_holders.clear()
        room.client().say("")
        assert len(one.hears()) == 1
        assert two.gets() == []

    def test_it_was_not_announced_before_rooms(self) -> None:
        """In grammar 2 nobody reads who joins, whatever the rules say."""
        room, one, two = two_members()
        room.hub.start(SERVER, Rules(announce_joins=True))
        room.chat.state.grammar = 2
        room.client().say("")
        assert one.gets() == two.gets() == []


class TestLeaving:
    """How a client leaves the room, and how it comes back."""

    def test_quit(self) -> None:
        """The client that quits and the others are notified, and the address is forgotten."""
        _, one, two = two_members()
        one.say("/quit\n")
        assert one.gets() == [b"you have been disconnected.\n"]
        assert two.gets() == [b"TEDDC has disconnected.\n"]
        two.say("still here")
        assert one.gets() == []
        assert two.hears() == ["Tyvem: still here"]

    def test_quit_and_come_back(self) -> None:
        """The next line after /quit joins again, last in order and with a new nickname, even in the same paste."""
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
        """A stranger whose very first line is /quit receives the answer, and nobody else receives anything."""
        room, one, two = two_members()
        stranger = room.client()
        stranger.say("/quit\n")
        assert stranger.gets() == [b"you have been disconnected.\n"]
        assert one.gets() == two.gets() == []
        one.say("hi")
        assert stranger.gets() == []

    def test_a_client_that_has_ended(self) -> None:
        """When the same datagram came back twice, the others are notified that its receiver has disconnected."""
        room, one, two = two_members()
        three = room.member()
        one.end.close()
        two.say("anybody?")
        assert two.gets() == three.gets() == [b"Tyvem: anybody?\n", b"TEDDC has disconnected.\n"]

    def test_an_idle_client(self) -> None:
        """With an idle timeout, a client that sends nothing for that time is told why; the others are notified."""
        room = Room(drawing("TEDDC", "Tyvem"), policy=Policy(idle_timeout=60))
        one, two = room.member(), room.member()
        room.pass_time(59)
        two.say("")
        room.pass_time(1)
        why = b"you sent nothing for 60 seconds, the idle timeout\n"
        assert one.gets() == [why + b"you have been disconnected.\n"]
        assert two.gets() == [b"TEDDC has disconnected.\n"]


@pytest.mark.parametrize("line", ["/enter\n", "/enter k7f3qz\n", "/ENTER and more\n"])
def test_enter(line: str) -> None:
    """A member that asks to enter reads that it is in the room, and everyone else receives nothing."""
    _, one, two = two_members()
    one.say(line)
    assert one.gets() == [b"you are in the room already, as TEDDC\n"]
    assert two.gets() == []
