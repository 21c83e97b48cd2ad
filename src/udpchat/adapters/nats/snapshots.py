"""Where the snapshots of a room are kept: a JetStream object store. Sources: docs.nats.io (object store), ADR-20.

The store has the last two snapshots: a node may still be reading the older one while the newer one is written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import attrs
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import ObjectMeta
from nats.js.errors import BadRequestError, NotFoundError
from nats.js.object_store import ObjectStore

SNAPSHOTS = ("snapshot-1", "snapshot-2")  # names of objects


@attrs.frozen
class SnapshotStore:
    """The snapshots of one log, in the object store `bucket`. A snapshot of another log does not count."""

    bucket: str
    log_id: str

    async def open(self, js: JetStreamContext, replicas: int) -> None:
        """Create the store if it does not exist."""
        try:
            await js.object_store(self.bucket)
        except NotFoundError:
            with suppress(BadRequestError):  # another node was faster
                await js.create_object_store(self.bucket, replicas=replicas)

    async def load(self, js: JetStreamContext) -> AsyncIterator[bytes]:
        """Yield the snapshots, the newest first; raise `nats.errors.Error`."""
        store = await js.object_store(self.bucket)
        places = await self._places(store)
        for name in sorted(filter(places.__getitem__, places), key=places.__getitem__, reverse=True):
            found = await store.get(name)
            if len(found.data or b"") != found.info.size:  # the library does not notice
                raise Error(f"the snapshot {name} is incomplete")
            yield found.data or b""

    async def save(self, js: JetStreamContext, place: int, document: bytes) -> int:
        """Replace the oldest snapshot; return the place of the oldest that there is now: no start goes back further."""
        store = await js.object_store(self.bucket)
        places = await self._places(store)
        oldest = min(SNAPSHOTS, key=places.__getitem__)
        await store.put(oldest, document, ObjectMeta(description=f"{self.log_id} {place}"))
        return min(filter(None, (places | {oldest: place}).values()))

    async def _places(self, store: ObjectStore) -> dict[str, int]:
        """Return the place in the log of each snapshot, 0 if there is none."""
        places = dict.fromkeys(SNAPSHOTS, 0)
        for name in SNAPSHOTS:  # the library's own listing may wait for ever
            with suppress(NotFoundError):
                match ((await store.get_info(name)).description or "").split():
                    case [log_id, place] if log_id == self.log_id and place.isdecimal():
                        places[name] = int(place)
        return places
