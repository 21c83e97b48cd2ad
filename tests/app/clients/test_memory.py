"""A server whose memory runs out (`ulimit -v`), as a real process: it serves, or it ends in order."""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.app.clients.processes import SERVE, Program, port_of, start
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit a process that runs")

MIB = 1 << 20
OPEN = ("--rate", "0", "--prefix-rate", "0", "--server-rate", "0", "--history-keep", "1000000")
OUT_OF_MEMORY = r"udpchat: out of memory: the server ended.*"
LINE = "x" * 1000
MAX_CLIENTS = 100


def address_space(program: Program) -> int:
    """Return the bytes of address space that a process has."""
    status = Path(f"/proc/{program.process.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmSize:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def talk_until_it_ends(program: Program, port: int) -> list[str]:
    """Let ever new clients join and talk until the server has ended; return what the first one heard."""
    heard: list[str] = []
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * MIB)
        listener.connect(("127.0.0.1", port))
        for number in range(10_000):
            client = listener
            if number < MAX_CLIENTS:
                client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                client.connect(("127.0.0.1", port))
            with suppress(ConnectionRefusedError, BlockingIOError):
                client.send("".join(f"{number} {place} {LINE}\n" for place in range(30)).encode())
                listener.send(f"{number}\n/list\n".encode())
                until(lambda number=number: hears(listener, heard, number) or program.process.poll() is not None)  # type: ignore[misc]
            if program.process.poll() is not None:
                return heard
    raise AssertionError("the server has all the memory it wants")


def hears(listener: socket.socket, heard: list[str], number: int) -> bool:
    """Add what the listener heard, and return whether it heard its line of this number."""
    with suppress(BlockingIOError):
        while True:
            heard += listener.recv(70_000, socket.MSG_DONTWAIT).decode().splitlines()
    return any(line.endswith(f": {number}") for line in heard[-100:])


@pytest.mark.parametrize("headroom", [1, 3], ids="{} MiB".format)
def test_the_server_ends_in_order(tmp_path: Path, headroom: int) -> None:
    """Out of memory, it ends with a sentence and exit code 1; the journal is whole and has all that anybody heard."""
    journal, log = tmp_path / "room.db", tmp_path / "log"
    program = start([*SERVE, "0", *OPEN, "--admin", "no", "--log-level", "error", "--journal", str(journal)], log)
    program.prints(r"(join with|join here): .*")
    limit = address_space(program) + headroom * MIB
    resource.prlimit(program.process.pid, resource.RLIMIT_AS, (limit, limit))
    heard = talk_until_it_ends(program, port_of(program))
    assert program.end() == 1
    errors = log.read_text(encoding="utf-8").splitlines()
    assert len(errors) == 1
    assert re.fullmatch(OUT_OF_MEMORY, errors[0])
    udpchat = [sys.executable, "-m", "udpchat.app"]
    subprocess.run([*udpchat, "journal", "check", str(journal)], check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run([*udpchat, "journal", "show", str(journal)], check=True, capture_output=True, text=True)
    said = {line.partition(": ")[2] for line in heard if ": " in line and not line.startswith("showing")}
    assert len(said) > 1
    assert not [line for line in said if line not in shown.stdout]


def test_starts_with_little_memory(tmp_path: Path) -> None:
    """At any limit a server starts, or it ends with one sentence."""
    enough = start([*SERVE, "0"])
    enough.prints(r"(join with|join here): .*")
    most = address_space(enough) + 40 * MIB
    assert enough.end() == 0
    least = 20 * MIB  # Python itself needs as much
    while most - least > 4 * MIB:
        limit, log = (least + most) // 2, tmp_path / "log"
        program = start(["sh", "-c", f"ulimit -v {limit // 1024}; exec {' '.join(SERVE)} 0"], log)
        until(lambda program=program: program.process.poll() is not None or len(program.printed) > 1)  # type: ignore[misc]
        code = program.end()
        errors = log.read_text(encoding="utf-8")
        if program.printed:
            most = limit
        else:
            assert (code, bool(re.fullmatch(r"udpchat: out of memory.*\n", errors))) == (1, True), errors
            least = limit
