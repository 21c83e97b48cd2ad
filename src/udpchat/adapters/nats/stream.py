"""What JetStream keeps of a chat: a stream, which is the log, and a key-value bucket with the key of the chat.

Both are named after the cluster, as is the object store of `snapshots`. Sources: docs.nats.io (JetStream, key-value
store), ADR-8, ADR-15, ADR-17.

Limit: the number of replicas of a log that exists cannot be changed here. NATS's own tools change it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

import attrs
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy, RetentionPolicy, StreamConfig, StreamInfo
from nats.js.errors import BadRequestError, KeyWrongLastSequenceError, NotFoundError

from udpchat.adapters.journal.errors import JournalError, Replaced, Stale
from udpchat.adapters.nats.connection import NatsServers
from udpchat.adapters.nats.replication.entries import READABLE, VERSION

IDLE_HEARTBEAT = 2.0  # seconds between the signs of life of a subscription on which nothing happens
SHORT_REPLY = 9  # words of a reply subject that names no domain (ADR-15)

_KEY = "key"
_DESCRIPTION = f"udpchat, protocol {VERSION}"


@attrs.frozen
class ClusterStream:
    """The log of a cluster, given the name of the cluster. `replicas` is the number of servers that store a new log."""

    servers: NatsServers
    cluster: str
    replicas: int = 1

    @property
    def name(self) -> str:
        """The name of the stream and of its buckets."""
        return f"udpchat-{self.cluster}"

    @property
    def subject(self) -> str:
        """The subject of the log's entries."""
        return f"udpchat.{self.cluster}"

    async def open(self, js: JetStreamContext, *, create: bool) -> str:
        """Return the id of the log, which differs from that of a later log of the same name.

        Create the stream if it does not exist; raise `JournalError` if it may not be created, or has another version.
        """
        config = StreamConfig(
            name=self.name,
            description=f"{_DESCRIPTION}, log {secrets.token_hex(8)}",
            subjects=[self.subject],
            num_replicas=self.replicas,
            retention=RetentionPolicy.LIMITS,
        )
        try:
            info = await js.stream_info(self.name)
        except NotFoundError as exc:
            if not create:
                raise JournalError(f"there is no cluster named {self.cluster} on these NATS servers") from exc
            with suppress(BadRequestError):  # another node was faster; its id counts
                await js.add_stream(config)
            info = await js.stream_info(self.name)
        log_id = _log_id(info)
        if not log_id:
            found = info.config.description or "another program"
            raise JournalError(f"the log of cluster {self.cluster} was created by {found}; this is {_DESCRIPTION}")
        return log_id

    async def agree_on_key(self, js: JetStreamContext, new: bytes) -> bytes:
        """Return the key of the chat: `new`, unless it has one."""
        try:
            bucket = await js.key_value(self.name)
        except NotFoundError:
            bucket = await js.create_key_value(bucket=self.name, replicas=self.replicas)
        try:
            await bucket.create(_KEY, new)
        except KeyWrongLastSequenceError:
            return (await bucket.get(_KEY)).value or new
        return new

    async def end(self, js: JetStreamContext, log_id: str, last: int) -> int:
        """Return the place at which the log ends now, for a node that has read it up to place `last`.

        Raise `Replaced` if it is another log, `Stale` if the next entry is no longer there.
        """
        info = await js.stream_info(self.name)
        if _log_id(info) != log_id or info.state.last_seq < last:
            raise Replaced(f"the log of cluster {self.cluster} was deleted and created again: restart all nodes")
        if info.state.first_seq > last + 1:
            raise Stale(f"the log of cluster {self.cluster} no longer has entry {last + 1}")
        return info.state.last_seq

    async def subscribe(
        self, js: JetStreamContext, last: int, deliver: Callable[[Msg], Awaitable[None]]
    ) -> Subscription:
        """Read on after place `last`: `deliver` gets each entry, in order."""
        reading = await js.subscribe(
            self.subject,
            stream=self.name,
            cb=deliver,
            ordered_consumer=True,
            config=ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=last + 1),
            idle_heartbeat=IDLE_HEARTBEAT,
        )
        return reading._sub  # noqa: SLF001 - it alone knows the tasks that belong to it

    async def unread(self, js: JetStreamContext, last: int) -> bool:
        """Return whether any node that reads the log was not yet sent all entries up to place `last`."""
        readers = await js.consumers_info(self.name)
        return any(each.push_bound and each.delivered and each.delivered.stream_seq < last for each in readers)

    async def drop(self, js: JetStreamContext, last: int) -> None:
        """Delete the entries up to place `last`."""
        await js.purge_stream(self.name, seq=last + 1)


def place_of(reply: str) -> int:
    """Return the place of an entry in the stream, by its reply subject, which has one of two forms (ADR-15)."""
    words = reply.split(".")
    return int(words[5] if len(words) == SHORT_REPLY else words[7])


def _log_id(info: StreamInfo) -> str:
    """Return the id of a log; "" for a stream that is not a log that can be read."""
    found = re.fullmatch(r"udpchat, protocol ([0-9]+), log (\w+)", info.config.description or "")
    return found[2] if found and int(found[1]) in READABLE else ""
