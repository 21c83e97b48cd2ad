"""`udpchat nodes`, nodes that listen on other addresses than before, and nodes whose states differ."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.clients.processes import SERVE, clients, needs_ipv6, running
from tests.app.server.cluster import listed, node, rename, said
from tests.members import member
from tests.nats_servers import NatsCluster
from tests.waiting import until
from udpchat.app.server.cluster_monitor import DIGEST_EVERY
from udpchat.domain.rooms.inputs import Heartbeat

NO_CLUSTER_NAME = (
    "udpchat: Invalid value for --cluster-name: 'a b' cannot be a cluster name: use 1 to 32 letters, digits, - and _. "
    "Try: udpchat nodes --help\n"
)
NODES = (sys.executable, "-m", "udpchat.app", "nodes")


def nodes_tool(*arguments: str) -> tuple[int, str, str]:
    """Return the exit code, the output and the error text of `udpchat nodes`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("UDPCHAT_")}
    done = subprocess.run([*NODES, *arguments], capture_output=True, text=True, timeout=60, check=False, env=clean)
    return done.returncode, done.stdout, done.stderr


def test_the_nodes_of_a_cluster_are_shown(tmp_path: Path, servers: NatsCluster) -> None:
    """`udpchat nodes` shows them with their clients; on SIGUSR1 a node logs the same."""
    with node(tmp_path, servers, "a") as one, node(tmp_path, servers, "b"), clients(one.port, "nc.openbsd") as (ann,):
        rename(ann, "ann")

        def shown() -> list[list[str]]:
            code, output, error = nodes_tool("--cluster", servers.urls)
            assert (code, error) == (0, "")
            return [line.split() for line in output.splitlines()]

        until(lambda: [row[:2] for row in shown()[1:]] == [["a", "1"], ["b", "0"]], shown)
        assert shown()[0] == ["node", "clients", "lines", "behind", "silent", "for,", "s"]
        one.program.process.send_signal(10)
        until(lambda: all(f'"node": "{name}", "clients"' in one.logged() for name in "ab"), one.logged)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "udpchat: Missing option '--cluster' (env var: 'UDPCHAT_CLUSTER'). Try: udpchat nodes --help\n"),
        (
            ("--cluster", "nats://127.0.0.1:1"),
            1,
            "udpchat: cannot use the cluster at nats://127.0.0.1:1: Connection refused\n",
        ),
        (
            ("--cluster", "x", "--cluster-name", "a b"),
            2,
            NO_CLUSTER_NAME,
        ),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...], code: int, sentence: str) -> None:
    """Each is refused with its sentence and exit code."""
    assert nodes_tool(*arguments) == (code, "", sentence)


def test_a_takeover_needs_a_cluster() -> None:
    """Without a cluster, --takes-over is refused and not ignored."""
    command = [*NODES[:-1], "0", "--takes-over", "a"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    sentence = "udpchat: --takes-over works in a cluster only: add --cluster\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_a_cluster_that_does_not_exist(servers: NatsCluster) -> None:
    """`udpchat nodes` does not create it."""
    there_is_none = "udpchat: there is no cluster named nowhere on these NATS servers\n"
    assert nodes_tool("--cluster", servers.urls, "--cluster-name", "nowhere") == (1, "", there_is_none)
    assert nodes_tool("--cluster", servers.urls, "--cluster-name", "nowhere") == (1, "", there_is_none)


def test_clients_that_the_node_cannot_write_to_are_removed(tmp_path: Path, servers: NatsCluster) -> None:
    """After a restart with fewer addresses, they leave the room on every node."""
    needs_ipv6()
    with node(tmp_path, servers, "b") as other, clients(other.port, "nc.openbsd") as (bob,):
        rename(bob, "bob")
        with node(tmp_path, servers, "a") as one, clients(one.port, "socat UDP4", "socat UDP6") as (four, six):
            rename(four, "four")
            rename(six, "six")
        with node(tmp_path, servers, "a", "--host", "127.0.0.1", port=one.port):
            bob.prints("six has disconnected.")
            assert "six" not in listed(bob)


def test_clients_that_end_leave_the_room(tmp_path: Path, servers: NatsCluster) -> None:
    """One netcat after the other ends and leaves; the others miss no line."""
    with node(tmp_path, servers, "a") as one, clients(one.port, "nc.openbsd") as (ann,):
        ann.say("hello")
        ann.prints(r"\w+: hello")  # it is in the room before the others speak
        for number in range(3):
            with running(["nc.openbsd", "-u", "127.0.0.1", str(one.port)]) as other:
                other.say(f"I am {number}")
                until(lambda: f"I am {number}" in said(ann), lambda: ann.printed)  # noqa: B023 - called at once
            ann.say(f"bye {number}")
            until(lambda: sum("disconnected" in line for line in ann.printed) == number + 1, lambda: ann.printed)  # noqa: B023
            ann.say(f"gone {number}")
            until(lambda: f"gone {number}" in said(ann), lambda: ann.printed)  # noqa: B023


async def lie(servers: NatsCluster) -> None:
    """Act as another node, and send the digest of a state that no node has."""
    async with member(servers, "liar") as liar:
        while True:
            heartbeat = (await liar.heartbeat()).line
            assert isinstance(heartbeat, Heartbeat)
            if liar.chat.state.nodes.beats % DIGEST_EVERY == 0:
                break
        liar.tell(Heartbeat(liar.chat.state.reception.said, digest="of another state", digest_at=heartbeat.place))
        await liar.heartbeat()


def test_a_node_whose_state_differs_starts_again(tmp_path: Path, servers: NatsCluster) -> None:
    """It logs both digests, its clients notice nothing, and a supervisor does not see it stop."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(0)
        received: list[bytes] = []

        def ready(times: int) -> bool:
            try:
                received.append(supervisor.recv(100))
            except BlockingIOError:
                return received.count(b"READY=1") >= times
            return ready(times)

        command = ["env", f"NOTIFY_SOCKET={tmp_path / 'notify'}", *SERVE]
        with node(tmp_path, servers, "a", command=command) as one, clients(one.port, "nc.openbsd") as (ann,):
            rename(ann, "ann")
            asyncio.run(lie(servers))
            until(lambda: ready(2), one.logged)
            log = one.logged()
            assert '"event": "this node and another differ"' in log
            assert '"other": "of another state"' in log
            assert '"reason": "the state of the room differs from that of node liar"' in log
            ann.say("still here")
            ann.prints("ann: still here")
            assert b"STOPPING=1" not in received
        assert not ready(3)
        assert received[-1] == b"STOPPING=1"
