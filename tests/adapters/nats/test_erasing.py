"""What was taken back leaves the log and the snapshots on real NATS servers, and no node is stuck because of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from nats.aio.subscription import Subscription
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from structlog.testing import capture_logs

from tests.adapters.nats.stored import stored, tools
from tests.adapters.nats.test_journal import LINES, STREAM, SUBJECT, save
from tests.links import link
from tests.members import KEY, Member, journal, member
from tests.nats_servers import NatsCluster
from tests.waiting import LIMIT, PAUSE, eventually
from udpchat.adapters.journal.errors import JournalError, Stale
from udpchat.adapters.nats import link as links
from udpchat.adapters.nats.objects import Found, Objects
from udpchat.adapters.nats.snapshots import SNAPSHOTS, SnapshotStore
from udpchat.adapters.nats.stream import ClusterStream
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Administered, Heartbeat

WORDS = "a very special secret"
LOG_ID = "0123456789abcdef"


async def is_kept(servers: NatsCluster, words: str = WORDS) -> bool:
    """Return whether the words are in any message of any stream."""
    return any(words.encode() in kept for kept in (await stored(servers)).values())


async def say_secret(node: Member) -> None:
    """Let somebody say the words, as the only line of the room."""
    node.say("/nick berta", WORDS)
    await node.hears(WORDS)


async def wipe(node: Member, whom: str = "berta") -> None:
    """Take the lines of somebody back, as a hub does."""
    node.tell(Administered("wipe", whom))
    await eventually(lambda: not node.hear())
    node.journal.forget()


async def until_saved(node: Member) -> None:
    """Wait until a node has saved a snapshot, or failed to."""
    await asyncio.sleep(0)  # now it begins
    await eventually(lambda: not node.journal.link.saving)


async def try_to_erase(node: Member) -> None:
    """Do what a node does with each of its heartbeats until what was taken back is deleted."""
    heartbeat = (await node.heartbeat()).line
    assert isinstance(heartbeat, Heartbeat)
    node.journal.save_after(heartbeat.place, snapshot(node.chat.state))
    await until_saved(node)


async def erase(node: Member) -> None:
    """Delete what was taken back, from now on."""
    await try_to_erase(node)
    assert node.journal.replica.erasure is None


async def test_nothing_of_it_stays(servers: NatsCluster) -> None:
    """It leaves the log, both snapshots, and what is left of one that was never complete. The others agree."""
    async with member(servers, "a") as one, member(servers, "b") as other:
        await say_secret(one)
        await save(servers, one)
        await save(servers, one)
        async with tools(servers) as js:
            await js.publish(f"$O.{STREAM}.C.left", WORDS.encode())
        assert await is_kept(servers)
        await wipe(one)
        await erase(one)
        assert not await is_kept(servers)
        one.say("after it")
        await other.hears("after it")
        async with member(servers, "c") as later:
            await one.agrees(other, later)


async def test_more_nodes_than_one_do_it(servers: NatsCluster) -> None:
    """They do it at the same time, again and again, and twice in a row."""
    async with member(servers, "a") as one, member(servers, "b") as other:
        for number in range(3):
            one.say("/nick berta", f"{WORDS} {number}")
            await one.hears(f"{WORDS} {number}")
            await wipe(one)
            await other.hears()
            other.journal.forget()
            await asyncio.gather(try_to_erase(one), try_to_erase(other))
            await asyncio.gather(erase(one), erase(other))
            assert not await is_kept(servers)
        async with member(servers, "c") as later:
            await one.agrees(other, later)


async def test_something_else_is_taken_back_meanwhile(servers: NatsCluster) -> None:
    """What is being deleted does not cover it, so it is deleted afterwards."""
    async with member(servers, "a") as one:
        await say_secret(one)
        await wipe(one)
        heartbeat = (await one.heartbeat()).line
        assert isinstance(heartbeat, Heartbeat)
        one.journal.save_after(heartbeat.place, snapshot(one.chat.state))
        one.say("another secret")
        await one.hears("another secret")
        await wipe(one)
        await until_saved(one)
        assert await is_kept(servers, "another secret")
        await erase(one)
        assert not await is_kept(servers, "another secret")


async def test_a_heartbeat_that_was_read_before_the_rest_was_handled(servers: NatsCluster) -> None:
    """The snapshot after it is the first that lacks the lines: it stays, though more of the log was read by then."""
    async with member(servers, "a") as one:
        await say_secret(one)
        await save(servers, one)
        one.tell(Administered("wipe", "berta"))
        heartbeat = (await one.heartbeat()).line
        assert isinstance(heartbeat, Heartbeat)
        state = snapshot(one.chat.state)
        one.say("after it")
        await one.hears("after it")
        one.journal.forget()
        assert one.journal.replica.erasure
        assert one.journal.replica.erasure.by > heartbeat.place
        one.journal.save_after(heartbeat.place, state)
        await eventually(lambda: one.journal.replica.erasure is None)
        assert not await is_kept(servers)
        async with member(servers, "b") as later:
            await one.agrees(later)


async def test_a_node_that_ended_before_all_was_deleted(servers: NatsCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts from its snapshot deletes the rest."""

    async def fail(*_: object) -> None:
        raise Error

    async with member(servers, "a") as one:
        await say_secret(one)
        await save(servers, one)
        await wipe(one)
        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr(SnapshotStore, "_delete_before", fail)
            await try_to_erase(one)
        assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["snapshot not saved"]
        assert one.journal.replica.erasure
    assert await is_kept(servers)
    async with member(servers, "b") as other:
        assert other.journal.replica.erasure
        await erase(other)
    assert not await is_kept(servers)


