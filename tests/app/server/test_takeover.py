"""The address of a dead server moves to another machine, which takes over its clients."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.app.clients.namespaces import Host, switched_hosts
from tests.app.clients.processes import SERVE, needs, running
from tests.app.server.cluster import arguments, listed, node, rename, said
from tests.nats_servers import NatsCluster, NatsServer
from tests.waiting import until

SERVICE = "198.51.100.100"  # RFC 5737: the address that moves
PORT = 12_000
OPEN = ("--admission", "open")  # otherwise clients with such addresses must enter a code


@contextmanager
def nats_on(host: Host, folder: Path) -> Iterator[NatsCluster]:
    """Run a NATS server on a host."""
    needs("nats-server")
    server = NatsServer(folder, "nats", 4222, 8222, address=host.address, inside=host.inside)
    server.start()
    try:
        until(lambda: server.started)
        yield NatsCluster([server])
    finally:
        server.kill()


def test_a_netcat_does_not_notice_that_its_server_moved(tmp_path: Path) -> None:
    """It keeps its nickname and its place in /list; it gets each line of the others at once, or in /missed."""
    needs("nc.openbsd")
    with (
        switched_hosts(4) as (users, first, second, keeper),
        nats_on(keeper, tmp_path) as servers,
        node(tmp_path, servers, "c", "--host", second.address, *OPEN, command=[*second.inside, *SERVE]) as other,
    ):
        first.ip("address", "add", f"{SERVICE}/24", "dev", "cable")
        serve = [str(PORT), *arguments(servers, "a", "--host", SERVICE, *OPEN)]
        with (
            running([*first.inside, *SERVE, *serve]) as gone,
            running([*users.inside, "nc.openbsd", "-u", second.address, str(other.port)]) as far,
            running([*users.inside, "nc.openbsd", "-u", SERVICE, str(PORT)]) as near,
        ):
            gone.prints("join with: .*")
            rename(near, "near")
            rename(far, "far")
            everybody = listed(far)
            assert [entry.rpartition(":")[2] for entry in everybody.split(", ")] == ["near", "far"]
            near.say("before")
            near.prints("near: before")  # otherwise it may not be sent when the server is killed

            gone.end(signal.SIGKILL)
            first.ip("address", "delete", f"{SERVICE}/24", "dev", "cable")
            lines = ["in between"]
            far.say(lines[0])
            far.prints("far: in between")

            second.ip("address", "add", f"{SERVICE}/24", "dev", "cable")
            users.ip("neighbour", "flush", "all")  # as an announcement of the address does (RFC 5227)
            moved = node(
                tmp_path,
                servers,
                "b",
                *("--host", SERVICE, "--takes-over", "a", *OPEN),
                command=[*second.inside, *SERVE],
                port=PORT,
            )
            with moved:

                def hears() -> bool:
                    lines.append(f"line {len(lines)}")
                    far.say(lines[-1])
                    far.prints(f"far: {lines[-1]}")
                    return said(near)[1:] != []

                until(hears)  # true when all nodes know that the clients have moved
                near.say("thanks")
                far.prints("near: thanks")
                assert listed(near) == listed(far) == everybody
                near.say("/missed")
                near.prints(r"\[\d\d:\d\d\] far: in between")
                near.say("end")
                near.prints("near: end")
                assert near.process.poll() is None
                missed = [line.partition("far: ")[2] for line in near.printed if re.match(r"\[..:..\] far: ", line)]
                assert missed + said(near)[1:-2] == lines
                assert (said(near)[0], said(near)[-2:]) == ("before", ["thanks", "end"])
            assert not any("disconnected" in line or "error" in line for line in [*near.printed, *far.printed])
