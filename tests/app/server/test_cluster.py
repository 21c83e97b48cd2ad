"""One room on two servers, with real netcats on each."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.cli.command import assert_one_sentence, run
from tests.app.clients.processes import clients, join, port_of, running_server
from tests.app.server.cluster import arguments, listed, node, rename, said
from tests.nats_servers import NatsCluster, free_ports, nats_cluster
from tests.waiting import until

KINDS = ("nc.openbsd", "ncat")


def test_one_room_on_two_servers(tmp_path: Path, servers: NatsCluster) -> None:
    """All netcats print the same lines in the same order, each once; /list is complete and equal everywhere.

    A nickname that two clients ask for on both servers at once goes to one of them.
    """
    with (
        node(tmp_path, servers, "a") as one,
        node(tmp_path, servers, "b") as other,
        clients(one.port, *KINDS) as here,
        clients(other.port, *KINDS) as there,
    ):
        everybody = [*here, *there]
        names = [join(client) for client in everybody]
        until(lambda: [len(said(client)) for client in everybody] == [4, 3, 2, 1])
        for client in everybody:
            client.printed.clear()
        for number in range(50):
            for place, client in enumerate(everybody):
                client.say(f"{place}.{number}")
        until(lambda: all(len(said(client)) == 200 for client in everybody), lambda: list(map(said, everybody)))
        for client in everybody:
            assert client.printed == everybody[0].printed
        for place, name in enumerate(names):
            assert [line for line in here[0].printed if line.startswith(name)] == [
                f"{name}: {place}.{number}" for number in range(50)
            ]

        lists = [listed(client) for client in everybody]
        assert len(set(lists)) == 1
        assert re.findall(r":(\w+)(?:, |$)", lists[0]) == names

        for name in ("bob", "Alice", "eve"):
            for client in (here[0], there[0]):
                client.printed.clear()
                client.say(f"/nick {name}")
            pair, refusal = (here[0], there[0]), f"error - nickname {name} is already in use"
            until(lambda: all(f"->{name}" in "".join(each.printed) or refusal in each.printed for each in pair))  # noqa: B023
            given = [f"->{name}" in "".join(each.printed) for each in pair]
            refused = [refusal in each.printed for each in pair]
            assert sorted(given) == sorted(refused) == [False, True]
            assert given != refused


def test_no_server_is_one_sentence() -> None:
    """Without a NATS server the program ends with one sentence and exit code 1."""
    where = f"nats://127.0.0.1:{free_ports(1)[0]}"
    sentence = f"cannot use the cluster at {where}: Connection refused"
    assert_one_sentence(run("0", "--cluster", where), 1, sentence)


def test_two_journals_are_refused(tmp_path: Path) -> None:
    """A room has one journal."""
    done = run("0", "--cluster", "nats://127.0.0.1:1", "--journal", str(tmp_path / "room"))
    assert_one_sentence(done, 1, "--journal and --cluster both say where the room is kept: use one of them")


def test_two_nodes_of_one_name(tmp_path: Path, servers: NatsCluster) -> None:
    """The node that started last serves the room; the other ends with exit code 1 and the reason."""
    log = tmp_path / "first.log"
    with running_server("0", *arguments(servers, "a"), log=log) as first:
        first.prints("join with: .*")
        with node(tmp_path, servers, "a"):
            assert first.process.wait(timeout=30) == 1
    assert log.read_text(encoding="utf-8").splitlines()[-1] == "udpchat: the node a was started again elsewhere"


def test_a_node_is_restarted_within_its_lease(tmp_path: Path, servers: NatsCluster) -> None:
    """Its clients notice nothing: they keep their places, and /missed has the lines of the others."""
    with node(tmp_path, servers, "b") as other, clients(other.port, "nc.openbsd") as (far,):
        with node(tmp_path, servers, "a") as first, clients(first.port, "nc.openbsd") as (near,):
            rename(near, "near")
            rename(far, "far")
            before = listed(far)
            first.program.end()
            far.say("meanwhile")
            far.say("and again")
            far.prints("far: and again")
            with node(tmp_path, servers, "a", port=first.port):
                assert listed(near) == before == listed(far)
                near.say("/missed")
                near.prints(r"\[\d\d:\d\d\] far: and again")
                assert [line[8:] for line in near.printed if line.startswith("[")] == [
                    "far: meanwhile",
                    "far: and again",
                ]
                far.say("welcome back")
                near.prints("far: welcome back")
                near.say("thanks")
                far.prints("near: thanks")
        assert not any("disconnected" in line for line in far.printed)


def test_a_node_that_is_gone_for_good(tmp_path: Path, servers: NatsCluster) -> None:
    """After its lease the other clients read once, for each client of the node, that it has left."""
    with (
        node(tmp_path, servers, "b", "--node-lease", "3") as other,
        clients(other.port, "nc.openbsd") as (far,),
        running_server("0", *arguments(servers, "a", "--node-lease", "3")) as gone,
    ):
        gone.prints("join with: .*")
        with clients(port_of(gone), *KINDS) as near:
            names = [join(client) for client in near]
            far.say("hello")
            for client in near:
                client.prints(r"\w+: hello")
            gone.end(signal.SIGKILL)
            for name in names:
                far.prints(f"{name} has disconnected.")
        assert sum("disconnected" in line for line in far.printed) == len(names)
        assert listed(far).count(", ") == 0


def test_clients_over_tcp(tmp_path: Path, servers: NatsCluster) -> None:
    """They are members on all nodes. When their node starts again, their connections are gone, and so are they."""
    with node(tmp_path, servers, "b") as other, clients(other.port, "nc.openbsd") as (far,):
        rename(far, "far")
        with running_server("0", *arguments(servers, "a")) as killed:
            killed.prints("join with: .*")
            port = port_of(killed)
            with socket.create_connection(("127.0.0.1", port), 30) as near:
                near.sendall(b"/nick near\n")
                assert near.recv(1000).endswith(b"->near\n")
                far.say("hello")
                assert near.recv(1000) == b"far: hello\n"
                near.sendall(b"hi\n")
                far.prints("near: hi")
                killed.end(signal.SIGKILL)
        with node(tmp_path, servers, "a", port=port):
            far.prints(r"near has disconnected\.")
            assert listed(far).count(", ") == 0


def test_the_nats_server_is_killed(tmp_path: Path, servers: NatsCluster) -> None:
    """Senders read that their line was not sent, no client gets it, and the room goes on by itself afterwards."""
    impatient = ("--commit-timeout", "1")
    with (
        node(tmp_path, servers, "a", *impatient) as one,
        node(tmp_path, servers, "b", *impatient) as other,
        clients(one.port, "nc.openbsd") as (near,),
        clients(other.port, "nc.openbsd") as (far,),
    ):
        rename(near, "near")
        rename(far, "far")
        near.say("before")
        far.prints("near: before")
        servers.each[0].kill()
        near.say("lost")
        near.prints("error - the room is unreachable, your line was not sent")
        servers.each[0].start()

        def is_back() -> bool:
            count = len(near.printed)
            near.say("after")
            until(lambda: len(near.printed) > count)
            return near.printed[-1] == "near: after"

        until(is_back, lambda: near.printed)
        far.prints("near: after")  # its server is back too
        far.say("welcome")
        near.prints("far: welcome")
        far.prints("far: welcome")
        assert said(far) == said(near) == ["before", "after", "welcome"]


@pytest.mark.parametrize("disturb", ["kill", "hang"])
def test_the_end_does_not_wait_for_the_nats_server(tmp_path: Path, servers: NatsCluster, disturb: str) -> None:
    """SIGTERM ends a node with exit code 0 while the server is away."""
    with node(tmp_path, servers, "a", "--commit-timeout", "1") as one, clients(one.port, "nc.openbsd") as (near,):
        join(near)
        getattr(servers.each[0], disturb)()
        near.say("lost")
        near.prints("error - the room is unreachable, your line was not sent")
        near.say("lost too")


def test_a_nats_server_that_forbids_publishing(tmp_path: Path) -> None:
    """The log has the reason, and the node can be ended although it does not serve yet."""
    settings, log = tmp_path / "settings", tmp_path / "log"
    settings.write_text(
        'authorization: {users: [{user: a, password: b, permissions: {publish: {deny: "udpchat.>"}}}]}',
        encoding="ascii",
    )
    with nats_cluster(tmp_path, "--config", str(settings)) as servers:
        where = servers.urls.replace("//", "//a:b@")
        with running_server("0", *arguments(where, "a"), log=log) as program:
            until(lambda: "permissions violation for publish" in log.read_text(encoding="utf-8"))
            assert program.end() == 0
            assert program.printed == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_start_is_cancelled(tmp_path: Path, number: int) -> None:
    """Signals end a node that waits for a NATS server which does not answer."""
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        where = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        with running_server("0", *arguments(where, "a"), log=log) as program, silent.accept()[0]:
            assert program.end(number) == 0
    assert log.read_text(encoding="utf-8") == ""


# Serves a room without a cluster for a moment, and prints which libraries for clusters were imported.
ALONE = """
import os, signal, sys
from udpchat.app.server import serve
from udpchat.app.cli.server_command import server_command
serve.announce = lambda _: os.kill(os.getpid(), signal.SIGTERM)
server_command().main(["0"], standalone_mode=False)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"nats", "nkeys", "orjson", "tenacity"}))
"""


def test_without_a_cluster_its_libraries_are_not_imported() -> None:
    """A room on one server does not need them."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
