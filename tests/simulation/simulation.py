"""The hub of production in a simulated world, and what is checked after every turn."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from itertools import repeat
from random import Random
from typing import cast

import attrs

from tests.room import CHALLENGE, KEY, NAMES
from tests.simulation.answers import Answers
from tests.simulation.crashes import MOST_SENDS, RULES, SERVER, Disk, look_after_restart, look_at_ghost
from tests.simulation.gate import MUST_PROVE, WatchedAdmission
from tests.simulation.peers import Peer
from tests.simulation.rooms import look_at_reader, look_at_rooms, look_at_shown
from tests.simulation.seen import Number, number_of
from tests.simulation.world import Crash, Weather, World, check
from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.reachability import MAX_PROBE
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.looks import BellShown, ColorShown, TimeShown
from udpchat.domain.commands.talk import Said
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.event import Event
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Delivery, InRoom, Only
from udpchat.domain.rooms.inputs import Idle, Input, Rules, Started, Undelivered, Unreachable
from udpchat.domain.rooms.members.look import PLAIN
from udpchat.domain.rooms.state import ChatState

CALM = Weather(0, 0, 0)
PART = 1000  # bytes of a long answer that are sent at once
ANSWERS = 5  # tokens a second for all answers, so that long ones have to wait


class WatchedChat(Chat):
    """The chat, with a look at each input."""

    simulation: Simulation

    def say(self, given: Input, following: deque[Input], most: int) -> tuple[InRoom, list[Said]] | None:
        """Handle plain lines of members, that were looked at."""
        inputs = [given, *following]
        self._look_before(given)
        row = super().say(given, following, most)
        if row is None:
            return None
        room, said = row
        for place, event in enumerate(said):
            if place:
                self._look_before(inputs[place])
            self._look_after(inputs[place], [(room, event)])
        return row

    def _look_before(self, given: Input) -> None:
        """Look at an input, unless it is from a journal."""
        if not self.simulation.starting and not isinstance(given.line, Started):
            self.simulation.look_at_input(given)

    def execute(self, given: Input) -> list[Delivery]:
        """Handle any other input, that was looked at."""
        deliveries = super().execute(given)
        self._look_after(given, deliveries)
        return deliveries

    def _look_after(self, given: Input, said: Sequence[Delivery]) -> None:
        """Look at what came of an input."""
        model, simulation = self.simulation.disk.model, self.simulation
        text = model.follow(given, said, self.state)
        for audience, event in said:
            if isinstance(audience, Only):
                self._look_at_reply(audience.address, event, given.at)
        if simulation.starting or isinstance(given.line, Started):
            return
        if text is not None:
            simulation.owed.append((number_of(str(given.line)), text.readers))
        if given.sender not in self.state.roster:
            self.simulation.answers.left(given.sender)
            if isinstance(given.line, Unreachable) and self.simulation.weather == CALM:
                look_at_ghost(self.state, given.sender, self.simulation.world.lost.get(given.sender, set()))

    def _look_at_reply(self, to: Address, event: Event, at: float) -> None:
        """Look at what somebody is shown, and note in which look it wants that."""
        simulation, peer, member = self.simulation, self.simulation.peers[to], self.state.roster.get(to)
        match event:
            case HistoryShown(messages) if not simulation.starting:
                look_at_shown(simulation.disk.model, event, to)
                peer.shown.update(filter(None, (number_of(message.text) for message in messages)))
                simulation.answers.given(to, event, at, member.place.look if member else PLAIN)
            case ColorShown(on=True):
                peer.looks.add("color")
            case TimeShown(offset=int()):
                peer.looks.add("time")
            case BellShown(on=True):
                peer.looks.add("bell")
            case _:
                pass


@attrs.define(eq=False)
class Simulation:
    """A hub, the world around it, and what is checked between them."""

    random: Random
    policy: Policy
    weather: Weather
    max_datagram: int
    max_line: int
    rules: Rules = RULES
    key: str = ""  # of the server
    answers: Answers = attrs.field(init=False)
    world: World = attrs.field(init=False)
    chat: WatchedChat = attrs.field(init=False)
    admission: WatchedAdmission = attrs.field(init=False)
    hub: Hub = attrs.field(init=False)
    wall: float = 1.7e9
    excused: set[Address] = attrs.field(factory=set)  # who may be missing after this step
    lines: int = 0  # handled
    owed: list[tuple[Number | None, Collection[Address]]] = attrs.field(factory=list)  # lines of this step, and to whom
    unreachable: int = 0  # who were removed because they were gone
    drops: DropCounts = attrs.field(factory=DropCounts)
    disk: Disk = attrs.field(factory=Disk)
    starting: bool = False
    pacing: bool = False
    ends: Counter[str] = attrs.field(factory=Counter)  # of servers, by the moment
    pauses: Random = attrs.field(factory=Random)  # draws when the server stands still

    def __attrs_post_init__(self) -> None:
        self.answers = Answers(self.max_datagram, self.rules, self.disk.said)
        must_prove = MUST_PROVE[self.policy.admission]
        self.world = World(self.random, self.weather, self.max_datagram, must_prove, self.key)
        self.world.recalled, self.world.reads, self.world.reads_of = (
            self.answers.sent,
            self.look_at_reader,
            self.look_at_name,
        )
        self.start()

    def start(self) -> None:
        """Have a server that knows what was written."""
        world, began = self.world, self.world.forward
        self.chat = WatchedChat(ChatState(NAMES))
        self.admission = WatchedAdmission(self.policy, CHALLENGE, self.drops, lambda: world.forward - began)
        self.admission.use_key(ServerKey.of(KEY, self.key) if self.key else None)
        self.admission.quotas.answers = TokenBucket(ANSWERS)
        self.chat.simulation = self
        self.hub = Hub(
            chat=self.chat,
            carriers=[world],
            admission=self.admission,
            journal=self.disk,
            clock=lambda: self.wall,
            timer=lambda: world.now,
            entropy=map(self.random.getrandbits, repeat(64)),
            max_datagram=self.max_datagram,
            max_line=self.max_line,
        )
        self.hub.outbox.replies.pacer.part = PART  # so that there are answers of many parts
        self.starting = True
        self.hub.start(SERVER, self.rules)
        self.starting = False

    def restart(self, moment: str) -> None:
        """Have a server after one that ended, and look at what it knows."""
        self.ends[moment] += 1
        unsent = self.disk.last if moment in {"before send", "in a send"} else ()
        self.world.fuse, self.disk.fuse = None, ""
        self.owed.clear()
        self.answers.shown.clear()
        self.world.lost.clear()
        self.start()
        look_after_restart(self.disk, self.chat, unsent)
        self.world.inside = set(self.members())
        look_between_turns(self)

    def end(self, moment: str) -> None:
        """Have the server end, at a moment like this that is to come."""
        self.world.fuse, self.disk.fuse = None, ""
        if moment == "in order":
            self.hub.stop()
            self.hub.close()
            self.restart(moment)
        elif moment == "in a send":
            self.world.fuse = self.random.randrange(MOST_SENDS)
        else:
            self.disk.fuse = moment
            self.disk.snapshot_due = "snapshot" in moment

    def look_at_input(self, given: Input) -> None:
        """Check that an input may be handled, and note what it excuses."""
        peer = self.peers[given.sender]
        if isinstance(given.line, Unreachable):
            lately = peer.reported[-2:]
            check(len(lately) == 2 and lately[1] - lately[0] <= MAX_PROBE, "ghosts", str(peer.address), lately)
            self.excused.add(peer.address)
            self.unreachable += 1
            return
        check(self.world.is_let_in(peer), "admitted", str(peer.address))
        if isinstance(given.line, Undelivered):  # it brings nobody in who has left meanwhile
            return
        self.world.inside.add(peer.address)
        if given.line == Idle(makes_room=True) or str(given.line)[:5].lower() == "/quit":
            self.excused.add(peer.address)
        self.lines += 1

    def look_at_reader(self, peer: Peer, number: Number) -> None:
        """Check that a numbered text is for somebody to whom it is sent."""
        look_at_reader(self.disk.model, number, peer.address)

    def look_at_name(self, peer: Peer, name: str) -> None:
        """Check that somebody may know the name of a room that it is sent."""
        known = name in peer.knows or self.pacing  # a long answer began when it was perhaps public
        check(known or not self.disk.model.is_hidden(name, peer.address), "private", name, str(peer.address))

    def tick(self) -> None:
        """Have the hub do what is due."""
        self.excused |= set(self.admission.idle(self.world.now))
        try:
            self.hub.tick()
        except Crash as crash:
            self.restart(str(crash))
        look_between_turns(self)
        check(self.hub._bounces.suspects.known.keys() <= set(self.members()), "tables", "suspects")  # noqa: SLF001 - a table

    def pace(self) -> None:
        """Have the hub send the next part of long answers."""
        self.world.inside, self.pacing = set(self.members()), True
        try:
            self.hub.pace()
        except Crash as crash:
            self.restart(str(crash))
        self.pacing = False

    def let_pass(self, seconds: float) -> None:
        """Let time pass, on both clocks."""
        self.world.set_timer(seconds)
        self.wall += seconds

    def settle(self) -> None:
        """Let the hub handle all that arrives."""
        self.excused.clear()
        self.world.lost.clear()
        self.world.inside, self.disk.model.step = set(self.members()), self.world.step
        self.world.land()
        while self.world.busy or self.hub.unfinished:
            try:
                self.hub.turn(self.world)
            except Crash as crash:
                self.restart(str(crash))
            self.world.land()
            look_between_turns(self)
        for line, hearers in self.owed:
            missing = [where for where in hearers if line and not self.peers[where].copies[line]]
            check(not missing, "all", line, *map(str, missing))
        self.owed.clear()

    @property
    def peers(self) -> Mapping[Address, Peer]:
        """Who is at each address."""
        return cast("Mapping[Address, Peer]", self.world.peers)

    def nickname_of(self, address: Address) -> str:
        """Return the nickname of a member, "" if there is none."""
        member = self.chat.state.roster.get(address)
        return member.nickname if member else ""

    def members(self) -> list[Address]:
        """Return who is in the room."""
        return [member.address for member in self.chat.state.roster]


def look_between_turns(simulation: Simulation) -> None:
    """Check what must hold between two turns."""
    roster, admission = simulation.chat.state.roster, simulation.admission
    members = list(roster)
    check(not simulation.hub.bugs.counts and not admission.drops[DropReason.BUG], "bugs", simulation.hub.bugs.counts)
    keys = [key for member in members for key in member.keys]
    check(len(keys) == len(set(keys)) == len(roster._holders), "names", keys)  # noqa: SLF001 - the index itself
    folded = {member.nickname.casefold() for member in members}
    check(len(folded) == len(members), "names", folded)
    here = {member.address for member in members}
    gone = simulation.world.inside - here - simulation.excused
    check(not gone, "ghosts", [str(each) for each in gone])
    clients, networks = admission.quotas.clients, admission.quotas.networks
    check(len(clients) <= simulation.policy.max_clients, "tables", len(clients))
    admission.evicting &= here
    check(here <= clients.keys() | admission.evicting, "tables", "a member without a quota")
    check(admission.quotas.silent.keys() <= clients.keys(), "tables", "silent")
    check(sum(network.clients for network in networks.values()) == len(clients), "tables", "networks")
    check(len(networks) <= len(clients), "tables", "networks")
    check(admission.notices.floods.keys() <= clients.keys(), "tables", "notices")
    check(not (simulation.hub.intake.strangers or admission.pending_replies), "tables", "strangers")
    look_at_rooms(simulation.chat.state, simulation.disk.model)
