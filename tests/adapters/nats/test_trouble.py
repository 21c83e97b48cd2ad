"""The journal of a room on NATS servers that are down, hang, or come and go."""

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
from udpchat.adapters.nats import opening
from udpchat.adapters.nats.connection import Connection
from udpchat.adapters.nats.link import LogLink
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.domain.rooms.inputs import Heartbeat

IMPATIENCE = 0.5  # seconds for a commit, in tests of lines that are given up
LINES = 3000


async def refusal(url: str) -> str:
    """Return why a node cannot open a room on the server with this URL."""
    with pytest.raises(JournalError) as caught:
        await journal(url).open(KEY)
    sentence = str(caught.value)
    assert sentence.startswith(f"cannot use the cluster at {url}: ")
    assert "\n" not in sentence
    return sentence.removeprefix(f"cannot use the cluster at {url}: ")


async def test_no_server() -> None:
    """If no server listens on the port, the error says so at once."""
    assert await refusal(f"nats://127.0.0.1:{free_ports(1)[0]}") == "Connection refused"


@pytest.mark.parametrize(
    "url", ["nats://127.0.0.1:99999", "nats://[::1", "nats://", "http://127.0.0.1:1", "ws://x:1", "ä ö"]
)
async def test_a_url_that_cannot_be_used(url: str) -> None:
    """It is refused with one sentence."""
    assert await refusal(url)


async def test_wrong_password(tmp_path: Path) -> None:
    """The password is part of the URL; a wrong one, or none, is refused."""
    with nats_cluster(tmp_path, "--user", "chat", "--pass", "right") as servers:
        where = servers.urls.removeprefix("nats://")
        async with member(f"nats://chat:right@{where}") as one:
            one.say("hello")
            await one.hears("hello")
            assert one.journal.server == where
        with pytest.raises(JournalError, match="Authorization Violation"):
            await journal(f"nats://chat:wrong@{where}").open(KEY)
        assert "Authorization Violation" in await refusal(f"nats://{where}")


async def test_a_server_that_hangs(servers: NatsCluster) -> None:
    """If it accepts connections and does not answer, the node gives up."""
    servers.each[0].hang()
    assert await refusal(servers.urls) == "no answer"


@pytest.mark.parametrize("steps", [0, 1, 3, 10, 100])
async def test_a_start_is_cancelled(servers: NatsCluster, steps: int) -> None:
    """A start that is cancelled while the server hangs leaves no task behind, however far it had come."""
    servers.each[0].hang()
    opening = asyncio.create_task(journal(servers).open(KEY))
    for _ in range(steps):
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_one_of_the_servers_is_down(servers: NatsCluster) -> None:
    """A node finds a server that is up, whichever it tries first."""
    gone = [f"nats://127.0.0.1:{port}" for port in free_ports(2)]
    for _ in range(5):  # the order is random
        async with member(",".join([*gone, servers.urls])) as one:
            assert one.journal.server == servers.urls.removeprefix("nats://")


