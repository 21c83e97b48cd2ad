"""Real clients over TCP, in one room with others over UDP."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.cli.command import in_process
from tests.app.clients.processes import NETCATS, Program, Server, join, needs, port_of, running, running_server, serving
from tests.app.clients.talking import assert_still_talking

KINDS = {
    "nc.openbsd": "nc.openbsd 127.0.0.1 PORT",
    "nc.traditional": "nc.traditional 127.0.0.1 PORT",
    "ncat": "ncat 127.0.0.1 PORT",
    "socat": "socat - TCP:127.0.0.1:PORT",
}
GREETING = "you are (.{5}), type /help for what you can do"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a running server."""
    with serving(tmp_path) as running_server:
        yield running_server


def connected(server: Server) -> socket.socket:
    """Return a connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def test_all_netcats_in_one_room(server: Server) -> None:
    """Each netcat over TCP and over UDP says a line, and all read all lines."""
    with ExitStack() as stack:
        programs: list[Program] = []
        for command in (*KINDS.values(), NETCATS["nc.openbsd"], NETCATS["ncat"]):
            needs(command.split()[0])
            programs.append(stack.enter_context(running(command.replace("PORT", str(server.port)).split())))
        names = [join(program) for program in programs]
        for number, program in enumerate(programs):
            program.say(f"line {number}")
        for program in programs:
            for number, name in enumerate(names):
                program.prints(f"{name}: line {number}")


@pytest.mark.parametrize("kind", KINDS)
def test_one_who_says_nothing(server: Server, kind: str) -> None:
    """A netcat that only connects is greeted, reads the room, reads its farewell, and is gone when it ends."""
    needs(KINDS[kind].split()[0])
    with connected(server) as other, running(KINDS[kind].replace("PORT", str(server.port)).split()) as silent:
        silent.prints(GREETING)
        other.sendall(b"hello\n")
        silent.prints(".{5}: hello")
        silent.say("/nick client")
        silent.prints("new nickname set .{5}->client")
        silent.say("/quit")
        silent.prints(r"you have been disconnected\.")
        text = b""
        while b"client has disconnected." not in text:
            text += other.recv(1000)


def test_one_who_ends_is_gone(server: Server) -> None:
    """A netcat that is killed leaves at once, with the sentence that others read of a netcat over UDP."""
    needs("nc.openbsd")
    with connected(server) as other, running(KINDS["nc.openbsd"].replace("PORT", str(server.port)).split()) as client:
        other.sendall(b"hello\n")
        name = join(client)
        client.end(signal.SIGKILL)
        text = b""
        while f"{name} has disconnected.\n".encode() not in text:
            text += other.recv(1000)


@pytest.mark.parametrize(
    "command", ["nc.openbsd -N 127.0.0.1 PORT", "nc.traditional -q 5 127.0.0.1 PORT", "ncat 127.0.0.1 PORT",
                "socat -t 5 - TCP:127.0.0.1:PORT"], ids=lambda command: command.split()[0]
)  # fmt: skip
def test_a_line_from_a_script(server: Server, command: str) -> None:
    """A script that sends a line and ends its half reads the answer, and then the connection ends."""
    needs(command.split(maxsplit=1)[0])
    done = subprocess.run(
        command.replace("PORT", str(server.port)).split(),
        input=b"/list",
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.startswith(b"showing connected clients: 127.0.0.1:")


def test_a_line_that_is_too_long(server: Server) -> None:
    """Its sender reads the same error as over UDP, and goes on; the rest of the line is skipped."""
    with connected(server) as client:
        client.sendall(b"hello\n")
        assert client.recv(1000).endswith(b": hello\n")
        client.sendall(b"x" * 8000)
        client.sendall(b"y" * 1_000_000)
        answer = client.recv(1000)
        assert answer.startswith(b"error - line too long: ")
        assert answer.endswith(b" bytes, the limit is 8000\n")
        client.sendall(b"z\nafter\n")
        assert client.recv(1000).endswith(b": after\n")


def test_telnet(server: Server) -> None:
    """What telnet negotiates is not said, and its line end is one."""
    with connected(server) as client:
        client.sendall(b"\xff\xfd\x03\xff\xfb\x18hello\r\n")
        assert client.recv(1000).endswith(b": hello\n")


def test_sigterm(tmp_path: Path) -> None:
    """When the server ends, connections end with a sentence."""
    with serving(tmp_path) as server:
        client = connected(server)
        client.sendall(b"hello\n")
        assert client.recv(1000).endswith(b": hello\n")
    with client:
        assert client.recv(1000) == b"error - the server ends, connect again in a moment\n"
        assert client.recv(1000) == b""


def test_a_slow_reader_slows_nobody(tmp_path: Path) -> None:
    """One that does not read is ended with a sentence; those over TCP and UDP hear each line meanwhile, in order."""
    settings = ("--rate", "0", "--prefix-rate", "0", "--server-rate", "0", "--max-datagram", "8000")
    with (
        serving(tmp_path, *settings) as server,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as slow,
        connected(server) as quick,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as over_udp,
    ):
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(30)
        slow.connect(("127.0.0.1", server.port))
        over_udp.settimeout(30)
        over_udp.connect(("127.0.0.1", server.port))
        over_udp.send(b"/nick udp\n")
        assert over_udp.recv(1000).endswith(b"->udp\n")
        slow.sendall(b"/nick slow\n")
        assert over_udp.recv(1000).endswith(b" to slow\n")
        quick.sendall(b"/nick quick\n")
        assert over_udp.recv(1000).endswith(b" to quick\n")
        heard = quick.makefile("rb")
        assert heard.readline().endswith(b"->quick\n")
        said: list[bytes] = []
        got: dict[str, list[bytes]] = {"tcp": [], "udp": []}
        while got["tcp"] == said:  # until the slow one has disconnected
            assert len(said) < 2000
            said.append(b"quick: %07000d\n" % len(said))
            quick.sendall(said[-1].removeprefix(b"quick: "))
            while said[-1] not in got["tcp"]:
                got["tcp"].append(heard.readline())
            while said[-1] not in got["udp"]:
                got["udp"] += over_udp.recv(65_536).splitlines(keepends=True)
        left = b"slow has disconnected.\n"
        for lines in got.values():
            assert [each for each in lines if each != left] == said
        *read, last = slow.makefile("rb").read().splitlines(keepends=True)
        assert last == b"error - you read too slowly, connect again\n"
        assert read[2:] == said[: len(read) - 2]  # behind its name and that of the other


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_members_of_the_server_before(tmp_path: Path, number: int) -> None:
    """Whoever had a connection has left when the server starts again with its journal; others read so, and stay."""
    journal = ("--journal", str(tmp_path / "journal"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as over_udp:
        over_udp.settimeout(30)
        with running_server("0", *journal) as before:
            before.prints("join with: .*")
            port = port_of(before)
            over_udp.connect(("127.0.0.1", port))
            over_udp.send(b"/nick stays\n")
            assert b"->stays\n" in over_udp.recv(1000)
            with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
                client.sendall(b"/nick goes\n")
                assert b"->goes\n" in client.recv(1000)
                assert over_udp.recv(1000).endswith(b" changed their nickname to goes\n")
                before.end(number)
        with serving(tmp_path, *journal, port=port) as again, connected(again) as client:
            assert over_udp.recv(1000) == b"goes has disconnected.\n"
            client.sendall(b"/list\n")
            assert b":stays, 127.0.0.1:" in client.recv(1000)


def test_a_port_that_is_taken_for_tcp(tmp_path: Path) -> None:
    """Then the server says so in its log, and serves UDP alone; so it does with --tcp no."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with serving(tmp_path, port=port) as server:
            assert "cannot listen for TCP, UDP alone" in server.logged()
            assert server.program.printed[1] == f"join with:  nc -u localhost {port}"
            assert_still_talking(server)
    with serving(tmp_path, "--tcp", "no") as server:
        assert "cannot listen" not in server.logged()
        with pytest.raises(ConnectionRefusedError):
            connected(server)


