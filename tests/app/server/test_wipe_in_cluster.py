"""`/wipe` where several nodes serve a chat: nothing of the lines stays in NATS."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from tests.adapters.nats.stored import stored
from tests.app.cli.test_admin import admin
from tests.app.clients.processes import SERVE, clients, running
from tests.app.server.cluster import arguments, listed, node, rename
from tests.nats_servers import NatsCluster, free_ports
from tests.waiting import until

WORDS = "a very special secret"
STREAMS = ["KV_udpchat-lobby", "OBJ_udpchat-lobby", "udpchat-lobby"]


def holders(servers: NatsCluster, words: str = WORDS) -> list[str]:
    """Return the streams that have the words in any message."""
    return [name for name, kept in asyncio.run(stored(servers)).items() if words.encode() in kept]


def test_a_wipe_reaches_the_log_and_the_snapshots(tmp_path: Path, servers: NatsCluster) -> None:
    """Within seconds the words are in no message of any stream; both nodes go on, and others start as before."""
    path = tmp_path / "admin"
    with (
        node(tmp_path, servers, "a") as one,
        node(tmp_path, servers, "b", "--admin", str(path)) as other,
        clients(one.port, "nc.openbsd") as (ben,),
        clients(other.port, "nc.openbsd") as (ann,),
    ):
        rename(ann, "annax")
        rename(ben, "berta")
        ann.say("hello from ann")
        ben.prints("annax: hello from ann")
        ben.say(WORDS)
        ben.say(f"/me says {WORDS}")
        ann.prints(rf"\* berta says {WORDS}")
        assert holders(servers) == ["udpchat-lobby"]
        assert admin(path, "wipe", "berta").stdout == "you removed 2 lines of berta\n"
        until(lambda: not holders(servers))
        assert sorted(asyncio.run(stored(servers))) == STREAMS
        assert holders(servers, "hello from ann") == ["OBJ_udpchat-lobby"], "a snapshot has the other lines"
        with node(tmp_path, servers, "c") as later, clients(later.port, "nc.openbsd") as (new,):
            rename(new, "carla")
            new.say("/history")
            new.prints(r"\[.*\] annax: hello from ann")
            assert listed(new) == listed(ann) == listed(ben)
            assert not any(WORDS in line for line in new.printed)
        ben.say("still here")
        ann.prints("berta: still here")
        for server in (one, other):
            assert "starts again" not in server.logged()
            assert "differ" not in server.logged()


def test_a_node_that_is_killed_right_after_a_wipe(tmp_path: Path, servers: NatsCluster) -> None:
    """When it is started again, it deletes what was still to be deleted."""
    path = tmp_path / "admin"
    port = free_ports(1)[0]
    with (
        running([*SERVE, str(port), *arguments(servers, "a", "--admin", str(path))]) as first,
        clients(port, "nc.openbsd") as (ben,),
    ):
        first.prints("join with: .*")
        rename(ben, "berta")
        ben.say(WORDS)
        ben.prints(f"berta: {WORDS}")
        assert admin(path, "wipe", "berta").stdout == "you removed 1 line of berta\n"
        first.end(signal.SIGKILL)
    with node(tmp_path, servers, "a"):
        until(lambda: not holders(servers))
