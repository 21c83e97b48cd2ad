"""What one node does about the others: it beats, and compares its state with theirs where the order has a beat.

At every `DIGEST_EVERY`th beat, of whatever node, each node works out the digest of its state, and tells it with its own
next beat. Whose beat that was saves a snapshot, if one is due; so no two save the same.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import structlog

from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.machine.snapshot import Snapshot, digest, snapshot
from udpchat.domain.rooms.inputs import Heartbeat, Input

DIGEST_EVERY = 4  # beats: some ten seconds with two nodes; a digest of a full room takes some 20 ms
MAX_DIGESTS = 16  # kept, to compare with those that others tell late

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ClusterMonitor:
    """`save` is called with a place and the state after it, `differs` when another node has another state.

    `due` tells whether a snapshot is, `identity` gives an address as text that is the same on every node, `steady` for
    how many seconds all that was published came back in time.
    """

    hub: Hub
    here: Address
    identity: Callable[[Address], str]
    due: Callable[[], bool]
    save: Callable[[int, Snapshot], None]
    differs: Callable[[str], None]
    steady: Callable[[], float]
    lease: float = LEASE
    digests: dict[int, str] = attrs.field(factory=dict, init=False)  # place of a beat -> of the state after it

    def __attrs_post_init__(self) -> None:
        self.hub.observer = self

    def beat(self) -> None:
        """Tell that this node is alive, and what its state was."""
        place, known = next(reversed(self.digests.items()), (0, ""))
        self.hub.tell(self.here, Heartbeat(self.hub.chat.state.history.said, self.lease, self.steady(), known, place))

    def saw(self, given: Input) -> None:
        """Look at a beat that was just handled, of this node or of another."""
        chat, directory, beat = self.hub.chat, self.hub.chat.state.directory, given.line
        if not isinstance(beat, Heartbeat):
            return
        mine = self.digests.get(beat.digest_at, beat.digest)
        if beat.digest != mine:
            node = directory.node(given.sender)
            log.error("this node and another differ", node=node, place=beat.digest_at, digest=mine, other=beat.digest)
            self.differs(node)
        if chat.state.nodes.beats % DIGEST_EVERY:
            return
        state = snapshot(chat.state)
        self.digests[beat.place] = digest(state, self.identity)
        if len(self.digests) > MAX_DIGESTS:
            del self.digests[next(iter(self.digests))]
        if directory.is_here(given.sender) and self.due():
            self.save(beat.place, state)
