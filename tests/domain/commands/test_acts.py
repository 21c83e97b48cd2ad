"""Acts by a right, by properties: who may do them, whom they silence, and what their opposites undo."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from tests.room import NAMES, entropy_for
from udpchat.domain.address import Address, Scope
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.spec import each_once
from udpchat.domain.grammar import GRAMMAR, ORDER_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.order import MAX_SANCTIONS, MAX_SPOKE, Mute, RoomOrder
from udpchat.domain.rooms.rights import MAX_TERM_SECONDS, TERM_SECONDS, operators_of
from udpchat.domain.rooms.sanctions import MAX_BANS, Ban, Sanctions, sanctions_of
from udpchat.domain.rooms.silence import Hushed, Muted, Reach, Slowed
from udpchat.domain.rooms.state import ChatState

PEERS = [peer(network=number, port=number) for number in range(1, 5)]
NICKS = ["annax", "berta", "carla", "doris"]
A, B, C, D = PEERS
ACTS = [command for command in each_once(COMMANDS) if command.act is not None]
ACT_LINES = [
    *("/kick berta why", "/mute berta 30s why", "/mute carla", "/unmute berta", "/ban doris 1h why", "/unban doris"),
    *("/bans", "/slow 20", "/slow off", "/hush on", "/hush off", "/lockdown on", "/lockdown off", "/announce tea"),
    *("/close kitchen", "/kick annax", "/mute annax 1h", "/ban carla 2d"),
]
OTHER_LINES = [
    *("hello there", "//hello", "/me waves", "/msg annax psst", "/nick berta", "/nick elena", "/hand", "/away lunch"),
    *("/join kitchen", "/join den", "/leave", "/topic tea", "/invite berta", "/list", "/quit", "", "ok", "/back"),
    *("/op ann 1", "/op ann 2", "/op ann 3", "/op bea 1", "/deop", "/op wrong"),
]
lines = st.one_of(st.sampled_from(ACT_LINES), st.sampled_from(OTHER_LINES))
steps = st.lists(st.tuples(st.sampled_from(PEERS), lines, st.sampled_from([0.0, 5.0, 40.0, 600.0])), max_size=40)


def new_chat() -> Chat:
    """Return a chat with four members in the lobby, each from a network of its own."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    for each, name in zip(PEERS, NICKS, strict=True):
        chat.handle(Input(0.0, entropy_for(name), each, ""))
    return chat


def say(chat: Chat, sender: Peer, line: str, at: float = 1.0) -> list[Delivery]:
    """Return the deliveries of a line."""
    return chat.handle(Input(at, entropy_for("elena"), sender, line))


def events(deliveries: list[Delivery]) -> list[object]:
    """Return the events."""
    return [event for _, event in deliveries]


def reached(chat: Chat, sender: Peer, deliveries: list[Delivery]) -> set[object]:
    """Return the addresses other than the sender that receive something."""
    found: set[object] = set()
    for audience, _ in deliveries:
        if isinstance(audience, InRoom | InRoomBy):
            room = chat.state.rooms.by_name.get(audience.room)
            found |= (set(room.members) if room else set()) - audience.but
        else:
            found.add(audience.address)
    return found - {sender}


@attrs.define
class Operator:
    """The model of an operator: since when, and when it acted last."""

    since: float
    used: float

    def is_in_force(self, at: float) -> bool:
        """Return whether it may act."""
        return at - self.used < TERM_SECONDS and at - self.since < MAX_TERM_SECONDS


