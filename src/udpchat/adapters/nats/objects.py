"""Objects in a JetStream object store, each replaced only if nobody else replaced it meanwhile.

The library's own store replaces whatever is there. With two nodes that save at once, the older snapshot could then be
the one that stays. The stored form is that of the library. Sources: docs.nats.io (object store), ADR-8, ADR-20.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence

import attrs
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import Header, ObjectInfo
from nats.js.errors import BadRequestError, NotFoundError

CHUNK_BYTES = 128 * 1024  # of a part of an object, as in the library

_OUTRUN = 10071  # the error code of a message that is not the next of its subject
_DIGEST = "SHA-256="


class Outrun(Exception):  # noqa: N818 - a finding: look again
    """Another node replaced the object meanwhile."""


@attrs.frozen(eq=False)
class Found:
    """What is stored under a name: the object, None if there is none, and the number of the message that says so."""

    name: str
    info: ObjectInfo | None = None
    number: int = 0


@attrs.frozen
class Objects:
    """The object store `bucket`. Every method raises `nats.errors.Error` if the servers do not do what they should."""

    js: JetStreamContext
    bucket: str

    @property
    def stream(self) -> str:
        """The name of the stream that has the objects."""
        return f"OBJ_{self.bucket}"

    async def find(self, name: str) -> Found:
        """Return what is stored under a name. The leader of the stream answers, so nothing newer is missed."""
        try:
            message = await self.js.get_last_msg(self.stream, self._description(name))
        except NotFoundError:
            return Found(name)
        info = ObjectInfo.from_response(json.loads(message.data or b"{}"))
        return Found(name, None if info.deleted else info, message.seq or 0)

    async def get(self, info: ObjectInfo) -> bytes:
        """Return the bytes of an object; raise `Error` if they are not complete, as when it was replaced meanwhile."""
        parts: list[bytes] = []
        number = 0
        for _ in range(info.chunks or 0):
            try:
                message = await self.js.get_msg(self.stream, number + 1, self._parts(info.nuid), next=True)
            except NotFoundError as exc:
                raise Error(f"the snapshot {info.name} is incomplete") from exc
            number = message.seq or 0
            parts.append(message.data or b"")
        found = b"".join(parts)
        if len(found) != info.size or (found and _digest(found) != info.digest):
            raise Error(f"the snapshot {info.name} is incomplete")
        return found

    async def put(
        self, before: Found, tag: str, description: str, headers: Mapping[str, Sequence[str]], content: bytes
    ) -> None:
        """Replace what was found by an object; raise `Outrun`. The names of its parts begin with `tag` and a hyphen."""
        parts = [content[begin : begin + CHUNK_BYTES] for begin in range(0, len(content), CHUNK_BYTES)]
        info = ObjectInfo(
            name=before.name,
            bucket=self.bucket,
            nuid=f"{tag}-{secrets.token_hex(8)}",
            size=len(content),
            chunks=len(parts),
            digest=_digest(content),
            description=description,
            headers=dict(headers) or None,
        )
        for part in parts:
            await self.js.publish(self._parts(info.nuid), part)
        try:
            await self._describe(before, info)
        except Outrun:
            await self.purge(info.nuid)
            raise
        # After any other error it may be there, so its parts stay; those that belong to nothing are found by `parts`.
        if before.info is not None:
            await self.purge(before.info.nuid)

    async def delete(self, before: Found) -> None:
        """Delete the object that was found; raise `Outrun`."""
        if before.info is not None:
            gone = ObjectInfo(name=before.name, bucket=self.bucket, nuid=before.info.nuid, deleted=True)
            await self._describe(before, gone)
            await self.purge(gone.nuid)

    async def parts(self) -> dict[str, int]:
        """Return how many parts there are of each object, by its `nuid`, also of those that nothing describes."""
        prefix = self._parts("")
        found = (await self.js.stream_info(self.stream, subjects_filter=f"{prefix}>")).state.subjects or {}
        return {subject.removeprefix(prefix): count for subject, count in found.items()}

    async def purge(self, nuid: str) -> None:
        """Delete the parts of an object."""
        await self.js.purge_stream(self.stream, subject=self._parts(nuid))

    async def _describe(self, before: Found, info: ObjectInfo) -> None:
        headers = {Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(before.number), Header.ROLLUP.value: "sub"}
        try:
            await self.js.publish(self._description(info.name), json.dumps(info.as_dict()).encode(), headers=headers)
        except BadRequestError as exc:
            if exc.err_code == _OUTRUN:
                raise Outrun from exc
            raise

    def _description(self, name: str) -> str:
        return f"$O.{self.bucket}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"

    def _parts(self, name: str) -> str:
        return f"$O.{self.bucket}.C.{name}"


def _digest(content: bytes) -> str:
    """Return the digest as the library writes it."""
    return _DIGEST + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
