"""A room's journal on a real engine that is not there, hangs, or comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from unittest.mock import Mock

import pytest
from nats.errors import ConnectionClosedError

from tests.links import Link, link
from tests.members import KEY, Member, journal, member
from tests.nats_servers import NatsCluster, NatsServer, free_ports, nats_cluster
from tests.waiting import LIMIT, eventually
from udpchat.adapters.journal.errors import JournalError, Stale
from udpchat.adapters.nats import journal as jetstream
from udpchat.adapters.nats.journal import JetStreamJournal
from udpchat.adapters.nats.stream import Connection
from udpchat.domain.rooms.inputs import Heartbeat

IMPATIENCE = 0.5  # seconds for a commit, in tests of what happens when it is too late
LINES = 3000


async def refusal(url: str) -> str:
    """Return why a node can not open the room there."""
    with pytest.raises(JournalError) as caught:
        await journal(url).open(KEY)
    sentence = str(caught.value)
    assert sentence.startswith(f"cannot use the cluster at {url}: ")
    assert "\n" not in sentence
    return sentence.removeprefix(f"cannot use the cluster at {url}: ")


async def test_nobody_is_there() -> None:
    """A port that nobody listens on is told at once, and as what it is."""
    assert await refusal(f"nats://127.0.0.1:{free_ports(1)[0]}") == "Connection refused"


@pytest.mark.parametrize(
    "url", ["nats://127.0.0.1:99999", "nats://[::1", "nats://", "http://127.0.0.1:1", "ws://x:1", "ä ö"]
)
async def test_what_is_no_address(url: str) -> None:
    """An address of something else is a sentence too."""
    assert await refusal(url)


async def test_wrong_password(tmp_path: Path) -> None:
    """The password belongs into the address, and a wrong one, or none, is refused."""
    with nats_cluster(tmp_path, "--user", "chat", "--pass", "right") as servers:
        where = servers.urls.removeprefix("nats://")
        async with member(f"nats://chat:right@{where}") as one:
            one.say("hello")
            await one.hears("hello")
            assert one.journal.connected_to == where
        with pytest.raises(JournalError, match="Authorization Violation"):
            await journal(f"nats://chat:wrong@{where}").open(KEY)
        assert "Authorization Violation" in await refusal(f"nats://{where}")


async def test_an_engine_that_hangs(servers: NatsCluster) -> None:
    """One that takes connections and answers nothing is given up."""
    servers.each[0].hang()
    assert await refusal(servers.urls) == "no answer"


@pytest.mark.parametrize("steps", [0, 1, 3, 10, 100])
async def test_a_start_is_called_off(servers: NatsCluster, steps: int) -> None:
    """Who ends the program while the engine hangs leaves nothing behind, however far the node had come."""
    servers.each[0].hang()
    opening = asyncio.create_task(journal(servers).open(KEY))
    for _ in range(steps):
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_one_of_the_servers_is_gone(servers: NatsCluster) -> None:
    """Those that are there are found, whichever is asked first."""
    gone = [f"nats://127.0.0.1:{port}" for port in free_ports(2)]
    for _ in range(5):  # the order is drawn
        async with member(",".join([*gone, servers.urls])) as one:
            assert one.journal.connected_to == servers.urls.removeprefix("nats://")


async def test_an_engine_without_jetstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that keeps nothing is told apart from one that is not there."""
    monkeypatch.setattr(jetstream, "START_SECONDS", 0.5)
    with nats_cluster(tmp_path, "-js=false") as servers:
        assert await refusal(servers.urls) == "JetStream is not enabled, or not ready"


async def test_an_engine_that_takes_no_parcel(tmp_path: Path) -> None:
    """A server that is set up to take small messages only is refused, with what must be changed."""
    settings = tmp_path / "settings"
    settings.write_text("max_payload: 65536\n", encoding="ascii")
    with nats_cluster(tmp_path, "--config", str(settings)) as servers:
        with pytest.raises(JournalError) as caught:
            await journal(servers).open(KEY)
        assert str(caught.value) == "the cluster takes messages of 65536 bytes only: max_payload must be 901000"


async def test_nothing_is_published_where_there_is_no_connection() -> None:
    """One that was never made says so, as one does that has ended."""
    with pytest.raises(ConnectionClosedError):
        Connection(secure=False).publish_now("lobby", b"")


async def test_the_end_of_what_passes_over_a_cancellation(servers: NatsCluster) -> None:
    """As the library does where it flushes: it is cancelled until it ends."""

    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(LIMIT)
        await asyncio.sleep(LIMIT)

    async with member(servers) as one:
        one.journal._start(stubborn())  # noqa: SLF001 - in place of a task of its own
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        await one.journal.leave()
        assert asyncio.get_running_loop().time() - began < LIMIT / 2


@pytest.mark.parametrize("method", ["outgoing", "arrived"])
async def test_a_bug_costs_a_start_from_the_log(servers: NatsCluster, method: str) -> None:
    """Whatever fails of ours ends what this node is, so that it starts again."""
    async with member(servers) as one:
        one.say("begin")
        await one.hears("begin")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(JetStreamJournal, method, Mock(side_effect=RuntimeError("a bug")))
            one.say("end")
            await eventually(lambda: one.journal.ended is not None)
        assert isinstance(one.journal.ended, Stale)
        assert str(one.journal.ended) == "an internal error (RuntimeError)"


