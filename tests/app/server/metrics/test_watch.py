"""A server that is watched, from its start to its end, and one that cannot be."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest
from structlog.testing import capture_logs

from tests.app.cli.command import assert_one_sentence, run, start_and_run
from tests.app.clients.processes import Server, serving
from tests.app.clients.talking import assert_still_talking, sockets
from tests.app.server.cluster import node
from tests.nats_servers import NatsCluster
from tests.room import Room
from tests.waiting import until
from udpchat.adapters.journal.errors import JournalError, Stale
from udpchat.adapters.metrics.errors import MetricsError
from udpchat.app.server.metrics.watch import Watch
from udpchat.app.server.storage import Figures

ANY = "127.0.0.1:0"


def url_of(server: Server) -> str:
    """Return where a server says that its metrics are, without `/metrics`."""
    until(lambda: '"event": "metrics"' in server.logged(), server.logged)
    found = re.search(r'"url": "(http://127\.0\.0\.1:\d+)/metrics"', server.logged())
    assert found
    return found[1]


def ask(url: str) -> tuple[int, str]:
    """Return the status and the content of a page."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - of this machine
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.read().decode()


def value(url: str, name: str) -> float:
    """Return the value of a metric, 0 if it is not there."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", ask(f"{url}/metrics")[1], re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_conversation_is_counted(tmp_path: Path) -> None:
    """Clients, lines, deliveries, bytes, commits and the journal are counted; the log has one line about it."""
    with serving(tmp_path, "--metrics", ANY, "--journal", str(tmp_path / "room.journal")) as server:
        url = url_of(server)
        with sockets(server, 2) as (one, two):
            one.send(b"hello\n")
            one.recv(9000)
            two.send(b"hello two\n")
            two.recv(9000)
            size = len(one.recv(9000))
            assert size
            assert value(url, 'udpchat_clients{carrier="udp"}') == 2
            assert value(url, "udpchat_lines_total") == 2
            assert value(url, 'udpchat_deliveries_total{carrier="udp"}') >= 3
            assert value(url, 'udpchat_sent_bytes_total{carrier="udp"}') >= 3 * len(b"abcde: hello\n")
            assert value(url, "udpchat_turn_duration_seconds_count") >= 2
            assert value(url, "udpchat_commit_duration_seconds_count") >= 2
            assert value(url, "udpchat_journal_lost") == 0
            until(lambda: value(url, "udpchat_journal_size_bytes") > 10_000)
        assert ask(f"{url}/healthz") == (200, "the server is alive\n")
        assert ask(f"{url}/readyz") == (200, "the server is ready\n")
    assert "warning" not in server.logged()


def test_scrapes_hurt_nobody(tmp_path: Path) -> None:
    """While connections hang and others ask for metrics, people talk, and the server ends in order."""
    with serving(tmp_path, "--metrics", ANY) as server:
        host, port = url_of(server).removeprefix("http://").split(":")
        hanging = [socket.create_connection((host, int(port)), timeout=30) for _ in range(20)]
        for each in hanging[::2]:
            each.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n")
        assert_still_talking(server)
        server.program.process.send_signal(signal.SIGTERM)
        assert server.program.process.wait(timeout=30) == 0
        for each in hanging:
            each.close()


def test_a_server_that_is_not_watched(tmp_path: Path) -> None:
    """Without the setting it listens nowhere for HTTP, has one thread, and loads neither the library nor HTTP."""
    with serving(tmp_path) as server:
        status = Path(f"/proc/{server.program.process.pid}/status").read_text(encoding="ascii")
        assert re.search(r"^Threads:\s+1$", status, re.MULTILINE)
    assert "metrics" not in server.logged()
    found = "print([m for m in ('prometheus_client', 'wsgiref', 'http.server') if m in sys.modules])"
    done = start_and_run(
        prefix=(sys.executable, "-c", f"import sys, udpchat.app.cli.main, udpchat.app.server.serve; {found}")
    )
    assert done.stdout == "[]\n"


def test_every_other_machine(tmp_path: Path) -> None:
    """Beyond loopback there is a warning that says what can be read."""
    with serving(tmp_path, "--metrics", "0.0.0.0:0") as server:
        until(lambda: "how much is said" in server.logged(), server.logged)
        assert '"level": "warning"' in server.logged()


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    """The start ends with a sentence, before the room is opened."""
    journal = tmp_path / "journal"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("0", "--metrics", at, "--journal", str(journal))
    assert_one_sentence(done, 1, f"cannot serve metrics at {at}: Address already in use; name another address with")
    assert not journal.exists()


def test_an_address_that_is_wrong() -> None:
    """The sentence has the option, the value and an example; it is wrong usage."""
    sentence = "Invalid value for --metrics: '9464' is no address for metrics: use an IP address"
    assert_one_sentence(run("0", "--metrics", "9464"), 2, sentence)
    assert_one_sentence(run("0", UDPCHAT_METRICS="9464"), 2, sentence.replace("--metrics", "UDPCHAT_METRICS"))


def test_without_the_extra(tmp_path: Path) -> None:
    """The sentence says what to install."""
    (tmp_path / "prometheus_client.py").write_text(
        "raise ModuleNotFoundError('missing', name='prometheus_client')\n", encoding="ascii"
    )
    done = start_and_run("0", "--metrics", ANY, PYTHONPATH=f"{tmp_path}:{':'.join(sys.path)}")
    assert_one_sentence(done, 1, "--metrics needs the package prometheus_client: pip install 'udpchat[metrics]'")


@asynccontextmanager
async def watching() -> AsyncIterator[tuple[Watch, str]]:
    """Give what watches no room yet, and where it can be asked."""
    watch = Watch()
    with capture_logs() as logs:
        watch.open(ANY)
    try:
        yield watch, logs[0]["url"].removesuffix("/metrics")
    finally:
        watch.close()


async def test_a_room_that_is_not_open() -> None:
    """Before a room is recovered and after it ends, the server is alive and not ready, and shows little."""
    async with watching() as (watch, url):
        for _ in range(2):
            assert await asyncio.to_thread(ask, f"{url}/healthz") == (200, "the server is alive\n")
            assert await asyncio.to_thread(ask, f"{url}/readyz") == (503, "the room is not open\n")
            assert "udpchat_ready 0.0" in (await asyncio.to_thread(ask, f"{url}/metrics"))[1]
            async with watch.looking_at(Room().hub, storage()):
                assert (await asyncio.to_thread(ask, f"{url}/readyz"))[0] == 200
                assert "udpchat_ready 1.0" in (await asyncio.to_thread(ask, f"{url}/metrics"))[1]


async def test_what_makes_a_room_not_ready() -> None:
    """A journal that is full, one that has ended, and a node that is not in step with its log."""
    room = Room()
    async with watching() as (watch, _):
        async with watch.looking_at(room.hub, storage(in_step=False)):
            assert watch.obstacle() == "this node is not in step with the log of the cluster"
        async with watch.looking_at(room.hub, storage(Stale("of a reason"))):
            assert watch.obstacle() == "the room ends: of a reason"
        async with watch.looking_at(room.hub, storage()):
            assert watch.obstacle() == ""
            room.hub.journal.full = True  # type: ignore[misc]  # the journal in memory lets it be set
            assert watch.obstacle().startswith("the journal is full")


async def test_no_room_is_kept_alive() -> None:
    """After a room has ended, and if it ends by an error, it is not looked at any more."""
    watch = Watch()
    with pytest.raises(JournalError):
        async with watch.looking_at(Room().hub, storage()):
            raise JournalError
    assert watch.obstacle() == "the room is not open"


def storage(ended: JournalError | None = None, *, in_step: bool = True) -> Mock:
    """Return a `Storage` that has ended or not."""
    return Mock(ended=ended, figures=lambda: Figures(in_step=in_step))


async def test_a_watch_without_an_address() -> None:
    """It opens nothing, measures nothing, and can be closed."""
    watch = Watch()
    watch.open("")
    assert watch.meter is None
    assert [reading.family.name for reading in watch.readings()] == ["udpchat_build_info", "udpchat_ready"]
    watch.close()


async def test_an_address_that_this_machine_does_not_have() -> None:
    """Nothing is left behind."""
    watch = Watch()
    with pytest.raises(MetricsError):
        watch.open("192.0.2.1:9464")
    assert watch.meter is None
    watch.close()


def test_a_node_of_a_cluster(tmp_path: Path, servers: NatsCluster) -> None:
    """It shows its cluster. While the log does not answer, it is not ready and its lag grows; then it is ready."""
    with node(tmp_path, servers, "a", "--metrics", ANY, "--node-lease", "3") as server:
        url = url_of(server)
        until(lambda: ask(f"{url}/readyz")[0] == 200)
        assert value(url, 'udpchat_cluster_clients{node="a"}') == 0
        assert "udpchat_cluster_lag_seconds " in ask(f"{url}/metrics")[1]
        servers.each[0].hang()
        try:
            until(lambda: ask(f"{url}/readyz")[0] == 503)
            assert ask(f"{url}/readyz")[1] == "this node is not in step with the log of the cluster\n"
            assert ask(f"{url}/healthz")[0] == 200
            until(lambda: value(url, "udpchat_cluster_lag_seconds") > 2)
        finally:
            servers.each[0].go_on()
        until(lambda: ask(f"{url}/readyz")[0] == 200)
        assert value(url, "udpchat_cluster_lag_seconds") < 2
