"""Which entries of the log count: the deduplication rule.

All nodes apply this rule to the same log, so all of them count the same entries. The identity of an entry is ours, and
not the message id of JetStream: JetStream forgets an id after two minutes, while origins are part of every snapshot.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class Origin:
    """Who published an entry, and its number.

    `incarnation` counts the starts of the node. `process` is random text: it tells apart two processes that started as
    the same incarnation; it is empty for a node that was taken over. `number` counts the entries of a process, from 1.
    """

    incarnation: int = 0
    process: str = ""
    number: int = 0


@attrs.define
class Origins:
    """For each node, by name, the origin of its last entry that counted."""

    last: dict[str, Origin] = attrs.field(factory=dict)

    def of(self, node: str) -> Origin:
        """Return the origin of the last entry of a node that counted."""
        return self.last.get(node, Origin())

    def counts(self, node: str, origin: Origin, after: int) -> bool:
        """Return whether the next entry in the log counts; `after` is the number of the entry that it must follow.

        The first entry of a newer incarnation counts. Any other entry counts if its process is the one that serves the
        node, no entry is missing before it, and it has not counted yet.
        """
        known = self.of(node)
        if after == 0 and origin.incarnation > known.incarnation:
            return True
        same = (known.incarnation, known.process) == (origin.incarnation, origin.process)
        return same and after <= known.number < origin.number

    def count(self, node: str, origin: Origin) -> None:
        """Record an entry that counts."""
        self.last[node] = origin

    def take_over(self, node: str) -> None:
        """Let no entry of a node count until the node is started again."""
        self.last[node] = Origin(self.of(node).incarnation)

    def copy(self) -> Origins:
        """Return these origins as they are now."""
        return Origins(dict(self.last))
