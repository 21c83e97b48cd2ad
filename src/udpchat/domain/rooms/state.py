"""The state of a chat, which is the result of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.cluster.failure_detector import FailureDetector
from udpchat.domain.grammar import AGES_SINCE, PROGRAMS_SINCE, ROOMS_SINCE
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.history.log import Recent
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.history.reception import Reception
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.members.member import Member, Place
from udpchat.domain.rooms.members.roster import Roster
from udpchat.domain.rooms.programs.session import Sessions
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.rooms import Rooms
from udpchat.domain.rooms.slices import Slices
from udpchat.domain.text.nickname import Nickname, NicknameRules

MEASURED = 256  # messages after which the length of all logs is checked: to add it up for each would take longer


@attrs.define
class ChatState:
    """The members, the rooms, and the rules.

    `names` are the rules for nicknames; the roster has those that are in force with the grammar. `show` returns an
    address as /list shows it; a `Cloak` follows the rules. `directory` finds the node of a client.
    """

    names: NicknameRules
    show: Callable[[Address], str] = str
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    rules: Rules = attrs.field(factory=Rules, init=False)
    reception: Reception = attrs.field(factory=Reception, init=False)
    nodes: FailureDetector = attrs.field(factory=FailureDetector, init=False)
    rooms: Rooms = attrs.field(init=False)
    roster: Roster = attrs.field(init=False)
    grammar: int = attrs.field(default=1, init=False)  # the version by which lines are read
    has_rooms: bool = attrs.field(default=False, init=False)  # the grammar was `ROOMS_SINCE` or later at some time
    unicode: str = attrs.field(default="", init=False)  # the version of the tables for nicknames, if it is known
    slices: Slices = attrs.field(factory=Slices, init=False)
    has_numbers: bool = attrs.field(default=False, init=False)  # the grammar was `PROGRAMS_SINCE` or later at some time
    numbering: str = attrs.field(default="", init=False)  # the name of the numbers, "" before a start gave them one
    sessions: Sessions = attrs.field(factory=Sessions, init=False)

    def __attrs_post_init__(self) -> None:
        self.rooms = Rooms(self.names)
        self.roster = Roster(self.names.of(self.grammar), self.directory)
        self.slices.lost = self.sessions.lost

    def use_rules(self, rules: Rules) -> None:
        """Go by these rules from now on."""
        self.rules = rules
        if isinstance(self.show, Cloak):
            self.show = self.show.by(rules.show_addresses)

    def use_grammar(self, version: int) -> None:
        """Read lines, and compare nicknames, by a version of the grammar from now on."""
        self.grammar = version
        self.roster.use(self.names.of(version))
        if version >= ROOMS_SINCE and not self.has_rooms:  # on all nodes at the same place in the order of inputs
            self.has_rooms = True
            for number, member in enumerate(self.roster, 1):
                place = member.place
                place.number, place.since, place.last = number, 0.0, 0.0
            self.roster.joined = len(self.roster)
        if version >= PROGRAMS_SINCE and not self.has_numbers:
            self.has_numbers = True
            self.rooms.start_numbers()

    def add(self, address: Address, nickname: Nickname, at: float, look: Look = PLAIN) -> Member:
        """Let a client in: into the lobby."""
        place = Place(self.rooms.lobby, (), look=look)
        if self.has_rooms:
            self.roster.joined += 1
            place.number, place.since, place.last = self.roster.joined, at, at
        member = self.roster.add(address, nickname, place)
        self.rooms.enter(member, self.rooms.lobby)
        return member

    def exit(self, member: Member, room: Room) -> None:
        """Let a member that stays on the server out of a room."""
        self.rooms.leave(member, room)
        for each in self.slices.followers:
            each.exit(member.address, room.name)

    def give_up(self, member: Member, at: float) -> None:
        """Note that a member has a nickname no longer. Earlier versions cannot read what slices store of that."""
        for each in self.slices.renamers if self.grammar >= ROOMS_SINCE else ():
            each.give_up(member, at)

    def remove(self, member: Member, at: float) -> None:
        """Let a member out of all rooms, and forget it. It leaves at `at`, in seconds since 1970 UTC."""
        hidden = self.slices.hidden_from(member.address)
        ignored = tuple(sorted(self.roster.members[each].place.number for each in hidden))
        for follower in self.slices.followers:
            follower.part(member, at, ignored)
        self.give_up(member, at)
        self.roster.remove(member)
        self.rooms.forget(member)
        for each in self.slices:
            each.leave(member.address)
        self.sessions.end(member.address)

    def expel(self, member: Member, at: float) -> None:
        """Remove a member that did not want to leave. It received all messages so far."""
        self.remove(member, at)
        self.reception.leave(member.address, None)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Change addresses of clients, whether they are members or have left: old -> new."""
        self.roster.move(places)
        self.reception.move(places)
        self.rooms.move(places, {member.address: member.place.look for member in self.roster})
        for each in self.slices:
            each.move(places)
        self.sessions.move(places)

    def members_of(self, room: Room) -> tuple[Member, ...]:
        """Return the members of a room, in order of entering.

        It is the same object until somebody comes, goes or is renamed: thousands may ask for it in a second.
        """
        if room.listing is None:
            room.listing = tuple(map(self.roster.members.__getitem__, room.members))
        return room.listing

    def record(self, room: Room, message: Message) -> None:
        """Add a message to the log of a room."""
        message.number = self.reception.said
        self.record_row(room, (message,))

    def record_row(self, room: Room, messages: Sequence[Message]) -> None:
        """Add messages that have the next numbers. Only the last may have a multiple of `MEASURED`."""
        reception, rules = self.reception, self.rules
        reception.said += len(messages)
        room.log.extend(messages, rules.history_keep, rules.history_days if self.grammar < AGES_SINCE else 0)
        if not (reception.said - 1) % MEASURED:
            self.measure()

    def measure(self) -> None:
        """Remove messages if all logs together are too long. Before `ROOMS_SINCE` there was no such rule."""
        if self.grammar >= ROOMS_SINCE:
            self.rooms.shrink(self.rules.history_bytes)
        if self.sessions.by_address:
            self.rooms.shrink_told(self.rules.log_events)

    def prune(self, at: float) -> None:
        """Remove messages that are too many by the rules, and before `AGES_SINCE` those that are too old."""
        days = self.rules.history_days if self.grammar < AGES_SINCE else 0
        for room in self.rooms:
            room.log.prune(self.rules.history_keep, days, at)

    def log_of(self, room: Room, at: float, reader: Address | None = None) -> Recent:
        """Return what of the log of a room may be shown at this time. The last message may be days old.

        Messages that are too old are kept, because the clock may be wrong now. They are shown again when it is right.
        What is hidden from the reader is left out.
        """
        days = self.rules.history_days
        room.log.prune(self.rules.history_keep, days if self.grammar < AGES_SINCE else 0, at)
        speakers = self.slices.hidden_from(reader) if reader is not None else ()
        hidden = {self.roster.members[each].place.number for each in speakers}
        return Recent(room.log, at, days, hidden)