def played(drawn: list[tuple[Peer, str, float]]) -> Iterator[tuple[Chat, Input, list[Delivery], bool, bool]]:
    """Play lines; yield each with its deliveries, and whether its sender was an operator or held its room before."""
    chat, at = new_chat(), 1.0
    operators: dict[Peer, Operator] = {}
    steps_used: dict[str, int] = {}
    for sender, line, pause in drawn:
        at += pause
        member = chat.state.roster.get(sender)
        holds = member is not None and member.place.room.holder == sender
        operator = sender in operators and operators[sender].is_in_force(at) and member is not None
        given_ = Input(at, entropy_for("elena" if member else "fiona"), sender, line)
        deliveries = chat.handle(given_)
        match line.split():
            case ["/op", name, step] if member is not None and int(step) > steps_used.get(name, -1):
                steps_used[name], operators[sender] = int(step), Operator(at, at)
            case ["/deop"]:
                operators.pop(sender, None)
            case [word, *_] if operator and word in COMMANDS and COMMANDS[word].act is not None:
                operators[sender].used = at
        for gone in [each for each in operators if each not in chat.state.roster]:
            del operators[gone]
        yield chat, given_, deliveries, operator, holds


@given(steps)
def test_no_act_without_a_right_in_force(drawn: list[tuple[Peer, str, float]]) -> None:
    """An act has an effect only if its sender was an operator at that moment, or held the room it was in."""
    for chat, each, deliveries, operator, holds in played(drawn):
        done = [event for event in events(deliveries) if isinstance(event, Act) and event.record()["act"][-2:] != "op"]
        if done:
            assert operator or holds
        if not operator and isinstance(each.line, str):
            word = each.line.split(maxsplit=1)[0] if each.line else ""
            rights = {"/ban", "/unban", "/bans", "/lockdown", "/announce", "/close"}
            assert not done or word not in rights
            assert word not in rights or reached(chat, each.sender, deliveries) == set()  # type: ignore[arg-type]


@given(steps)
def test_who_is_silenced_reaches_nobody(drawn: list[tuple[Peer, str, float]]) -> None:
    """A refused line reaches nobody. Who is muted, or must wait, reaches nobody with anything but by leaving."""
    for chat, each, deliveries, operator, holds in played(drawn):
        found = events(deliveries)
        if any(isinstance(event, Muted | Hushed | Slowed) for event in found):
            assert reached(chat, each.sender, deliveries) == set()  # type: ignore[arg-type]
        mute = sanctions_of(chat.state).muted.get(each.sender)
        member = chat.state.roster.get(each.sender)
        if mute is None or mute.until <= each.at or operator or member is None or "op" in str(each.line):
            continue
        if str(each.line).split()[:1] not in (["/leave"], ["/quit"]) and not holds:
            assert reached(chat, each.sender, deliveries) == set()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("act", "opposite"),
    [
        ("/mute berta 1h why", "/unmute berta"),
        ("/ban 203.0.113.0/24 1h why", "/unban 203.0.113.0/24"),
        ("/ban 2001:db8::/32 1h", "/unban 1"),
        ("/slow 10", "/slow off"),
        ("/hush on", "/hush off"),
        ("/lockdown on", "/lockdown off"),
    ],
)
def test_an_opposite_restores_what_was_before(act: str, opposite: str) -> None:
    """After both, the rooms and all slices are as they were."""
    chat = new_chat()
    say(chat, A, "/op ann 1")
    before = snapshot(chat.state)
    assert not [event for event in events(say(chat, A, act)) if isinstance(event, Rejection)]
    assert snapshot(chat.state) != before
    assert not [event for event in events(say(chat, A, opposite)) if isinstance(event, Rejection)]
    after = snapshot(chat.state)
    assert (after.slices, after.rooms) == (before.slices, before.rooms)


@given(st.lists(st.sampled_from([*ACT_LINES, "/kick doris", "/mute doris"]), max_size=20))
def test_holders_touch_nothing_outside_their_room(drawn: list[str]) -> None:
    """Whatever holders do, nobody in another room reads of it, and nothing of that room or of the server changes."""
    chat = new_chat()
    say(chat, A, "/join kitchen")
    say(chat, B, "/join den")
    say(chat, C, "/join den")
    say(chat, D, "/join kitchen")
    outside = snapshot(chat.state)
    for line in drawn:
        assert reached(chat, A, say(chat, A, line)) <= {D}
    after = snapshot(chat.state)
    rooms = [[room for room in each.rooms if room.name == "den"] for each in (outside, after)]
    assert rooms[0] == rooms[1]
    assert sanctions_of(chat.state) == Sanctions()


