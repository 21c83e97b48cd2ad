"""The chat as a deterministic state machine.

`Chat` takes one input at a time and returns what is to be said to whom. The time and the randomness it needs come
inside the input, so the same inputs in the same order give the same sentences, in any process, on any machine, at any
time.

    from        input                       to          says
    stranger    anything but /quit          member      what the same input says of a member
    stranger    /quit                       stranger    Disconnected to them alone
    member      a blank line                member      nothing
    member      text                        member      Said to everyone
    member      /nick NAME                  member      NicknameSet to them, NicknameChanged to the others
    member      /list                       member      ClientsListed to them, ListQueried to the others
    member      /history                    member      Recalled or NothingSaid to them
    member      /missed                     member      Recalled or NothingMissed to them
    member      /help                       member      HelpShown to them
    member      /quit                       stranger    Disconnected to them, Left to the others
    member      /enter                      member      Entered to them
    member      a mistake                   member      Refused to them
    stranger    (unreachable)               stranger    nothing
    member      (unreachable)               stranger    Left to the others
    stranger    (idle)                      stranger    nothing
    member      (idle)                      stranger    Disconnected to them, Left to the others
    the server  (started)                   the server  nothing; where it takes over another's clients, Left of those
                                                        who are its own already
    the server  (alive)                     the server  Disconnected to each client of a server that is gone, and Left
                                                        to the others

Where the rules have it so, a newcomer is shown what was said last (Welcomed) before anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.nodes import FailureDetector, NodeDirectory, SingleNode
from udpchat.domain.commands import grammar as command
from udpchat.domain.commands.grammar import Catch, Command, Enter, Help, Join, List, Quit, Recall, Rename, Say
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.event import (
    EVERYONE,
    Audience,
    ClientsListed,
    Disconnected,
    Entered,
    Event,
    EveryoneBut,
    HelpShown,
    Left,
    ListQueried,
    NicknameChanged,
    NicknameSet,
    NothingMissed,
    NothingSaid,
    Only,
    Recalled,
    Refused,
    Said,
    Welcomed,
)
from udpchat.domain.rooms.history import History
from udpchat.domain.rooms.inputs import (
    CONTROL_INPUTS,
    ControlInput,
    Heartbeat,
    Input,
    News,
    Rules,
    Started,
    Unreachable,
)
from udpchat.domain.rooms.roster import Member, Roster
from udpchat.domain.text import nickname_generator
from udpchat.domain.text.lines import Line
from udpchat.domain.text.nickname import NicknameRules

Delivery = tuple[Audience, Event]


@attrs.define
class Chat:
    """A room: who is in it, and what each input makes of it.

    `names` are the rules for nicknames. `show` gives an address as the others in the room see it. `directory` tells of
    which node an address is a client.
    """

    names: NicknameRules
    show: Callable[[Address], str] = str
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    rules: Rules = attrs.field(factory=Rules, init=False)
    history: History = attrs.field(factory=History, init=False)
    nodes: FailureDetector = attrs.field(factory=FailureDetector, init=False)
    roster: Roster = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.roster = Roster(self.names, self.directory)

    def handle(self, given: Input) -> list[Delivery]:
        """Return who is to hear what because of `given`, in order; audiences are of the roster as this leaves it."""
        line, member = given.line, self.roster.get(given.sender)
        if line.__class__ is not str and isinstance(
            line, CONTROL_INPUTS
        ):  # the first test is quick, and says no for nearly all
            return self._learn(given, member, line)
        if member is None:
            return self._welcome(given, line)
        try:
            return self._obey(member, command.parse(line), given.at)
        except Rejected as mistake:
            return [(Only(member.address), Refused(mistake.why))]

    def _welcome(self, given: Input, line: Line) -> list[Delivery]:
        """Let a stranger in, and return what is said of that and of its first line."""
        here = Only(given.sender)
        member = self.roster.add(given.sender, nickname_generator.generate(given.entropy, self.roster.has))
        self.history.come(given.sender)
        if node := self.directory.node(given.sender):
            self.nodes.hear_of(node, self.history.said)
        before = self._history(given.at).last(self.rules.history_on_join)
        try:
            said = self._obey(member, command.parse(line), given.at)
        except Rejected as mistake:
            said = [(here, Refused(mistake.why))]
        if given.sender not in self.roster:
            return [(here, Disconnected())]
        return [(here, Welcomed(before)), *said] if before else said

    def _learn(self, given: Input, member: Member | None, news: ControlInput) -> list[Delivery]:
        match news:
            case Unreachable(heard):
                return [] if member is None else self._leave(member, heard)
            case News.IDLE:
                return [] if member is None else [(Only(given.sender), Disconnected()), *self._leave(member)]
            case Started():
                return self._start(self.directory.node(given.sender), news, given.at)
            case Heartbeat(said, lease, steady):
                return self._empty(self.nodes.beat(self.directory.node(given.sender), said, lease, steady))
            case _:
                assert_never(news)

    def _start(self, node: str, started: Started, at: float) -> list[Delivery]:
        """Have a server begin, with its clients and perhaps with another's."""
        self.rules = started.rules
        self._history(at)
        unsent = started.unsent + (self.nodes.start(node, self.history.said) if node else 0)
        for here in self._clients(node) if unsent else ():
            self.history.maybe_missed(here.address, unsent)
        return self._take_over(started.takes_over, node) if started.takes_over else []

    def _take_over(self, gone: str, node: str) -> list[Delivery]:
        """Have the clients of a node be those of another; who is one of that already is there once."""
        told = self.nodes.forget(gone)
        places = {
            address: self.directory.moved(address, node)
            for address in self.history.absent
            if self._is_of(address, gone)
        }
        left: list[Delivery] = []
        for member in self._clients(gone):
            if told is not None and told < self.history.said:
                self.history.maybe_missed(member.address, self.history.said - told)
            places[member.address] = self.directory.moved(member.address, node)
            if places[member.address] in self.roster:
                self.roster.remove(member)
                self.history.missed.pop(member.address, None)
                del places[member.address]
                left.append((EVERYONE, Left(member.nickname)))
        self.roster.move(places)
        self.history.move(places)
        return left

    def _empty(self, gone: Mapping[str, int]) -> list[Delivery]:
        """Have the clients of nodes leave, which heard so many lines; those of a node that is back are told."""
        return [
            said
            for node, heard in gone.items()
            for member in self._clients(node)
            for said in ((Only(member.address), Disconnected()), *self._leave(member, heard))
        ]

    def _clients(self, node: str) -> list[Member]:
        return [member for member in self.roster if self._is_of(member.address, node)]

    def _is_of(self, address: Address, node: str) -> bool:
        return self.directory.node(address) == node

    def _obey(self, member: Member, wanted: Command, at: float) -> list[Delivery]:
        match wanted:
            case Say() as say:  # no positional pattern: it costs as much as all the rest of this case
                said, rules = Said(member.nickname, say.text, at), self.rules
                self.history.add(said, rules.history_keep, rules.history_days)
                return [(EVERYONE, said)]
            case Join():
                return []
            case Rename(word):
                old, new = member.nickname, self.names.parse(word)
                self.roster.rename(member, new)
                heard: list[Delivery] = [(Only(member.address), NicknameSet(old, new))]
                return heard if old == new else [*heard, (EveryoneBut(member.address), NicknameChanged(old, new))]
            case List():
                clients = tuple((self.show(here.address), here.nickname) for here in self.roster)
                return [
                    (Only(member.address), ClientsListed(clients)),
                    (EveryoneBut(member.address), ListQueried(member.nickname)),
                ]
            case Recall(count, seconds):
                lines = self._history(at).since(at - seconds) if seconds else self._history(at).last(count)
                return [(Only(member.address), Recalled(lines) if lines else NothingSaid())]
            case Catch():
                lines = self._history(at).missed_by(member.address)
                return [(Only(member.address), Recalled(lines) if lines else NothingMissed())]
            case Help():
                return [(Only(member.address), HelpShown())]
            case Enter():
                return [(Only(member.address), Entered(member.nickname))]
            case Quit():
                return [(Only(member.address), Disconnected()), *self._leave(member)]
            case _:
                assert_never(wanted)

    def _history(self, at: float) -> History:
        """Return the history without what is too old by now; nothing may have been said for days."""
        self.history.prune(self.rules.history_keep, self.rules.history_days, at)
        return self.history

    def _leave(self, member: Member, heard: int | None = None) -> list[Delivery]:
        self.roster.remove(member)
        self.history.leave(member.address, heard)
        return [(EVERYONE, Left(member.nickname))]