async def test_a_server_without_jetstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names JetStream."""
    monkeypatch.setattr(opening, "START_SECONDS", 0.5)
    with nats_cluster(tmp_path, "-js=false") as servers:
        assert await refusal(servers.urls) == "JetStream is not enabled, or not ready"


async def test_a_server_with_a_small_max_payload(tmp_path: Path) -> None:
    """It is refused, with the setting to change."""
    settings = tmp_path / "settings"
    settings.write_text("max_payload: 65536\n", encoding="ascii")
    with nats_cluster(tmp_path, "--config", str(settings)) as servers:
        with pytest.raises(JournalError) as caught:
            await journal(servers).open(KEY)
        assert str(caught.value) == (
            "the NATS server takes messages of up to 65536 bytes: set max_payload to 901000 or more"
        )


async def test_nothing_is_published_without_a_connection() -> None:
    """A connection that was never made raises the same error as one that was closed."""
    with pytest.raises(ConnectionClosedError):
        Connection(secure=False).publish_now("lobby", b"")


async def test_a_task_that_swallows_a_cancellation(servers: NatsCluster) -> None:
    """It is cancelled again until it ends; the library swallows a cancellation while it flushes."""

    async def stubborn() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(LIMIT)
        await asyncio.sleep(LIMIT)

    async with member(servers) as one:
        one.journal._tasks.start(stubborn())  # noqa: SLF001 - in place of a task of its own
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        await one.journal.leave()
        assert asyncio.get_running_loop().time() - began < LIMIT / 2


@pytest.mark.parametrize("method", ["outgoing", "arrived"])
async def test_a_bug_costs_a_start_from_the_log(servers: NatsCluster, method: str) -> None:
    """After a bug of ours the node ends, so that it is started again."""
    async with member(servers) as one:
        one.say("begin")
        await one.hears("begin")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Replica, method, Mock(side_effect=RuntimeError("a bug")))
            one.say("end")
            await eventually(lambda: one.journal.ended is not None)
        assert isinstance(one.journal.ended, Stale)
        assert str(one.journal.ended) == "an internal error (RuntimeError)"


@asynccontextmanager
async def two(servers: NatsCluster, patience: float) -> AsyncIterator[tuple[Member, Member, Link]]:
    """Give two nodes of one room, and the link of the first one."""
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
    """Say a line until it is committed: the server may not be back yet."""

    def said() -> bool:
        if line in node.hear():
            return True
        if not node.unfinished:
            node.say(line)
        return False

    await eventually(said, lambda: (node.hear(), node.refused))


async def assert_as_one(one: Member, other: Member) -> None:
    """Fail unless both nodes have the same lines, each once, and none that was given up."""
    await one.agrees(other)
    lines = one.hear()
    assert len(set(lines)) == len(lines)
    assert not set(lines) & {*one.refused, *other.refused} - {"end"}


async def test_lines_are_given_up_while_the_server_is_down(servers: NatsCluster) -> None:
    """They reach no node, and the nodes go on by themselves when the server is back."""
    async with two(servers, IMPATIENCE) as (one, other, _):
        servers.each[0].kill()
        await eventually(lambda: not one.journal.server and not other.journal.server)
        one.say("lost", "lost too")
        other.say("lost elsewhere")
        await eventually(lambda: one.hear() and one.refused == ["lost", "lost too"], lambda: one.refused)
        await eventually(lambda: other.hear() and other.refused == ["lost elsewhere"], lambda: other.refused)
        servers.each[0].start()
        await until_said(one, "end")
        await assert_as_one(one, other)
        assert other.hear() == ["begin", "end"]


async def test_lines_are_given_up_while_the_server_hangs(servers: NatsCluster) -> None:
    """Lines that it had already taken may count when it goes on, and once."""
    async with two(servers, IMPATIENCE) as (one, other, _):
        servers.each[0].hang()
        one.say("perhaps")
        await eventually(lambda: one.hear() and one.refused == ["perhaps"])
        one.say("lost")
        await eventually(lambda: one.hear() and one.refused == ["perhaps", "lost"])
        await eventually(lambda: not one.journal.server)
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
    """A node that is connected but cannot read yet publishes nothing: it would give up lines that are committed."""

    async def fail(*_: object) -> None:
        raise TimeoutError

    async with two(servers, IMPATIENCE) as (one, other, cable):
        with monkeypatch.context() as patch:
            patch.setattr(LogLink, "follow", fail)  # as while the log has no leader
            await cable.cut()
            await cable.mend()
            await eventually(lambda: not one.journal.server)
            await eventually(lambda: one.journal.server)
            one.say("lost")
            await eventually(lambda: one.hear() and one.refused == ["lost"])
        await until_said(one, "end")
        await assert_as_one(one, other)
        assert other.hear() == ["begin", "end"]


async def kill(server: NatsServer, _: Link, __: Member) -> None:
    """Kill the server and start it again."""
    server.kill()
    server.start()


async def hang(server: NatsServer, _: Link, one: Member) -> None:
    """Stop the server until the node gives up the connection; for that a request must stay unanswered."""
    server.hang()
    one.tell(Heartbeat())
    await eventually(lambda: not one.journal.server)
    server.go_on()


async def cut(_: NatsServer, cable: Link, __: Member) -> None:
    """Cut the link of one node."""
    await cable.cut()
    await cable.mend()


@pytest.mark.parametrize("disturb", [kill, hang, cut])
async def test_nothing_is_lost_or_repeated_under_load(
    servers: NatsCluster, disturb: Callable[[NatsServer, Link, Member], Awaitable[None]]
) -> None:
    """Two patient nodes say lines while the server comes and goes: every line counts, once and in order."""
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
async def test_the_end_does_not_wait_for_the_server(servers: NatsCluster, disturb: str) -> None:
    """A node that leaves while the server is away gives up its lines, and leaves no task behind."""
    async with member(servers, patience=60) as one:
        getattr(servers.each[0], disturb)()
        one.say("lost")
        await one.journal.settle(0.1)
        one.journal.replica.queue.give_up()
        one.hear()
        assert one.refused == ["lost"]