def test_a_term_ends() -> None:
    """A code holds for 15 minutes, each act prolongs that, and after two hours another code is due."""
    chat, at = new_chat(), 0.0
    say(chat, A, "/op ann 1", at)
    while at + TERM_SECONDS - 1 < MAX_TERM_SECONDS:
        at += TERM_SECONDS - 1
        assert any(isinstance(event, Act) for event in events(say(chat, A, "/announce tea", at)))
    (refused,) = events(say(chat, A, "/announce tea", MAX_TERM_SECONDS))
    assert isinstance(refused, Rejection)
    say(chat, A, "/op ann 2", at)
    assert any(isinstance(event, Act) for event in events(say(chat, A, "/announce tea", at + TERM_SECONDS - 1)))
    (refused,) = events(say(chat, A, "/announce tea", at + 2 * TERM_SECONDS - 1))
    assert isinstance(refused, Rejection)
    say(chat, A, "/op ann 3", at)
    (refused,) = events(say(chat, A, "/announce tea", at - 1))
    assert isinstance(refused, Rejection), "a clock that was set back ends it"


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["ann", "bea"]), st.integers(0, 3)), max_size=12))
def test_a_code_counts_once_in_a_cluster(drawn: list[tuple[str, str, int]]) -> None:
    """Each step of an operator makes one client an operator, whichever node it reaches, and also after a restart."""
    chats = [new_chat(), new_chat()]
    used: set[tuple[str, int]] = set()
    latest: dict[str, int] = {}
    for sender, name, step in drawn:
        answers = [events(say(chat, A if sender == "a" else B, f"/op {name} {step}")) for chat in chats]
        assert answers[0] == answers[1], "both nodes handle the same inputs in the same order"
        accepted = any(isinstance(event, Act) for event in answers[0])
        assert accepted == (step > latest.get(name, -1))
        assert not accepted or (name, step) not in used
        if accepted:
            used.add((name, step))
            latest[name] = step


def test_sanctions_follow_clients_to_other_addresses() -> None:
    """Mutes, bans, and who is an operator: as at a takeover by another node."""
    chat = new_chat()
    elsewhere: dict[Address, Peer] = {each: peer(network=9, port=each.port) for each in PEERS}
    for each in (A, B, C):
        say(chat, each, "/join kitchen")
    say(chat, A, "/mute berta")
    say(chat, A, "/slow 10")
    say(chat, A, "/kick carla")
    say(chat, B, "hello there")
    say(chat, D, "/op ann 1")
    say(chat, D, "/mute carla")
    sanctions_of(chat.state).ban(Ban("doris", 99.0, "server", address=D), 0.0)
    chat.state.move(elsewhere)
    order = chat.state.rooms.by_name["kitchen"].order
    assert order is not None
    assert [*order.muted] == [elsewhere[B]]
    assert [*order.kicked] == [*sanctions_of(chat.state).muted] == [elsewhere[C]]
    assert sanctions_of(chat.state).ban_on(elsewhere[D], 1.0) is not None
    assert operators_of(chat.state).term(elsewhere[D], 1.0) is not None
    refused = events(say(chat, elsewhere[B], "hello there"))
    assert isinstance(refused[0], Muted)


