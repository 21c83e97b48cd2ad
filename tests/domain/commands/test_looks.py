"""Each client's own look: what can be typed, who reads what in which look, and how long it is kept."""

from __future__ import annotations

import re

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.dialects.test_looks import in_plain
from tests.domain.peers import peer
from tests.room import NAMES, Room, drawing, whole_lines
from udpchat.domain.address import Address
from udpchat.domain.commands.looks import ShowTime, TimeUnclear, UseTime, parse_time
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.state import ChatState

ONE, TWO = peer(port=1), peer(port=2)


@pytest.mark.parametrize(
    ("rest", "offset"),
    [
        ("on", 0),
        ("ON", 0),
        ("off", None),
        ("+02:00", 120),
        ("+0200", 120),
        ("+02", 120),
        ("+2", 120),
        ("+2:30", 150),
        ("+230", 150),
        ("-03:30", -210),
        ("-12:00", -720),
        ("+14:00", 840),
        ("+0", 0),
        ("-0000", 0),
    ],
)
def test_times_that_are_understood(rest: str, offset: int | None) -> None:
    """On is UTC, and an offset has hours, and minutes with or without a colon."""
    assert parse_time(f" {rest} ") == UseTime(offset)


@pytest.mark.parametrize(
    "rest",
    [
        "+",
        "2",
        "02:00",
        "+14:01",
        "+15",
        "-12:01",
        "-99",
        "+2:3",
        "+2:60",
        "+02:000",
        "+2 h",
        "+2:20",
        "-0:01",
        "on off",
        "UTC",
        "++2",
    ],
)
def test_times_that_are_not_understood(rest: str) -> None:
    """Anything else is refused, also an offset that no place on Earth has."""
    with pytest.raises(Rejected) as refused:
        parse_time(f" {rest}")
    assert refused.value.why == TimeUnclear()


def test_a_command_alone_asks() -> None:
    """Without an argument it changes nothing."""
    assert parse_time(" ") == ShowTime()


@given(st.integers(-48, 56).map(lambda quarters: 15 * quarters))
def test_every_offset_can_be_typed(offset: int) -> None:
    """Each offset in the range is understood as it is shown."""
    sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
    assert parse_time(f" {sign}{hours:02}:{minutes:02}") == UseTime(offset)


@attrs.define
class Looking:
    """A chat with two members."""

    chat: Chat = attrs.field(factory=lambda: Chat(ChatState(NAMES)))

    def __attrs_post_init__(self) -> None:
        self.chat.state.use_grammar(GRAMMAR)
        for sender in (ONE, TWO):
            self.line("", sender)

    def line(self, line: str, sender: Address = ONE) -> None:
        """Let a member send a line."""
        self.chat.handle(Input(0.0, 7, sender, line))

    def look(self, chat: Chat | None = None) -> tuple[Look, bool]:
        """Return the look of the first member, and its bell, in which looks may differ and be equal."""
        look = (chat or self.chat).state.roster.members[ONE].place.look
        return look, look.bell


@given(
    st.lists(st.sampled_from(["/color on", "/color off", "/time on", "/time +2", "/time off", "/bell on", "/bell off"]))
)
def test_looks_are_kept(lines: list[str]) -> None:
    """A member's look is what it asked for last; it stays through a snapshot and a change of name."""
    looking, expected = Looking(), {"/color": "off", "/time": "off", "/bell": "off"}
    for line in lines:
        looking.line(line)
        word, argument = line.split()
        expected[word] = argument
    offset = {"off": None, "on": 0, "+2": 120}[expected["/time"]]
    look = (Look(expected["/color"] == "on", offset), expected["/bell"] == "on")
    assert looking.look() == look
    looking.line("/nick bob")
    after = Chat(ChatState(NAMES))
    restore(after.state, snapshot(looking.chat.state))
    assert looking.look() == looking.look(after) == look
    looking.line("/quit")
    looking.line("")
    assert looking.look() == (PLAIN, False)


def test_looks_are_each_clients_own() -> None:
    """Members with one look are one crowd, whatever their bells; what another member sets changes nothing."""
    looking = Looking()
    crowds = looking.chat.state.rooms.lobby.crowds
    looking.line("/bell on")
    assert [*crowds] == [PLAIN]
    assert next(iter(crowds)) is PLAIN
    looking.line("/color on")
    assert {look: [*crowd.members] for look, crowd in crowds.items()} == {PLAIN: [TWO], Look(color=True): [ONE]}
    looking.line("/color on", TWO)
    assert {look: [*crowd.members] for look, crowd in crowds.items()} == {Look(color=True): [ONE, TWO]}
    looking.line("/color off")
    assert {look: [*crowd.members] for look, crowd in crowds.items()} == {PLAIN: [ONE], Look(color=True): [TWO]}
    assert all(look is PLAIN or look.color for look in crowds)
    assert looking.look() == (PLAIN, True)


@pytest.mark.parametrize("line", ["/color on", "/time on", "/bell on"])
def test_before_there_were_looks(line: str) -> None:
    """In a room that an earlier version started, the commands are unknown."""
    looking = Looking()
    looking.chat.state.use_grammar(ROOMS_SINCE - 1)
    refused = looking.chat.handle(Input(0.0, 7, ONE, line))
    assert refused == [(Only(ONE), UnknownCommand(line.partition(" ")[0], hints=True))]
    assert looking.look() == (PLAIN, False)


@settings(max_examples=50)
@given(st.lists(strategies.payloads, max_size=10))
def test_only_our_escape_sequences_are_sent(said: list[bytes]) -> None:
    """Whatever people send: a client without a look receives no escape sequence, another one only those of names."""
    room = Room(drawing("TEDDC", "Tyvem", "Maria"))
    plain, looking, speaker = room.member(), room.member(), room.member()
    looking.say("/color on\n/time +2\n")
    for payload in (*said, b"TEDDC, Tyvem, Maria", b"/list"):
        speaker.say(payload)
    for line in (line for payload in plain.gets() for line in whole_lines(payload)):
        assert not re.search("[\x00-\x1f\x7f-\x9f]", line)
    for line in (line for payload in looking.gets() for line in whole_lines(payload)):
        assert not re.search("[\x00-\x1f\x7f-\x9f]", in_plain(f"{line}\n".encode())[:-1])
