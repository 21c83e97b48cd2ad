"""The journal of a room on real NATS servers, for nodes that come and go."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from nats.js.api import ObjectMeta
from nats.js.errors import NotFoundError

from tests.adapters.nats.stored import tools
from tests.links import link
from tests.members import CLIENT, KEY, Member, journal, member
from tests.nats_servers import NatsCluster, nats_cluster
from tests.waiting import LIMIT, PAUSE, eventually
from udpchat.adapters.journal.errors import JournalError, Replaced, Stale
from udpchat.adapters.nats.opening import OPENINGS
from udpchat.adapters.nats.replication.entries import VERSION
from udpchat.adapters.nats.snapshots import SNAPSHOTS
from udpchat.adapters.nats.stream import ClusterStream
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Heartbeat

STREAM, SUBJECT = "udpchat-lobby", "udpchat.lobby"
LINES = [f"line {number}" for number in range(2000)]  # several entries


async def kept(js: JetStreamContext) -> list[int]:
    """Return the places in the log of the snapshots."""
    places = []
    for name in SNAPSHOTS:
        with suppress(NotFoundError):
            info = await (await js.object_store(STREAM)).get_info(name)
            places.append(int((info.description or "").split()[1]))
    return sorted(places)


async def save(servers: NatsCluster, node: Member) -> None:
    """Save the state of a node, and wait until the part of the log that no start needs is dropped."""
    heartbeat = (await node.heartbeat()).line
    assert isinstance(heartbeat, Heartbeat)
    await eventually(lambda: not node.journal.link.saving)  # its last save may still wait for an answer
    node.journal.save_after(heartbeat.place, snapshot(node.chat.state))
    async with tools(servers) as js, asyncio.timeout(LIMIT):
        while (places := await kept(js))[-1:] != [heartbeat.place] or len(places) > len(SNAPSHOTS):  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(PAUSE)
        while (await js.stream_info(STREAM)).state.first_seq != places[0] + 1:  # noqa: ASYNC110 - as above
            await asyncio.sleep(PAUSE)


async def test_all_nodes_read_all_lines_in_one_order(servers: NatsCluster) -> None:
    """Two nodes publish at once: both read the same order, each line once, and a node's own as they were said."""
    async with member(servers, "a") as one, member(servers, "b") as other:
        one.say(*(f"a {line}" for line in LINES))
        other.say(*(f"b {line}" for line in LINES))
        await eventually(lambda: len(one.hear()) == len(other.hear()) == 2 * len(LINES))
        assert one.hear() == other.hear()
        for name in "ab":
            assert [line for line in one.hear() if line.startswith(name)] == [f"{name} {line}" for line in LINES]
        await one.agrees(other)


async def test_a_later_node_has_the_same_state(servers: NatsCluster) -> None:
    """It reads the whole log, or later a snapshot and the log after it."""
    async with member(servers, "a") as one:
        one.say("first", "/nick bob")
        await one.hears("first")
        async with member(servers, "b") as other:
            await one.agrees(other)
            assert other.hear() == ["first"]
        await save(servers, one)
        one.say("second", "/quit", "third")
        await one.hears("first", "second", "third")
        async with member(servers, "c") as later:
            await one.agrees(later)
            assert later.hear() == ["first", "second", "third"]
            assert CLIENT not in later.chat.state.roster  # another node's


async def test_snapshots_replace_the_beginning_of_the_log(servers: NatsCluster) -> None:
    """The last snapshots are kept, and the part of the log after the first of them."""
    async with member(servers, "a") as one:
        for number in range(len(SNAPSHOTS) + 2):
            one.say(f"line {number}")
            await save(servers, one)
        async with tools(servers) as js:
            state = (await js.stream_info(STREAM)).state
            places = await kept(js)
        assert len(places) == len(SNAPSHOTS)
        assert state.first_seq == places[0] + 1
        async with member(servers, "b") as later:
            assert later.hear() == one.hear() == [f"line {number}" for number in range(len(SNAPSHOTS) + 2)]