def test_an_earlier_grammar_has_no_acts() -> None:
    """The words are unknown, and nothing follows."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(ORDER_SINCE - 1)
    say(chat, A, "")
    for command in (*ACTS, COMMANDS["/op"], COMMANDS["/deop"]):
        (event,) = events(say(chat, A, command.word))
        assert isinstance(event, UnknownCommand)
    assert snapshot(chat.state).slices.keys() <= {"experienced", "seen"}


def test_tables_are_bounded() -> None:
    """The oldest entries go, in a room, on the server, and of the bans."""
    order, sanctions = RoomOrder(), Sanctions()
    many = [peer(port=port) for port in range(MAX_SANCTIONS + 5)]
    for each in many:
        order.mute(each, Mute(9.0, "annax"))
        order.kick(each, 9.0)
        sanctions.mute(each, Mute(9.0, "annax"))
        sanctions.ban(Ban("x", 9.0, "annax", address=each), 0.0)
    assert [*order.muted] == [*order.kicked] == [*sanctions.muted] == many[5:]
    assert [ban.address for ban in sanctions.bans] == many[-MAX_BANS:]


def test_who_spoke_is_kept_for_so_many_clients() -> None:
    """Clients that come and go while a room is slow do not fill the memory."""
    order = RoomOrder(slow=3600)
    for port in range(MAX_SPOKE + 5):
        order.speak(peer(port=port), 5.0)
    assert len(order.spoke) == MAX_SPOKE
    assert order.wait(peer(port=MAX_SPOKE + 4), 6.0) > 0


def test_who_ignores_somebody_reads_its_acts() -> None:
    """Nobody is silenced or removed without a word, and an announcement reaches all."""
    chat = new_chat()
    operators_of(chat.state).begin(A, "ann", 1, 0.0)
    say(chat, B, "/ignore annax")
    for line in ("/announce tea", "/mute berta 1h", "/unmute berta", "/kick berta"):
        assert B in reached(chat, A, say(chat, A, line)), line


def test_what_is_over_costs_nothing() -> None:
    """When mutes and kicks are over, plain lines take the short way again after a few others."""
    chat = new_chat()
    operators_of(chat.state).begin(A, "ann", 1, 0.0)
    for each in (B, C, D):
        say(chat, each, "/join den")
    for sender, line in ((A, "/mute doris 30s"), (B, "/mute carla 30s"), (B, "/kick doris")):
        say(chat, sender, line)
    den = chat.state.rooms.by_name["den"]
    assert chat.say(Input(601.0, 1, B, "hello there"), deque(), 1) is None
    for _ in range(2):
        say(chat, B, "hello there", 601.0)
    assert den.order is None
    assert not sanctions_of(chat.state).muted
    assert not any(chat.state.slices.watched)
    assert chat.say(Input(601.0, 1, B, "hello there"), deque(), 1) is not None


def test_who_spoke_long_ago_is_forgotten() -> None:
    """A slow room remembers those that must wait, and no others in the long run."""
    order = RoomOrder(slow=10)
    for number in range(1000):
        order.speak(peer(port=number), number * 5.0)
    assert len(order.spoke) <= 3
    order.speak(peer(port=1), 0.0)
    assert order.wait(peer(port=1), 4.0) == 6.0
    assert order.wait(peer(port=1), -1.0) == 0.0


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=4, max_size=4), st.integers(0, 32))
def test_a_ban_of_a_network_covers_it(prefix: bytes, other: bytes, bits: int) -> None:
    """An address is covered if its first bits are those of the network; an address of the other family never is."""
    ban = Ban("net", 9.0, "annax", prefix=prefix.hex(), bits=bits)
    here = Peer(attrs.evolve(peer().network, prefix=other), 1)
    same = all((prefix[bit // 8] ^ other[bit // 8]) >> (7 - bit % 8) & 1 == 0 for bit in range(bits))
    assert ban.covers(here) == same
    assert not ban.covers(Peer(attrs.evolve(peer().network, prefix=bytes(8)), 1))


def test_a_cloak_is_banned() -> None:
    """What /list shows instead of an address stands for its network."""
    chat = Chat(ChatState(NAMES, show=lambda address: f"word{address.network.prefix[-1]}"))
    chat.state.use_grammar(GRAMMAR)
    for each, name in zip(PEERS, NICKS, strict=True):
        chat.handle(Input(0.0, entropy_for(name), each, ""))
    say(chat, A, "/op ann 1")
    say(chat, A, "/ban word2 1h")
    assert B not in chat.state.roster
    assert C in chat.state.roster
    (ban,) = sanctions_of(chat.state).bans
    assert ban.shown == "word2"


def test_on_loopback_a_ban_covers_one_port() -> None:
    """All clients of this machine share one address there."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    one, two, three = (peer(Scope.LOOPBACK, port=port) for port in (1, 2, 3))
    for each, name in zip((one, two, three), NICKS, strict=False):
        chat.handle(Input(0.0, entropy_for(name), each, ""))
    say(chat, one, "/op ann 1")
    say(chat, one, "/ban berta 1h")
    assert [member.address for member in chat.state.roster] == [one, three]
    assert say(chat, two, "hello there") == []
    assert two not in chat.state.roster


