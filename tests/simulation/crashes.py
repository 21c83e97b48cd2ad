"""The end of a server at every kind of moment, and what the next one must know.

What must hold, with the names that a failure shows:

    restart     the state after a restart is what the inputs that were committed make, and the state before the end
    missed      what was committed and not sent to all is in /missed, for each who is in the room, as far as it is kept;
                and so is, for one who was gone, what came back from there
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import attrs

from tests.room import NAMES
from tests.simulation.model import Model
from tests.simulation.peers import address
from tests.simulation.seen import Number, number_of
from tests.simulation.world import Crash, check
from udpchat.adapters.journal.codec import Codec, Row
from udpchat.domain.address import Address
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot, snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input, Rules
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState

MOMENTS = ("before commit", "before send", "in a send", "before a snapshot", "after a snapshot", "in order")
MOST_SENDS = 20  # of one turn, after which one may fail
SERVER = address("127.0.0.1", 12000)
ALL = 1_000_000  # lines: more than are ever said
RULES = Rules(history_keep=ALL)
HISTORIES = (
    *(RULES, RULES),
    Rules(history_keep=ALL, history_on_join=3),
    Rules(history_keep=ALL, history_days=1, history_on_join=ALL),
    Rules(history_keep=100, history_on_join=50),
    Rules(history_keep=3, history_days=2),
    Rules(history_keep=0),
)


class Spellings:
    """`codec.AddressCodec` of the simulation, where each address is one object."""

    def __init__(self) -> None:
        self._known: dict[str, Address] = {}

    def encode(self, address: Address) -> str:
        """Return an address as text, and remember it."""
        text = str(address)
        self._known[text] = address
        return text

    def decode(self, text: str) -> Address:
        """Return the address that was spelt so."""
        return self._known[text]


@attrs.define(eq=False)
class Disk:
    """The port `Journal` as a file has it: what is written to it outlives the server.

    `fuse` is the moment at which the server ends, the next time it comes to it.
    """

    commit_timeout: float = 0.0
    snapshot_due: bool = False
    full: bool = False
    fuse: str = ""
    shadow: Chat = attrs.field(factory=lambda: Chat(ChatState(NAMES)))  # told what was committed, as soon as it was
    said: list[Message] = attrs.field(factory=list)  # in all rooms, ever
    last: Sequence[Input] = ()  # batch
    model: Model = attrs.field(factory=Model)  # of what the server has handled
    _codec: Codec = attrs.field(factory=lambda: Codec(Spellings()))
    _rows: list[Row] = attrs.field(factory=list)
    _document: str = ""
    _kept: Model = attrs.field(factory=Model)  # as it was at the last snapshot
    _unsent: int = 0
    _committed: Sequence[Input] = ()

    def burn(self, moment: str) -> None:
        """End the server, if this is the moment."""
        if self.fuse == moment:
            self.fuse = ""
            raise Crash(moment)

    def recover(self) -> Recovered:
        """Return what was written."""
        state = self._codec.state(self._document) if self._document else Snapshot()
        self._committed, self.model = (), self._kept.copy()
        return Recovered(state, [self._codec.input(row) for row in self._rows], self._unsent)

    def append(self, inputs: Sequence[Input]) -> None:
        """Write inputs."""
        self.burn("before commit")
        self._rows += map(self._codec.row, inputs)
        self._committed, self.last, self._unsent = inputs, inputs, len(inputs)
        for each in inputs:
            with suppress(Exception):  # a bug of ours, which the hub tells of
                self.said += (event for _, event in self.shadow.handle(each) if isinstance(event, Message))
        self.burn("before send")

    def committed(self) -> Sequence[Input]:
        """Return what was written since the last call."""
        committed, self._committed = self._committed, ()
        return committed

    def expired(self) -> Sequence[Input]:
        """Return nothing."""
        return ()

    def tick(self) -> None:
        """Do nothing."""

    def forget(self) -> None:
        """Do nothing: a snapshot follows at some time."""

    def save(self, state: Snapshot) -> None:
        """Write a snapshot, in place of what came before it."""
        self.snapshot_due = False
        check(state == snapshot(self.shadow.state), "restart", "a snapshot that is not the state")
        self.burn("before a snapshot")
        self._document, self._unsent, self._kept = self._codec.document(state), 0, self.model.copy()
        self._rows.clear()
        self.burn("after a snapshot")

    def close(self) -> None:
        """Do nothing: what was written stays."""


def look_after_restart(disk: Disk, chat: Chat, unsent: Sequence[Input]) -> None:
    """Check what a server knows that has just started; `unsent` are inputs that were perhaps sent."""
    check(snapshot(chat.state) == snapshot(disk.shadow.state), "restart", "the state is not what the inputs make")
    numbers = {number for each in unsent if isinstance(each.line, str) and (number := number_of(each.line))}
    rooms = {number: texts[-1].room for number in numbers if (texts := disk.model.texts.get(number))}
    for member in chat.state.roster:
        said = {number for number, room in rooms.items() if room == member.place.room.name}
        kept = {number_of(said.text) for said in chat.state.log_of(member.place.room, 0.0, member.address).last(ALL)}
        missing = (said & kept).difference(number_of(said.text) for said in missed_by(chat.state, member))
        check(not missing, "missed", missing, str(member.address))


def missed_by(state: ChatState, member: Member) -> tuple[Message, ...]:
    """Return what a member missed of what was said in its room."""
    begin, end = state.reception.missed.get(member.address, (0, 0))
    return state.log_of(member.place.room, 0.0, member.address).numbered(begin, end)


def look_at_ghost(state: ChatState, address: Address, lost: set[Number]) -> None:
    """Check that of the lines that came back from somebody who is gone none counts as heard."""
    heard = state.reception.absent.get(address, state.reception.said)
    for room in state.rooms:
        counted = {number_of(said.text) for said in state.log_of(room, 0.0).numbered(0, heard)}
        check(lost.isdisjoint(counted), "missed", lost & counted, str(address))
