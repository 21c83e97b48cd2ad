"""How a node of a cluster looks after the state of its room: digests are compared, and snapshots are saved.

After every `DIGEST_EVERY`th heartbeat, of whatever node, each node computes the digest of its state, and sends it with
its own next heartbeat. If a snapshot is due, the node that sent the heartbeat saves one; so no state is saved twice.

If something was taken back, each node sends a heartbeat at once. The node whose heartbeat comes first saves a snapshot,
which replaces all that was before. With their next heartbeats, the others look whether that was done, or else do it.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import structlog

from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot, digest, snapshot
from udpchat.domain.rooms.inputs import Heartbeat, Input

DIGEST_EVERY = 4  # heartbeats, some ten seconds with two nodes; the digest of a full room takes some 20 ms
MAX_DIGESTS = 16  # kept, as another node may send a digest late

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ClusterMonitor:
    """Compares the state of `chat` with that of other nodes. `lease` is the node's, in seconds.

    `identity` returns an address as text that is the same on every node, `steady` for how many seconds everything that
    was published came back in time, `snapshot_due` whether a snapshot should be saved, `erasing` whether something was
    taken back and is not yet deleted. `save` gets the place of a heartbeat and the state after it; `differs` the name
    of a node with another state.
    """

    chat: Chat
    identity: Callable[[Address], str]
    steady: Callable[[], float]
    snapshot_due: Callable[[], bool]
    erasing: Callable[[], bool]
    save: Callable[[int, Snapshot], None]
    differs: Callable[[str], None]
    lease: float = LEASE
    digests: dict[int, str] = attrs.field(factory=dict, init=False)  # place of a heartbeat -> of the state after it
    _beats: int = attrs.field(default=0, init=False)  # of all nodes, since something was taken back
    _own_beats: int = attrs.field(default=0, init=False)

    def heartbeat(self) -> Heartbeat:
        """Return the heartbeat to send now: this node is alive, and this was the last digest of its state."""
        place, known = next(reversed(self.digests.items()), (0, ""))
        return Heartbeat(self.chat.state.reception.said, self.lease, self.steady(), known, place)

    def saw(self, given: Input) -> None:
        """Look at an input that the chat has just handled: a heartbeat, of this node or another, or anything else."""
        heartbeat = given.line
        if not isinstance(heartbeat, Heartbeat):
            return
        directory = self.chat.state.directory
        ours = self.digests.get(heartbeat.digest_at, heartbeat.digest)
        if heartbeat.digest != ours:
            node, place = directory.node(given.sender), heartbeat.digest_at
            log.error("this node and another differ", node=node, place=place, digest=ours, other=heartbeat.digest)
            self.differs(node)
        here = directory.is_here(given.sender)
        erases = self._erases(ours=here)
        digests = self.chat.state.nodes.beats % DIGEST_EVERY == 0
        if not erases and not digests:
            return
        state = snapshot(self.chat.state)
        if digests:
            self.digests[heartbeat.place] = digest(state, self.identity)
            if len(self.digests) > MAX_DIGESTS:
                del self.digests[next(iter(self.digests))]
        if erases or (digests and here and self.snapshot_due()):
            self.save(heartbeat.place, state)

    def _erases(self, *, ours: bool) -> bool:
        """Count a heartbeat; return whether this node has to save a snapshot now because something was taken back."""
        if not self.erasing():
            self._beats = self._own_beats = 0
            return False
        self._beats += 1
        self._own_beats += ours
        return ours and (self._beats == 1 or self._own_beats > 1)