def test_a_key(tmp_path: Path) -> None:
    """With a key, one over TCP is asked for it and for no code, and its connection stays until it types it."""
    key = tmp_path / "key"
    key.write_text("swordfish\n")
    key.chmod(0o600)
    with serving(tmp_path, "--key-file", str(key), "--admission", "code") as server, connected(server) as client:
        client.sendall(b"hi\n")
        assert client.recv(1000) == b"to join, type: /enter KEY\nerror - your line was not sent\n"
        client.sendall(b"/enter wrong\n")
        assert client.recv(1000) == b"error - wrong key, type: /enter KEY\n"
        client.sendall(b"/enter swordfish\n")
        assert client.recv(1000).startswith(b"you are in the room as ")


def test_no_code(tmp_path: Path) -> None:
    """Where each stranger must send a code, one that has a connection need not."""
    with serving(tmp_path, "--admission", "code") as server, connected(server) as client:
        client.sendall(b"hello\n")
        assert client.recv(1000).endswith(b": hello\n")


def test_a_full_room(tmp_path: Path) -> None:
    """One that is not let in reads why, and its connection ends."""
    with serving(tmp_path, "--max-clients", "1") as server, connected(server) as one, connected(server) as other:
        one.sendall(b"hello\n")
        assert one.recv(1000).endswith(b": hello\n")
        other.sendall(b"hello\n")
        assert other.recv(1000) == b"error - the room is full\n"
        assert other.recv(1000) == b""


def test_many_that_join_at_once(tmp_path: Path) -> None:
    """Those for which there is no budget read so, keep their connection, and come in when they try again."""
    with serving(tmp_path, "--join-rate", "1", "--code-rate", "1") as server, ExitStack() as stack:
        joined = refused = 0
        for _ in range(20):
            client = stack.enter_context(connected(server))
            client.sendall(b"/nick\n")
            client.settimeout(0.2)
            try:
                answer = client.recv(1000)
            except TimeoutError:
                refused += 1
                continue
            joined += b"nickname" in answer
            refused += answer == b"error - too many clients are joining, wait a moment and say something\n"
        assert joined + refused == 20
        assert 12 <= joined < 20


def test_both_families(server: Server) -> None:
    """The server listens for TCP where it does for UDP."""
    with socket.create_connection(("localhost", server.port), timeout=30) as client:
        client.sendall(b"hello\n")
        assert client.recv(1000).endswith(b": hello\n")


def test_kicked_out(tmp_path: Path) -> None:
    """One that is banned reads so, and its connection ends."""
    admin = tmp_path / "admin"
    with serving(tmp_path, "--admin", str(admin)) as server, connected(server) as client:
        client.sendall(b"/nick client\n")
        assert b"->client" in client.recv(1000)
        in_process("admin", "--admin", str(admin), "ban", "client", "1h")
        text = b""
        while piece := client.recv(1000):
            text += piece
        assert text == b"server banned you for 1 hour\nyou have been disconnected.\n"
