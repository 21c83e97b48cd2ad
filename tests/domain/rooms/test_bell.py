"""The bell rings for a name that is said as a word, for a private line, and not too often."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.cluster.chats import ONE as CLIENT
from tests.domain.cluster.chats import TWO as OTHER_CLIENT
from tests.domain.cluster.chats import Cluster
from tests.domain.peers import peer
from tests.room import NAMES, entropy_for
from udpchat.domain.address import Address
from udpchat.domain.commands.talk import Said
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Delivery, Notify
from udpchat.domain.rooms.bell import MAX_RINGS, RING_SECONDS, Bells, Rang, ring
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.slice import Watcher
from udpchat.domain.rooms.state import ChatState

ONE, TWO, THREE = (peer(port=port) for port in (1, 2, 3))


@attrs.define
class Talk:
    """A chat in which TEDDC, Tyvem and Maria are, and TEDDC and Maria have turned their bells on."""

    chat: Chat = attrs.field(factory=lambda: Chat(ChatState(NAMES)))
    now: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.chat.state.use_grammar(GRAMMAR)
        for sender, nickname in ((ONE, "TEDDC"), (TWO, "Tyvem"), (THREE, "Maria")):
            self.chat.handle(Input(0.0, entropy_for(nickname), sender, ""))
        for sender in (ONE, THREE):
            self.line("/bell on", sender)

    def line(self, line: str, sender: Address = TWO) -> list[Delivery]:
        """Let a member send a line; return the deliveries."""
        return self.chat.handle(Input(self.now, 7, sender, line))

    def rung(self, line: str, sender: Address = TWO) -> list[Address]:
        """Let a member say a line later than any bell matters; return whose bells ring."""
        self.now += RING_SECONDS
        *bells, (audience, said) = self.line(line, sender)
        assert isinstance(said, Said)
        assert audience == self.chat.state.rooms.lobby.everyone
        return [to.address for to, event in bells if isinstance(to, Notify) and isinstance(event, Rang)]


@pytest.mark.parametrize(
    "line",
    [
        "TEDDC",
        "teddc: hello",
        "hello, Teddc!",
        "@TEDDC",
        "(TEDDC)",
        "is this TEDDC's?",
        "-TEDDC",
        "_TEDDC_",
        "TEDDC-- for that",
        "\N{FULLWIDTH LATIN CAPITAL LETTER T}eddc",
        "caf\N{LATIN SMALL LETTER E WITH ACUTE}, TEDDC?",
        "\N{EM DASH}TEDDC\N{HORIZONTAL ELLIPSIS}",
        "TEDDC TEDDC TEDDC",
    ],
)
def test_a_name_that_is_said(line: str) -> None:
    """The bell rings once, for the one who has the name, in front of the line."""
    assert Talk().rung(line) == [ONE]


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "TEDDCs",
        "xTEDDC",
        "9TEDDC",
        "TEDDC9",
        "TEDDC-like",
        "pre-TEDDC",
        "TED DC",
        "Tyvem",
        "TEDDC\N{COMBINING ACUTE ACCENT}",
        "TEDDC\N{LATIN SMALL LETTER E WITH ACUTE}",
        "\N{DEVANAGARI LETTER KA}TEDDC",
        "--",
        "\N{EM DASH}",
    ],
)
def test_no_name_that_is_said(line: str) -> None:
    """A part of another word is no name, and a member whose bell is off hears none."""
    assert Talk().rung(line) == []


@pytest.mark.parametrize("name", ["bob_", "x-y", "\u0938\u0940\u0924\u093e", "\u05e9\u05dc\u05d5\u05dd", "\u00e9ric"])
def test_names_of_every_kind(name: str) -> None:
    """A name may have signs, marks and letters of any script, and may be written in capitals."""
    talk = Talk()
    talk.line(f"/nick {name}", ONE)
    for line in (name, f"hello {name}.", f"-{name}-", f"({name})", name.upper()):
        assert talk.rung(line) == [ONE]
    assert talk.rung("TEDDC") == []


def test_the_members_whose_bells_ring() -> None:
    """All who are named hear it, in order of joining; who speaks does not."""
    talk = Talk()
    assert talk.rung("Maria, TEDDC") == [ONE, THREE]
    assert talk.rung("I am TEDDC, Maria", ONE) == [THREE]
    talk.line("/bell off", THREE)
    assert talk.rung("Maria, TEDDC") == [ONE]
    talk.line("/quit", ONE)
    assert talk.rung("Maria, TEDDC") == []
    assert not talk.chat.state.rooms.lobby.bells


def test_a_line_rings_few_bells() -> None:
    """Whoever names very many calls none of them."""
    talk = Talk()
    names = [f"guest{number}" for number in range(MAX_RINGS + 1)]
    for number, name in enumerate(names):
        for line in ("", f"/nick {name}", "/bell on"):
            talk.line(line, peer(port=100 + number))
    assert talk.rung(" ".join(names)) == [peer(port=100 + number) for number in range(MAX_RINGS)]


def test_a_bell_rings_in_its_room_only() -> None:
    """A name that is said in another room rings no bell; a member that goes there hears it."""
    talk = Talk()
    rooms, roster = talk.chat.state.rooms, talk.chat.state.roster
    kitchen = rooms.make("kitchen", 2)
    assert kitchen is not None
    rooms.leave(roster.members[ONE], rooms.lobby)
    rooms.enter(roster.members[ONE], kitchen)
    rooms.new_holders.clear()
    assert talk.rung("TEDDC Maria") == [THREE]
    rooms.leave(roster.members[ONE], kitchen)
    rooms.enter(roster.members[ONE], rooms.lobby)
    assert talk.rung("TEDDC Maria") == [ONE, THREE]


@given(st.lists(st.tuples(st.floats(0, 4), st.booleans()), max_size=30))
def test_a_bell_never_rings_twice_in_five_seconds(lines: list[tuple[float, bool]]) -> None:
    """However often a member is named or written to, its bell rings at once, and then not for five seconds."""
    talk, rung = Talk(), [-100.0]
    for pause, privately in lines:
        talk.now += pause
        found = ring(talk.chat.state, TWO, ONE, talk.now) if privately else talk.line("TEDDC")[:-1]
        assert bool(found) == (talk.now - rung[-1] >= 5)
        if found:
            assert found == [(Notify(ONE), Rang())]
            rung.append(talk.now)


def test_a_bell_rings_after_the_clock_was_set_back() -> None:
    """A time in the future does not keep it silent for long."""
    bells = Bells()
    assert [bells.ring(ONE, at) for at in (100.0, 104.9, 50.0, 54.9, 55.0)] == [True, False, True, False, True]


def test_a_private_line() -> None:
    """It rings the bell of the member that it is for, if that is on, and not one's own."""
    state = Talk().chat.state
    assert ring(state, TWO, ONE, 0.0) == [(Notify(ONE), Rang())]
    assert ring(state, ONE, TWO, 0.0) == ring(state, THREE, THREE, 0.0) == []