async def test_the_servers_are_away(servers: NatsCluster) -> None:
    """It is tried again until it is done."""
    async with member(servers, "a") as one:
        await say_secret(one)
        await wipe(one)
        heartbeat = (await one.heartbeat()).line
        assert isinstance(heartbeat, Heartbeat)
        servers.each[0].kill()
        one.journal.save_after(heartbeat.place, snapshot(one.chat.state))
        await until_saved(one)
        assert one.journal.replica.erasure
        await eventually(lambda: not one.journal.server)
        one.journal.save_after(heartbeat.place, snapshot(one.chat.state))  # without a connection, nothing happens
        servers.each[0].start()
        await eventually(lambda: one.journal.server)
        await erase(one)
        assert not await is_kept(servers)


async def test_a_node_that_was_cut_off_starts_again(servers: NatsCluster) -> None:
    """The entries that it needs are gone, and the snapshot has what came of them."""
    async with link(servers.each[0].port) as cable, member(servers, "a") as one:
        async with member(cable.url, "b") as other:
            await cable.cut()
            await say_secret(one)
            await wipe(one)
            await erase(one)
            await cable.mend()
            await eventually(lambda: other.journal.ended)
            assert isinstance(other.journal.ended, Stale)
        async with member(cable.url, "b") as again:
            await one.agrees(again)