def test_rows_say_whom_they_reach() -> None:
    """Commands that others receive something of reach them, and acts are no way around a mute."""
    for command in each_once(COMMANDS):
        if command.announced or command.speaks:
            assert command.reach is not Reach.NOBODY
        if command.act is not None and command.word not in {"/bans", "/release", "/restore"}:  # these say nothing
            assert command.reach is Reach.SAYING


def test_a_muted_holder_moderates_nobody() -> None:
    """A reason is a text as well: an operator's mute covers it."""
    chat = new_chat()
    for each in (A, B, C):
        say(chat, each, "/join kitchen")
    say(chat, D, "/op ann 1")
    say(chat, D, "/mute annax 1h")
    (event,) = events(say(chat, A, "/kick berta you are silly"))
    assert isinstance(event, Muted)
    assert B in chat.state.rooms.by_name["kitchen"].members


def test_an_operator_who_is_muted_is_not_silent() -> None:
    """The machine may mute an operator's client; a code lifts that, as it proves who it is."""
    chat = new_chat()
    sanctions_of(chat.state).mute(A, Mute(900.0, "server"))
    chat.state.slices.watch()
    (refused,) = events(say(chat, A, "hello there"))
    assert isinstance(refused, Muted)
    say(chat, A, "/op ann 1")
    assert reached(chat, A, say(chat, A, "hello there")) == {B, C, D}


def test_a_digest_has_all_of_it() -> None:
    """Nodes that disagree about a mute, a ban, an operator or the order of a room notice that."""
    found = []
    for line in ("", "/mute berta", "/ban doris", "/slow 10", "/op ann 2", "/lockdown on"):
        chat = new_chat()
        say(chat, A, "/op ann 1")
        say(chat, A, line)
        found.append(digest(snapshot(chat.state), str))
    assert len(set(found)) == len(found)


def test_a_holder_unmutes_whom_it_muted() -> None:
    """It does not end what an operator wanted."""
    chat = new_chat()
    for each in (A, B):
        say(chat, each, "/join kitchen")
    say(chat, D, "/op ann 1")
    say(chat, A, "/mute berta")
    say(chat, A, "/unmute berta")
    assert reached(chat, B, say(chat, B, "hello there")) == {A}
    say(chat, D, "/mute berta")
    (refused,) = events(say(chat, A, "/unmute berta"))
    assert isinstance(refused, Rejection)
    assert isinstance(events(say(chat, B, "hello there"))[0], Muted)


def test_a_room_that_nobody_may_see_is_closed() -> None:
    """It ends when its last member is out, so that nothing is left to end."""
    chat = new_chat()
    say(chat, A, "/join kitchen")
    say(chat, A, "/private on")
    say(chat, D, "/op ann 1")
    say(chat, D, "/close kitchen")
    assert [*chat.state.rooms.by_name] == ["lobby"]
    assert chat.state.roster.members[A].place.room is chat.state.rooms.lobby


def test_notices_reach_who_is_concerned() -> None:
    """The person reads what was done to it, alone, and the one who did it reads its own words."""
    chat = new_chat()
    say(chat, A, "/op ann 1")
    deliveries = say(chat, A, "/mute berta")
    assert [audience for audience, _ in deliveries] == [InRoomBy("lobby", A, frozenset((B,))), Notify(B)]
    assert isinstance(say(chat, A, "/bans")[0][0], Only)