async def test_a_node_that_was_cut_off_for_long_is_stale(servers: NatsCluster) -> None:
    """If its next entry was dropped, it ends with the reason, and can start again."""
    async with link(servers.each[0].port) as cable, member(servers, "a") as one:
        async with member(cable.url, "b") as other:
            await cable.cut()
            one.say("meanwhile")
            for _ in range(len(SNAPSHOTS)):
                await save(servers, one)
            await cable.mend()
            await eventually(lambda: other.journal.ended)
            assert isinstance(other.journal.ended, Stale)
            assert str(other.journal.ended) == "the log of cluster lobby no longer has entry 3"
        async with member(cable.url, "b") as again:
            assert again.hear() == ["meanwhile"]


async def test_a_start_from_the_snapshot_before_the_last(servers: NatsCluster) -> None:
    """A node starts although the last snapshot cannot be read; it does not start if none can be read."""
    async with member(servers, "a") as one:
        one.say("first")
        await one.hears("first")
        await save(servers, one)
        async with tools(servers) as js:
            store = await js.object_store(STREAM)
            log = str((await store.get_info(SNAPSHOTS[0])).description).split()[0]
            await store.put(SNAPSHOTS[1], b"[1,2,3]\n\xff", ObjectMeta(description=f"{log} {10**18}"))
        async with member(servers, "b") as later:
            assert later.hear() == ["first"]
        async with tools(servers) as js:
            store = await js.object_store(STREAM)
            await store.put(SNAPSHOTS[0], b"", ObjectMeta(description=f"{log} 1"))
        with pytest.raises(JournalError, match=r"^the cluster at nats://.* has a snapshot that cannot be read"):
            await journal(servers).open(KEY)


async def test_a_start_without_the_beginning_of_the_log(servers: NatsCluster) -> None:
    """If an operator deleted it and there is no snapshot, the error names the only remedy."""
    async with member(servers, "a") as one:
        one.say("first")
        await one.hears("first")
        async with tools(servers) as js:
            await js.purge_stream(STREAM)
        with pytest.raises(JournalError) as caught:
            await journal(servers, node="b").open(KEY)
    assert str(caught.value) == (
        "the log of cluster lobby no longer has entry 1, and there is no snapshot to start from: "
        "delete the stream udpchat-lobby to start a new chat"
    )


@pytest.mark.parametrize("more", [[], LINES + LINES], ids=["shorter", "longer"])
async def test_a_room_that_was_deleted_and_created_again_is_another(servers: NatsCluster, more: list[str]) -> None:
    """A node that was cut off meanwhile does not serve the new room, whether its log is shorter or longer.

    A node that starts is in the new room, although there are snapshots of the old one.
    """
    async with link(servers.each[0].port) as cable, member(cable.url) as one:
        one.say(*LINES)
        await eventually(lambda: len(one.hear()) == len(LINES))
        await save(servers, one)
        await save(servers, one)
        await cable.cut()
        async with tools(servers) as js:
            await js.delete_stream(STREAM)
        async with member(servers, "b") as other:
            other.say(*more)
            await eventually(lambda: len(other.hear()) == len(more))
            await cable.mend()
            await eventually(lambda: one.journal.ended)
            async with member(servers, "c") as later:
                assert later.hear() == more
    assert str(one.journal.ended) == "the log of cluster lobby was deleted and created again: restart all nodes"


async def test_another_protocol_version_is_refused(servers: NatsCluster) -> None:
    """A room that another version created is not touched; the error names both versions."""
    async with member(servers):
        pass
    async with tools(servers) as js:
        config = (await js.stream_info(STREAM)).config
        config.description = "udpchat, protocol 7"
        await js.update_stream(config)
    with pytest.raises(JournalError) as caught:
        await journal(servers).open(KEY)
    assert str(caught.value) == (
        f"the log of cluster lobby was created by udpchat, protocol 7; this is udpchat, protocol {VERSION}"
    )