async def test_a_slow_node_is_waited_for(servers: NatsCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it was sent everything; but not for long."""
    monkeypatch.setattr(links, "READ_SECONDS", 0.5)
    async with member(servers, "a") as one, tools(servers) as js:
        await say_secret(one)

        async def read(_: object) -> None:
            """Acknowledge nothing, so that nothing more is sent."""

        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_ack_pending=1)
        reader = await js.subscribe(SUBJECT, stream=STREAM, cb=read, config=config, manual_ack=True)
        async with asyncio.timeout(LIMIT):
            while not await one.journal.stream.unread(js, one.last):  # noqa: ASYNC110 - no event to wait for
                await asyncio.sleep(PAUSE)
        await wipe(one)
        await erase(one)
        assert not await is_kept(servers)
        await reader.unsubscribe()
        async with asyncio.timeout(LIMIT):
            while await one.journal.stream.unread(js, one.last):  # noqa: ASYNC110 - as above
                await asyncio.sleep(PAUSE)


Step = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize("when", ["end", "subscribe"])
async def test_a_node_that_starts_just_then(servers: NatsCluster, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """What follows its snapshot is deleted before it has read it, so it begins again with the newer snapshot."""
    async with member(servers, "a") as one:
        one.say("/nick berta", *LINES)
        await eventually(lambda: len(one.hear()) == len(LINES))
        await save(servers, one)
        one.say(*LINES, WORDS)
        await eventually(lambda: one.hear()[-1:] == [WORDS])
        original: Step = getattr(ClusterStream, when)
        done: list[str] = []

        async def delete_first(self: ClusterStream, *arguments: Any) -> Any:
            if not done:
                done.append(when)
                await wipe(one)
                await erase(one)
            return await original(self, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(ClusterStream, when, delete_first)
            late = Member(journal(servers, node="b"))
            await late.open()
        assert done
        await one.agrees(late)
        await late.journal.leave()
        assert not await is_kept(servers)


async def test_entries_that_do_not_arrive(servers: NatsCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """If they are in the log, and yet do not come, the node does not start, and says why."""
    subscribe = ClusterStream.subscribe

    async def skip(self: ClusterStream, js: JetStreamContext, last: int, deliver: Any) -> Subscription:
        return await subscribe(self, js, last + 1, deliver)

    async with member(servers, "a") as one:
        one.say("hello")
        await one.hears("hello")
        monkeypatch.setattr(ClusterStream, "subscribe", skip)
        with pytest.raises(JournalError, match=r"entries did not arrive$"):
            await journal(servers, node="b").open(KEY)


async def opened(js: JetStreamContext) -> SnapshotStore:
    """Return an empty store."""
    store = SnapshotStore("store", LOG_ID)
    await store.open(js, 1)
    return store


async def loaded(store: SnapshotStore, js: JetStreamContext) -> list[bytes]:
    """Return all snapshots, the newest first."""
    return [document async for document, _ in store.load(js)]


async def test_a_late_snapshot_replaces_no_newer_one(servers: NatsCluster) -> None:
    """A node that is slow may save the state of long ago."""
    async with tools(servers) as js:
        store = await opened(js)
        assert await store.save(js, 10, b"ten") == 10
        assert await store.save(js, 20, b"twenty") == 10
        assert await store.save(js, 15, b"fifteen") == 10
        assert await loaded(store, js) == [b"twenty", b"ten"]
        assert await store.save(js, 30, b"thirty", since=25) == 30
        assert await store.save(js, 28, b"late", since=25) == 30
        assert await loaded(store, js) == [b"thirty"]


async def test_snapshots_that_are_saved_at_once(servers: NatsCluster) -> None:
    """The newest stays, and no start needs what each of them drops from the log."""
    async with tools(servers) as js:
        store = await opened(js)

        async def one(place: int) -> int:
            since = place - 3 if place % 2 else None
            with suppress(Error):  # others were faster each time
                return await store.save(js, place, b"%d" % place * 100_000, since)
            return 0

        dropped = await asyncio.gather(*map(one, range(10, 18)))
        documents = await loaded(store, js)
        assert len(documents) == len(set(documents)) <= len(SNAPSHOTS)
        assert int(documents[0][:2]) >= 14, "one that was enough for the last of them"
        assert max(dropped) <= min(int(document[:2]) for document in documents)
        await store.save(js, 30, b"thirty", since=29)
        assert len(await Objects(js, "store").parts()) == 1


async def test_a_snapshot_from_before_arrives_in_between(servers: NatsCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was decided on before something was taken back, and comes after: it is not kept, and nothing of it stays."""
    put = Objects.put
    async with tools(servers) as js:
        store = await opened(js)
        await store.save(js, 10, b"ten")
        begun: list[str] = []

        async def late(self: Objects, before: Found, *rest: Any) -> None:
            if not begun:
                begun.append(before.name)
                assert await store.save(js, 40, b"forty", since=35) == 40
            await put(self, before, *rest)

        monkeypatch.setattr(Objects, "put", late)
        assert await store.save(js, 30, WORDS.encode()) == 40
        assert begun
        assert await loaded(store, js) == [b"forty"]
        assert not await is_kept(servers)


async def test_an_incomplete_snapshot_does_not_count(servers: NatsCluster) -> None:
    """It is not taken for the one that is needed, though its place is high enough."""
    async with tools(servers) as js:
        store = await opened(js)
        await store.save(js, 10, b"ten")
        await store.save(js, 20, b"twenty" * 100_000)
        newest = (await Objects(js, "store").find(SNAPSHOTS[1])).info
        assert newest
        await Objects(js, "store").purge(newest.nuid)
        with pytest.raises(Error, match="the snapshot snapshot-2 is incomplete"):
            await loaded(store, js)
        assert await store.save(js, 30, b"thirty", since=15) == 30
        assert await loaded(store, js) == [b"thirty"]


async def test_parts_of_another_snapshot_that_is_being_saved_stay(servers: NatsCluster) -> None:
    """If it is of a later place, the node that saves it goes on."""
    async with tools(servers) as js:
        store = await opened(js)
        for nuid in (f"{LOG_ID}-40-x", f"{LOG_ID}-30-x", "another-40-x", "old"):
            await js.publish(f"$O.store.C.{nuid}", b"part")
        await store.save(js, 50, b"fifty", since=35)
        assert f"{LOG_ID}-40-x" in (found := await Objects(js, "store").parts())
        assert len(found) == 2


async def test_a_part_that_is_damaged(servers: NatsCluster) -> None:
    """A snapshot whose bytes are not those that were saved is not read."""
    async with tools(servers) as js:
        store = await opened(js)
        await store.save(js, 10, b"ten")
        info = (await Objects(js, "store").find(SNAPSHOTS[0])).info
        assert info
        await Objects(js, "store").purge(info.nuid)
        await js.publish(f"$O.store.C.{info.nuid}", b"net")
        with pytest.raises(Error, match="the snapshot snapshot-1 is incomplete"):
            await loaded(store, js)
