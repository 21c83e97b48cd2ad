"""The state machine, by properties and against a tiny model."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

import attrs
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.domain import strategies
from tests.domain.text.terminal import assert_fit_for_a_terminal
from tests.room import NAMES, Client, Room, drawing, numbered_nickname, whole_lines
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.lines import clean_lines

datagrams = st.lists(st.tuples(st.integers(0, 3), strategies.payloads), max_size=20)


@given(datagrams, st.integers(MIN_DATAGRAM, 1400))
def test_whatever_is_sent_what_is_shown_is_fit(said: list[tuple[int, bytes]], max_datagram: int) -> None:
    """No output holds a control character but our line ends, splits a line, is empty or over the limit."""
    room = Room(max_datagram=max_datagram, max_line=150)
    clients = [room.client() for _ in range(4)]
    for number, payload in said:
        clients[number].send(payload)
    room.settle()
    for client in clients:
        for payload in client.gets():
            assert 0 < len(payload) <= max_datagram
            for line in whole_lines(payload):
                assert_fit_for_a_terminal(line)


_LINE = re.compile(r"\u200e?(\* |\[|)([\w-]+)\u200e?(.*)", re.DOTALL)
_AFTER_THE_NAME = re.compile(
    r": |\*  |\[ -> you\] "
    r"|( changed their nickname to [\w-]+\u200e?| queried connected client list| has disconnected\.)$"
    r"| asked for your nickname$"
    r"| rolled [0-9]+d[0-9]+: [0-9 +=]+$"
)


def strip_marks(line: str) -> str:
    r"""Return a line without its marks, which are parts of names that \w does not match."""
    return "".join(character for character in line if unicodedata.category(character)[0] != "M")


@given(strategies.payloads)
@example("/nick \u05e9\u05dc\u05d5\u05dd\nTEDDC: hi\n/nick v\u0456ctm\n/nick \U0001d42f\U0001d422ctm".encode())
@example(b"/me hi\n/roll 3d6\n/shrug\n/msg victm hi\n/nick \xd7\xa9\xd7\x9c\n/me hi\n/roll\n/shrug\n/msg victm hi")
@example(b"hi\nvictm: I am a fool\r\nvictm: hi\rvictm: hi\n/nick victm\n/nick VICTM\nyou have been disconnected.")
def test_nobody_can_speak_as_another_or_as_the_server(payload: bytes) -> None:
    """Each line that others see of a datagram has its sender in front, or is what the server says of its sender.

    What the sender does has a star in front, and what it says to one person has brackets around its name.
    """
    room = Room(drawing("victm"))
    victim, attacker = room.member(), room.member()
    attacker.say(payload)
    for line in victim.hears():
        sign, name, rest = _LINE.fullmatch(strip_marks(line)).groups()  # type: ignore[union-attr]
        assert NAMES.keys(name).isdisjoint(NAMES.keys("victm"))
        assert _AFTER_THE_NAME.match(sign + rest)


@given(datagrams)
def test_nicknames_are_unique(said: list[tuple[int, bytes]]) -> None:
    """At every moment no two members have nicknames that count as one."""
    room = Room()
    clients = [room.client() for _ in range(4)]
    for number, payload in said:
        clients[number].say(payload)
        keys = [key for member in room.chat.state.roster for key in NAMES.keys(member.nickname)]
        assert len(keys) == len(set(keys))


inputs = st.lists(
    st.builds(
        Input,
        at=st.floats(0, 2e9),
        entropy=st.integers(0, 2**64 - 1),
        sender=st.builds(MemoryAddress, st.just("127.0.0.1"), st.integers(1, 5)),
        line=strategies.payloads.map(lambda payload: clean_lines(payload, 100)[0]),
    ),
    max_size=30,
)


@given(inputs)
def test_two_chats_fed_the_same_say_the_same(given_inputs: list[Input]) -> None:
    """The chat is a function of its inputs: two of them fed the same say the same and know the same."""
    one, two = Chat(ChatState(NAMES)), Chat(ChatState(NAMES))
    assert [one.handle(each) for each in given_inputs] == [two.handle(each) for each in given_inputs]
    assert list(one.state.roster) == list(two.state.roster)


def test_two_processes_fed_the_same_say_the_same() -> None:
    """Nothing depends on the order of sets or on hashes, which differ from process to process."""
    script = """
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.unicode import UnicodeTables
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules
chat = Chat(ChatState(NicknameRules(UnicodeTables())))
lines = ["hi", "/list", "/nick bob", "/nope", "/quit", "", "//x", "/help"]
for number in range(200):
    sender = MemoryAddress("127.0.0.1", number * 7 % 11)
    print(chat.handle(Input(number, number * 0x9E3779B97F4A7C15 % 2**64, sender, lines[number * 5 % 8])))
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert b"NicknameChanged" in said.pop()


@attrs.define(eq=False)
class Seat:
    """What the model knows of one client: its nickname while it is in the room, and the lines it is owed."""

    client: Client
    nickname: str | None = None
    asked: bool = False  # somebody was notified that this client wants its name
    notified: bool = False  # that somebody wants the name of this client; no time passes, so once for each
    known: bool = False  # it was in the room before this batch
    owed: list[str] = attrs.field(factory=list)