async def test_an_entry_of_another_protocol_version_ends_a_node(servers: NatsCluster) -> None:
    """The node ends with an error that names both versions."""
    async with member(servers) as one, tools(servers) as js:
        await js.publish(SUBJECT, f'[{VERSION + 1},"b",1,"x",0,1,[]]'.encode())
        await eventually(lambda: one.journal.ended)
        expected = f"the room uses protocol version {VERSION + 1}, this udpchat uses version {VERSION}"
        assert str(one.journal.ended) == expected


async def test_messages_that_are_not_entries_are_skipped(servers: NatsCluster) -> None:
    """Messages that another program published do not count, now or for a node that reads them later."""
    others = (b"", b"hello", b"1", b"[]", b"{}", b'[1,"b"]', b'[1,"b","1","x",0,1,[[]]]', b'[1,"b",1,"x",0,2,[]]')
    rows = (b"[1]", b'[1,1,"b 0 127.0.0.1:1","said"]', b'[1,1,"b 0 here","said","x"]', b'[1,1,"b 0 1.2.3.4:1","?","x"]')
    async with member(servers) as one, tools(servers) as js:
        one.say("before it")
        await one.hears("before it")
        for payload in (*others, *(b'[1,"b",1,"x",0,1,[' + row + b"]]" for row in rows)):
            await js.publish(SUBJECT, payload)
        await eventually(lambda: one.last == 2 + len(others) + len(rows))
        async with member(servers, "c") as later:
            await one.agrees(later)
            assert later.hear() == ["before it"]


async def test_the_room_is_created_once(tmp_path: Path) -> None:
    """Nodes that start at the same moment, on three servers, agree on one room and one key."""
    with nats_cluster(tmp_path, count=3) as servers:
        nodes = [journal(servers, node=f"n{number}") for number in range(4)]
        await asyncio.gather(*(node.open(bytes([number]) * 32) for number, node in enumerate(nodes)))
        assert len({node.key for node in nodes}) == 1
        for node in nodes:
            await node.leave()


@pytest.mark.parametrize("times", [1, OPENINGS])
async def test_a_log_that_is_another_one_at_once_is_opened_again(
    servers: NatsCluster, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Nothing was read of the one before. A log that is never the same is an error."""
    end, calls = ClusterStream.end, count(1)

    async def another(self: ClusterStream, js: JetStreamContext, log_id: str, last: int) -> int:
        return await end(self, js, "another" if next(calls) <= times else log_id, last)

    monkeypatch.setattr(ClusterStream, "end", another)
    if times == OPENINGS:
        with pytest.raises(Replaced):
            await journal(servers).open(KEY)
    else:
        async with member(servers) as one:
            one.say("hello")
            await one.hears("hello")


async def test_entries_that_are_published_again_count_once(servers: NatsCluster) -> None:
    """Everything in the log is published a second time, as by a network that repeats; nothing changes."""
    async with member(servers) as one, tools(servers) as js:
        one.say("once")
        await one.hears("once")
        one.say("/nick bob", "and once")
        await one.hears("once", "and once")
        before, last = one.digest, (await js.stream_info(STREAM)).state.last_seq
        for place in range(1, last + 1):
            await js.publish(SUBJECT, (await js.get_msg(STREAM, place)).data or b"")
        await eventually(lambda: one.hear() and one.last == 2 * last)
        assert one.digest == before
        async with member(servers, "b") as later:
            await one.agrees(later)
        one.say("end")
        await one.hears("once", "and once", "end")


async def test_a_node_that_is_started_elsewhere_ends_the_first(servers: NatsCluster) -> None:
    """Of two nodes with one name, the one that was started last serves the room."""
    async with member(servers) as one:
        one.say("hello")
        await one.hears("hello")
        async with member(servers) as again:
            await eventually(lambda: one.journal.ended)
            again.say("here")
            await again.hears("hello", "here")
        assert str(one.journal.ended) == "the node a was started again elsewhere"
