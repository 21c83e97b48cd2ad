"""Where snapshots of the room can be taken, and the document in which a snapshot is saved.

The state of the room is saved as it was after a heartbeat, because all nodes know the place of each heartbeat in the
log. A document is a JSON array in one line (version, place, origins of the last entries up to there), followed by the
state (`journal/codec.py`). With these origins, a node that starts from the document counts the same entries as others.
"""

from __future__ import annotations

import attrs
import orjson

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.nats.replication.entries import READABLE, VERSION
from udpchat.adapters.nats.replication.origins import Origin, Origins
from udpchat.domain.machine.snapshot import Snapshot

MAX_CHECKPOINTS = 16  # heartbeats; a snapshot is taken soon after one, and a later one will do as well
SNAPSHOT_EVERY = 50_000  # inputs; a start handles as many in a second or less


@attrs.define(eq=False)
class Checkpoints:
    """The last heartbeats after which the state of the room can be saved; a snapshot is due after `every` inputs."""

    codec: Codec
    every: int = SNAPSHOT_EVERY
    _inputs: int = attrs.field(default=0, init=False)  # since the last snapshot
    _origins: dict[int, Origins] = attrs.field(factory=dict, init=False)  # place of a heartbeat -> origins up to it

    def __contains__(self, place: int) -> bool:
        return place in self._origins

    def __len__(self) -> int:
        return len(self._origins)

    @property
    def due(self) -> bool:
        """Whether a start would have many inputs to handle."""
        return self._inputs >= self.every

    def count(self, inputs: int) -> None:
        """Record that so many inputs were committed."""
        self._inputs += inputs

    def add(self, place: int, origins: Origins) -> None:
        """Record a heartbeat at this place, with the origins up to it."""
        self._origins[place] = origins.copy()
        if len(self._origins) > MAX_CHECKPOINTS:
            del self._origins[next(iter(self._origins))]

    def document(self, place: int, state: Snapshot) -> bytes:
        """Return the document of the state after the heartbeat at `place`, which must be one of the checkpoints."""
        self._inputs = 0
        head = [VERSION, place, {node: attrs.astuple(origin) for node, origin in self._origins[place].last.items()}]
        return b"%b\n%b" % (orjson.dumps(head), self.codec.document(state).encode())


def read_document(codec: Codec, document: bytes) -> tuple[int, Origins, Snapshot]:
    """Return the place, the origins up to it and the state after it; raise `Unreadable`."""
    head, _, rest = document.partition(b"\n")
    try:
        version, place, known = orjson.loads(head)
        if version in READABLE:
            last = {str(node): Origin(int(i), str(process), int(n)) for node, (i, process, n) in known.items()}
            return int(place), Origins(last), codec.state(rest.decode())
    except (ValueError, TypeError, AttributeError) as exc:  # whatever somebody else stored there
        raise Unreadable(f"has a snapshot that cannot be read: {exc}") from exc
    raise Unreadable(f"has a snapshot of version {version}, this udpchat reads version {VERSION}")