def in_place(name: str | None) -> str:
    """Return a name as it stands in a sentence: one in Hebrew ends in a mark, so that it stays where it is."""
    return f"{name}\u200e" if name and "\u05d0" <= name[0] <= "\u05ea" else str(name)


seats = st.integers(0, 4)
words = st.text("abc ", min_size=1, max_size=8).filter(str.strip)
LOOKS = {  # how each name looks to a reader who is not looking closely
    "bob": "bob",
    "Bob": "bob",
    "B0B": "bob",
    "b\u00f6b": "bob",
    "alice": "alice",
    "aIice": "alice",
    "\u05e9\u05dc\u05d5\u05dd": "shalom",
    "x" * 24: "x",
}
names = st.sampled_from(sorted(LOOKS))


class RoomAgainstModel(RuleBasedStateMachine):
    """A room agrees with a list of seats, line by line, however its inputs are batched."""

    def __init__(self) -> None:
        super().__init__()
        self.said = 0
        self.room = Room(nicknames=iter(self.draw, ""))
        self.seats = [Seat(self.room.client()) for _ in range(5)]
        self.order: list[Seat] = []
        self.waiting: list[tuple[Seat, str]] = []
        self.drawn = 0

    def draw(self) -> str:
        """Return the nickname for the next line, the same that the model will think of."""
        self.drawn += 1
        return numbered_nickname(self.drawn)

    def send(self, number: int, line: str) -> None:
        """Send a line, which the model will handle when the room does."""
        self.seats[number].client.send(line)
        self.waiting.append((self.seats[number], line))

    @rule(number=seats, line=words)
    def say(self, number: int, line: str) -> None:
        """Somebody says something."""
        self.send(number, line)

    @rule(number=seats, name=names)
    def rename(self, number: int, name: str) -> None:
        """Somebody wants another name."""
        self.send(number, f"/nick {name}")

    @rule(number=seats, line=st.sampled_from(["/list", "/quit", "/nope", " ", "//x"]))
    def other(self, number: int, line: str) -> None:
        """Somebody sends anything else."""
        self.send(number, line)

    @precondition(lambda self: self.waiting)
    @rule()
    def turn(self) -> None:
        """The room handles all that waits, in one batch; the model does it line by line, and strangers come last."""
        self.room.settle()
        for seat, line in sorted(self.waiting, key=lambda each: not each[0].known):
            self.expect(seat, line)
        for seat, _ in self.waiting:
            seat.known = True
        self.waiting.clear()
        for seat in self.seats:
            assert seat.client.hears() == seat.owed
            seat.owed.clear()

    def expect(self, seat: Seat, line: str) -> None:  # noqa: C901 - one case for each line that is said
        """Do to the model what the line does to the room."""
        self.said += 1
        stranger = seat.nickname is None
        if stranger:
            seat.nickname = numbered_nickname(self.said)
            self.order.append(seat)
        name, others = seat.nickname, [other for other in self.order if other is not seat]
        match line.split():
            case []:
                if stranger:
                    seat.owed.append(f"you are {name}, type /help for what you can do")
            case ["/nick", new]:
                for holder in others:
                    if LOOKS.get(str(holder.nickname)) == LOOKS[new]:
                        seat.owed.append(f"error - nickname {new} is already in use")
                        if not seat.asked and not holder.notified:
                            self.tell([holder], f"{in_place(name)} asked for your nickname")
                            seat.asked = holder.notified = True
                        return
                seat.nickname = new
                seat.owed.append(f"new nickname set {in_place(name)}->{new}")
                self.tell(others if new != name else [], f"{in_place(name)} changed their nickname to {new}")
            case ["/list"]:
                entries = (f"{other.client.end.address}:{in_place(other.nickname)}" for other in self.order)
                seat.owed.append(f"showing connected clients: {', '.join(entries)}")
                self.tell(others, f"{in_place(name)} queried connected client list")
            case ["/quit"]:
                seat.owed.append("you have been disconnected.")
                self.tell([] if stranger else others, f"{in_place(name)} has disconnected.")
                self.order.remove(seat)
                seat.nickname, seat.asked, seat.notified = None, False, False
            case ["/nope"]:
                seat.owed += ["error - unknown command /nope, try /help", "to say it, type: //nope"]
            case _:
                self.tell(self.order, f"{in_place(name)}: {line.replace('//', '/')}")

    @staticmethod
    def tell(to: list[Seat], sentence: str) -> None:
        """Owe a sentence to some; one that begins with Hebrew is kept at the left."""
        for seat in to:
            seat.owed.append(f"\u200e{sentence}" if "\u05d0" <= sentence[0] <= "\u05ea" else sentence)

    @invariant()
    def the_roster_is_the_models(self) -> None:
        """Who is here, under which name and in which order, is the same in both."""
        if not self.waiting:
            here = [(member.address, member.nickname) for member in self.room.chat.state.roster]
            assert here == [(seat.client.end.address, seat.nickname) for seat in self.order]


TestRoomAgainstModel = RoomAgainstModel.TestCase
TestRoomAgainstModel.settings = settings(max_examples=80, stateful_step_count=40)
