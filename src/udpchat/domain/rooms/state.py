"""The state of a chat, which is the result of its inputs."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.cluster.failure_detector import FailureDetector
from udpchat.domain.grammar import AGES_SINCE
from udpchat.domain.rooms.history import History, Recent
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.roster import Roster
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.text.nickname import NicknameRules


@attrs.define
class ChatState:
    """The members of a room, its history, and its rules.

    `names` are the rules for nicknames; the roster has those that are in force with the grammar. `show` returns an
    address as /list shows it. `directory` finds the node of a client.
    """

    names: NicknameRules
    show: Callable[[Address], str] = str
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    rules: Rules = attrs.field(factory=Rules, init=False)
    history: History = attrs.field(factory=History, init=False)
    nodes: FailureDetector = attrs.field(factory=FailureDetector, init=False)
    roster: Roster = attrs.field(init=False)
    grammar: int = attrs.field(default=1, init=False)  # the version by which lines are read
    unicode: str = attrs.field(default="", init=False)  # the version of the tables for nicknames, if it is known
    slices: dict[str, Slice] = attrs.field(factory=dict, init=False)  # of families, by the word that is stored

    def __attrs_post_init__(self) -> None:
        self.roster = Roster(self.names.of(self.grammar), self.directory)

    def use_grammar(self, version: int) -> None:
        """Read lines, and compare nicknames, by a version of the grammar from now on."""
        self.grammar = version
        self.roster.use(self.names.of(version))

    def prune(self, at: float) -> None:
        """Remove messages that are too many by the rules, and before `AGES_SINCE` those that are too old."""
        days = self.rules.history_days if self.grammar < AGES_SINCE else 0
        self.history.prune(self.rules.history_keep, days, at)

    def history_at(self, at: float) -> Recent:
        """Return the history without messages that are too old at this time. The last message may be days old.

        Those are kept, because the clock may be wrong now. They are shown again when it is right.
        """
        self.prune(at)
        return Recent(self.history, at, self.rules.history_days)
