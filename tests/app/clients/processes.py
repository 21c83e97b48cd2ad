"""The server and its clients as processes, as users run them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import NoReturn

import attrs
import pytest

from tests.app.clients.template import Copy, start_copy
from tests.waiting import until
from udpchat.adapters.udp.sockets.listen import PORT_TRIES

# Each real client, as a user types it; UDP6 takes the address because not every machine resolves localhost to ::1.
NETCATS = {
    "nc.openbsd": "nc.openbsd -u localhost PORT",
    "nc.traditional": "nc.traditional -u localhost PORT",
    "ncat": "ncat -u localhost PORT",
    "socat UDP4": "socat - UDP4:localhost:PORT",
    "socat UDP6": "socat - UDP6:[::1]:PORT",
    "socat UDP": "socat - UDP:localhost:PORT",
}


def needs(program: str) -> None:
    """Skip the test where `program` is not installed, but fail it in CI, which installs everything."""
    if shutil.which(program) is None:
        lacking(f"{program} is not installed")


def needs_ipv6() -> None:
    """As `needs`, for a machine without IPv6."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            lacking("there is no IPv6 on this machine")


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and CI skips nothing")
    pytest.skip(what)


def free_port(*hosts: str) -> int:
    """Return a port that was free for UDP and TCP on all of these addresses a moment ago."""
    for left in reversed(range(PORT_TRIES)):
        port = 0
        with ExitStack() as stack:
            try:
                for host, kind in product(hosts, (socket.SOCK_DGRAM, socket.SOCK_STREAM)):
                    probe = stack.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind))
                    probe.bind((host, port))
                    port = int(probe.getsockname()[1])
            except OSError:
                if not left:
                    raise
            else:
                return port
    raise AssertionError  # the last round returns, or raises


@attrs.define(eq=False)
class Program:
    """A running program: its standard input takes lines, and a thread keeps what it prints."""

    process: subprocess.Popen[bytes] | Copy
    printed: list[str] = attrs.field(factory=list, init=False)
    _reader: threading.Thread = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line.decode().removesuffix("\n"))

    def say(self, line: str | bytes) -> None:
        """Type a line."""
        assert self.process.stdin
        self.process.stdin.write((line.encode() if isinstance(line, str) else line) + b"\n")
        self.process.stdin.flush()

    def prints(self, line: str) -> None:
        """Wait until a line that `line`, a regular expression, matches whole has been printed."""
        until(lambda: any(re.fullmatch(line, each) for each in list(self.printed)), lambda: f"{line} in {self.printed}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """End the program by a signal, and by force what it started; return its exit code."""
        self.process.send_signal(number)  # which does nothing if it has ended already
        try:
            code = self.process.wait(timeout=30)
        finally:
            with suppress(ProcessLookupError):  # a shell may have left others in the group
                os.killpg(self.process.pid, signal.SIGKILL)
        self._reader.join(timeout=30)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        return code


def port_of(server: Program) -> int:
    """Return the port that a server prints when it has started."""
    found = re.search(r"nc -u \S+ ([0-9]+)", server.printed[1])
    assert found
    return int(found[1])


def start(command: Sequence[str], log: Path | None = None) -> Program:
    """Start a program; what it prints to standard error goes to the file `log`."""
    with open(log or os.devnull, "wb") as stderr:  # noqa: PTH123 - os.devnull is no Path
        return Program(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        )


def start_server(*arguments: str, log: Path | None = None) -> Program:
    """Start a copy of the program (see `template`); its standard error goes to the file `log`."""
    with open(log or os.devnull, "wb") as stderr:  # noqa: PTH123 - os.devnull is no Path
        return Program(start_copy(arguments, stderr))


@contextmanager
def running(command: Sequence[str], log: Path | None = None) -> Iterator[Program]:
    """Run a program, which is ended by force if it has not been by then."""
    with _until_the_end(start(command, log)) as program:
        yield program


@contextmanager
def running_server(*arguments: str, log: Path | None = None) -> Iterator[Program]:
    """As `running`, for a copy of the program."""
    with _until_the_end(start_server(*arguments, log=log)) as program:
        yield program


@contextmanager
def _until_the_end(program: Program) -> Iterator[Program]:
    try:
        yield program
    finally:
        program.end(signal.SIGKILL)


@attrs.define(eq=False)
class Server:
    """A running server, where it listens, and its log."""

    program: Program
    port: int
    log: Path

    def logged(self) -> str:
        """Return what it has logged."""
        return self.log.read_text(encoding="utf-8")


SERVE = (sys.executable, "-m", "udpchat.app")  # where a test needs the start itself, or another program starts it


@contextmanager
def serving(tmp_path: Path, *arguments: str, command: Sequence[str] = (), port: int = 0) -> Iterator[Server]:
    """Run a server, on a free port by default; it must end with exit code 0 and without a traceback.

    It is started by `command`; by default, it is a copy of the program.
    """
    log = tmp_path / "server.log"
    words = str(port), *arguments
    program = start([*command, *words], log=log) if command else start_server(*words, log=log)
    try:
        program.prints(r"(join with|join here): .*")
        port = port_of(program)
        yield Server(program, port, log)
    except BaseException:
        print(log.read_text(encoding="utf-8"))  # noqa: T201 - pytest shows it beside the failure
        raise
    finally:
        code = program.end()
    assert code == 0
    assert "Traceback" not in log.read_text(encoding="utf-8")


@contextmanager
def clients(port: int, *kinds: str) -> Iterator[list[Program]]:
    """Run one client of each kind; each must still run at the end."""
    commands = [NETCATS[kind].replace("PORT", str(port)).split() for kind in kinds]
    for command in commands:
        needs(command[0])
    if "socat UDP6" in kinds:
        needs_ipv6()
    programs = [start(command) for command in commands]
    try:
        yield programs
        assert [program.process.poll() for program in programs] == [None] * len(programs)
    finally:
        for program in programs:
            program.end(signal.SIGKILL)


def join(client: Program) -> str:
    """Say the first message, wait for its echo and return the nickname in front."""
    before = len(client.printed)
    client.say("initial message")
    until(lambda: len(client.printed) > before)
    nickname, said = client.printed[before].split(": ")
    assert said == "initial message"
    return nickname
