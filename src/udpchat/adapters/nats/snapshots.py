"""Where the snapshots of a room are kept: a JetStream object store. Sources: docs.nats.io (object store), ADR-20.

The store has the last two snapshots: a node may still be reading the older one while the newer one is written.

Theory of operation. Several nodes may save at once, and a slow one may come late. A snapshot never replaces a newer
one, and each write fails if what it replaces is not what was there when it was decided. So the newest snapshot stays,
and what no start from any snapshot needs can be deleted from the log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import attrs
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.errors import BadRequestError, NotFoundError

from udpchat.adapters.nats.objects import Found, Objects, Outrun

SNAPSHOTS = ("snapshot-1", "snapshot-2")  # names of objects
_ERASES = "Udpchat-Erases"  # a header of a snapshot that replaces all before it
ATTEMPTS = 4  # to save, if another node saves at the same moment; then that one has done it


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

    async def load(self, js: JetStreamContext) -> AsyncIterator[tuple[bytes, bool]]:
        """Yield the snapshots, the newest first, and whether all before it must go; raise `nats.errors.Error`."""
        objects = Objects(js, self.bucket)
        places = {found: self._place(found) for found in [await objects.find(name) for name in SNAPSHOTS]}
        for found in sorted(filter(places.__getitem__, places), key=places.__getitem__, reverse=True):
            if found.info is not None:
                yield await objects.get(found.info), _ERASES in (found.info.headers or {})

    async def save(self, js: JetStreamContext, place: int, document: bytes, since: int | None = None) -> int:
        """Keep the snapshot of a place; return the place of the oldest that there is then: no start goes back further.

        If something was taken back, that was at the place `since` or before. Then a snapshot of this place or a later
        one is enough, and nothing of earlier ones stays. Raise `nats.errors.Error`.
        """
        objects = Objects(js, self.bucket)
        for _ in range(ATTEMPTS):
            with suppress(Outrun):
                await self._write(objects, place, document, since)
                if since is not None:
                    await self._delete_before(objects, since)
                oldest = min(filter(None, (await self._complete(objects)).values()), default=-1)
                if oldest >= (since or 0):
                    return oldest
        raise Error("other nodes save at the same time")

    async def _write(self, objects: Objects, place: int, document: bytes, since: int | None) -> None:
        """Replace the oldest snapshot, unless there is one that is enough; raise `Outrun`."""
        places = await self._complete(objects)
        if max(places.values()) < (place if since is None else since):
            oldest, tag = min(places, key=places.__getitem__), f"{self.log_id}-{place}"
            headers = {} if since is None else {_ERASES: ["yes"]}
            await objects.put(oldest, tag, f"{self.log_id} {place}", headers, document)

    async def _delete_before(self, objects: Objects, since: int) -> None:
        """Delete all snapshots of earlier places, and the parts of those that were never complete."""
        places = await self._complete(objects)
        if max(places.values()) < since:  # what was there a moment ago
            raise Outrun
        for found, place in places.items():
            if place < since:
                await objects.delete(found)
        used = {found.info.nuid for found, place in places.items() if found.info is not None and place >= since}
        for nuid in await objects.parts():
            if nuid not in used and self._place_of_part(nuid) < since:  # others are being written now
                await objects.purge(nuid)

    async def _complete(self, objects: Objects) -> dict[Found, int]:
        """Return what is stored under each name, and its place in the log: 0 if it is no complete snapshot of it."""
        found = [await objects.find(name) for name in SNAPSHOTS]
        parts = await objects.parts()
        return {
            each: self._place(each) if each.info is not None and parts.get(each.info.nuid, 0) == each.info.chunks else 0
            for each in found
        }

    def _place(self, found: Found) -> int:
        """Return the place of a snapshot in the log; 0 if there is none, or if it is of another log."""
        match ((found.info and found.info.description) or "").split():
            case [log_id, place] if log_id == self.log_id and place.isdecimal():
                return int(place)
            case _:
                return 0

    def _place_of_part(self, nuid: str) -> int:
        match nuid.split("-"):
            case [log_id, place, _] if log_id == self.log_id and place.isdecimal():
                return int(place)
            case _:  # of another log, or written by an earlier version
                return 0