def test_who_is_hidden_rings_no_bell() -> None:
    """A member that hides the speaker hears nothing of it, and its bell may still ring for others."""

    @attrs.define
    class Hiding(Watcher):
        """TEDDC hides Tyvem."""

        watches = "hidden"

        hidden: tuple[Address, ...] = (TWO,)

        def leave(self, address: Address) -> None:
            """Do nothing."""

        def move(self, places: Mapping[Address, Address]) -> None:
            """Do nothing."""

        def comparable(self, _: Callable[[Address], str]) -> object:
            """Return nothing."""
            return ()

        def hiding(self, speaker: Address) -> Collection[Address]:
            """Return TEDDC."""
            return (ONE,) if speaker == TWO else ()

    talk = Talk()
    talk.chat.state.slices.use({"hiding": Hiding()})
    assert [event for _, event in talk.line("TEDDC, Maria") if isinstance(event, Rang)] == [Rang()]
    assert ring(talk.chat.state, TWO, ONE, 0.0) == []
    assert ring(talk.chat.state, THREE, ONE, 0.0) == [(Notify(ONE), Rang())]


def test_bells_are_part_of_the_state() -> None:
    """A snapshot has which bells are on, and when each rang last."""
    talk, after = Talk(), Chat(ChatState(NAMES))
    assert talk.rung("TEDDC") == [ONE]
    restore(after.state, snapshot(talk.chat.state))
    assert [*after.state.rooms.lobby.bells] == [ONE, THREE]
    later = Input(talk.now + RING_SECONDS - 1, 7, TWO, "TEDDC, Maria")
    assert after.handle(later) == talk.chat.handle(later)
    assert snapshot(after.state).slices == {**snapshot(talk.chat.state).slices}


def test_bells_follow_a_takeover() -> None:
    """All nodes ring the same bells. A member that moves to another node hears its bell there, and not too soon."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    cluster.handle("a", "", OTHER_CLIENT)
    for line in ("/nick bob", "/bell on"):
        cluster.handle("b", line, CLIENT)
    chat = cluster.chats["a"]

    def rung(times: int) -> list[int]:
        lines = (cluster.handle("a", "hello bob", OTHER_CLIENT)["a"] for _ in range(times))
        return [len(line) - 1 for line in lines]

    assert rung(2) == [1, 0]
    cluster.handle("a", Started(Rules(), takes_over="b", grammar=GRAMMAR))
    assert rung(4) == [0, 0, 1, 0]
    (bell,) = chat.state.rooms.lobby.bells
    assert chat.state.directory.node(bell) == "a"
    cluster.handle("a", "/quit", CLIENT)
    assert chat.state.slices.by_word["bells"] == Bells()


def test_the_order_of_bells_survives_a_restart() -> None:
    """It does not depend on who turned a bell on first: a server that restarted rings the same ones of too many."""
    talk, after = Talk(), Chat(ChatState(NAMES))
    for sender, name in ((ONE, "bob"), (THREE, "bob-")):
        talk.line(f"/nick {name}", sender)
    talk.line("/bell off", ONE)
    talk.line("/bell on", ONE)
    restore(after.state, snapshot(talk.chat.state))
    later = Input(RING_SECONDS, 7, TWO, "hello bob")
    deliveries = after.handle(later)
    assert deliveries == talk.chat.handle(later)
    assert [to.address for to, _ in deliveries if isinstance(to, Notify)] == [ONE, THREE]