@asynccontextmanager
async def two(servers: NatsCluster, patience: float) -> AsyncIterator[tuple[Member, Member, Link]]:
    """Give two nodes that heard each other, and the cable of the first."""
    async with (
        link(servers.each[0].port) as cable,
        member(cable.url, "a", patience=patience) as one,
        member(servers, "b", patience=patience) as other,
    ):
        one.say("begin")
        await one.hears("begin")
        await other.hears("begin")
        yield one, other, cable


async def until_said(node: Member, line: str) -> None:
    """Say a line until it is committed: the engine may still be on its way back when one is said."""

    def said() -> bool:
        if line in node.hear():
            return True
        if not node.journal.unfinished:
            node.say(line)
        return False

    await eventually(said, lambda: (node.hear(), node.refused))


async def assert_as_one(one: Member, other: Member) -> None:
    """Fail unless both nodes have heard the same, each line once, and nothing that is told as not sent."""
    await one.agrees(other)
    lines = one.hear()
    assert len(set(lines)) == len(lines)
    assert not set(lines) & {*one.refused, *other.refused} - {"end"}


async def test_what_is_said_while_the_engine_is_gone_is_refused(servers: NatsCluster) -> None:
    """Its sender is told, nobody else hears it, and the nodes go on by themselves once the engine is back."""
    async with two(servers, IMPATIENCE) as (one, other, _):
        servers.each[0].kill()
        await eventually(lambda: not one.journal.connected_to and not other.journal.connected_to)
        one.say("lost", "lost too")
        other.say("lost elsewhere")
        await eventually(lambda: one.hear() and one.refused == ["lost", "lost too"], lambda: one.refused)
        await eventually(lambda: other.hear() and other.refused == ["lost elsewhere"], lambda: other.refused)
        servers.each[0].start()
        await until_said(one, "end")
        await assert_as_one(one, other)
        assert other.hear() == ["begin", "end"]


async def test_what_is_said_while_the_engine_hangs_is_refused(servers: NatsCluster) -> None:
    """As when it is gone, but for what it had taken already: that may count as soon as it goes on, and once."""
    async with two(servers, IMPATIENCE) as (one, other, _):
        servers.each[0].hang()
        one.say("perhaps")
        await eventually(lambda: one.hear() and one.refused == ["perhaps"])
        one.say("lost")
        await eventually(lambda: one.hear() and one.refused == ["perhaps", "lost"])
        await eventually(lambda: not one.journal.connected_to)
        one.say("lost too")
        await eventually(lambda: one.hear() and one.refused == ["perhaps", "lost", "lost too"])
        servers.each[0].go_on()
        await until_said(one, "end")
        await one.agrees(other)
        lines = [line for line in other.hear() if line not in ("perhaps", "lost")]
        assert lines == ["begin", "end"]
        assert len(set(other.hear())) == len(other.hear())


async def test_nothing_is_published_while_nothing_is_read(
    servers: NatsCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that has a connection, but can not read on yet, has nothing committed that it then takes for given up."""

    async def fail(*_: object) -> None:
        raise TimeoutError

    async with two(servers, IMPATIENCE) as (one, other, cable):
        with monkeypatch.context() as patch:
            patch.setattr(jetstream.JetStreamJournal, "_follow", fail)  # as while the log has no leader
            await cable.cut()
            await cable.mend()
            await eventually(lambda: not one.journal.connected_to)
            await eventually(lambda: one.journal.connected_to)
            one.say("lost")
            await eventually(lambda: one.hear() and one.refused == ["lost"])
        await until_said(one, "end")
        await assert_as_one(one, other)
        assert other.hear() == ["begin", "end"]


async def kill(server: NatsServer, _: Link, __: Member) -> None:
    """Kill the engine and start it again."""
    server.kill()
    server.start()


async def hang(server: NatsServer, _: Link, one: Member) -> None:
    """Have the engine hang until it is given up, which takes something that is not answered."""
    server.hang()
    one.tell(Heartbeat())
    await eventually(lambda: not one.journal.connected_to)
    server.go_on()


async def cut(_: NatsServer, cable: Link, __: Member) -> None:
    """Cut one node's cable."""
    await cable.cut()
    await cable.mend()


@pytest.mark.parametrize("disturb", [kill, hang, cut])
async def test_nothing_is_lost_or_twice_under_load(
    servers: NatsCluster, disturb: Callable[[NatsServer, Link, Member], Awaitable[None]]
) -> None:
    """Two patient nodes say lines all the time while the engine comes and goes: all are heard, once and in order."""
    async with two(servers, 60) as (one, other, cable):
        for number in range(LINES):
            one.say(f"a {number}")
            other.say(f"b {number}")
            await asyncio.sleep(0)
            if number % (LINES // 2) == 100:
                await eventually(lambda: one.hear() and len(other.hear()) > number // 2)  # noqa: B023 - called at once
                await disturb(servers.each[0], cable, one)
        await eventually(lambda: one.hear() and len(other.hear()) == 2 * LINES + 1)
        await one.agrees(other)
        assert one.refused == other.refused == []
        for name in "ab":
            said = [line for line in other.hear() if line.startswith(f"{name} ")]
            assert said == [f"{name} {number}" for number in range(LINES)]


@pytest.mark.parametrize("disturb", ["kill", "hang"])
async def test_the_end_does_not_wait_for_the_engine(servers: NatsCluster, disturb: str) -> None:
    """A node that leaves while the engine is away gives up what it has, and nothing is left of it."""
    async with member(servers, patience=60) as one:
        getattr(servers.each[0], disturb)()
        one.say("lost")
        await one.journal.settle(0.1)
        one.journal.give_up()
        one.hear()
        assert one.refused == ["lost"]
