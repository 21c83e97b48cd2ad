"""A process that has imported the program and makes copies of itself: a copy starts in a fifth of the time.

A copy is a process as any other. It has its own arguments, environment, folder, streams and session, runs the same
`main`, and receives signals. Only the imports are done already, and at its end it leaves its memory to the system. So a
test of signals that come early, of little memory, of missing packages or of variables that Python reads starts the
program by its command.
"""

from __future__ import annotations

import atexit
import gc
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from pkgutil import walk_packages
from threading import Lock
from typing import IO

import attrs
from coverage import process_startup

import udpchat
from udpchat.app.__main__ import main

_FIRST_CALL = Lock()  # several threads may make it
STREAMS = 3  # standard input, output and error


@attrs.frozen
class Request:
    """What a copy is to run, and where."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    folder: str


@attrs.define(eq=False)
class Copy:
    """A copy that runs, or did, in the words of `subprocess.Popen`."""

    pid: int
    stdin: IO[bytes]
    stdout: IO[bytes] | None
    _template: Template
    _life: Connection  # at its end when the process has ended
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Return the exit code, or minus the number of a signal; raise `TimeoutExpired` after so many seconds."""
        if self.returncode is None:
            if not self._life.poll(timeout):
                raise subprocess.TimeoutExpired("udpchat", timeout)
            self.returncode = self._template.exit_code(self.pid)
            self._life.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


@attrs.define(eq=False)
class Template:
    """The test's end of the process that makes copies. Threads may share it."""

    _process: subprocess.Popen[bytes]
    _requests: Connection
    _lock: Lock = attrs.field(factory=Lock, init=False)

    def start(self, request: Request, *handles: int) -> int:
        """Start a copy that has these descriptors; return its process number."""
        with self._lock:
            self._requests.send(request)
            for handle in handles:
                send_handle(self._requests, handle, self._process.pid)
            return int(self._requests.recv())

    def exit_code(self, pid: int) -> int:
        """Return the exit code of a copy that ends, and let its number go."""
        with self._lock:
            self._requests.send(pid)
            return int(self._requests.recv())

    def close(self) -> None:
        """End the process. Its copies go on."""
        self._requests.close()
        self._process.wait()


def template() -> Template:
    """Return the template of this process; the first call starts it."""
    with _FIRST_CALL:
        return _only_one()


@cache
def _only_one() -> Template:
    ours, theirs = Pipe()
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        started = subprocess.Popen(
            command,
            env={
                name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")
            },  # a copy has them
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    made = Template(started, ours)
    atexit.register(made.close)
    return made


def start_copy(arguments: tuple[str, ...], stderr: IO[bytes], stdout: IO[bytes] | None = None, **env: str) -> Copy:
    """Run the program with these arguments, in this environment and `env`. Its standard output is a pipe by default."""
    request = Request(arguments, {**os.environ, **env}, str(Path.cwd()))
    life, ended = Pipe(duplex=False)
    inside, typing = os.pipe()
    printed, outside = (None, os.dup(stdout.fileno())) if stdout else os.pipe()
    try:
        pid = template().start(request, inside, outside, stderr.fileno(), ended.fileno())
    finally:
        ended.close()
        os.close(inside)
        os.close(outside)
    return Copy(pid, os.fdopen(typing, "wb"), None if printed is None else os.fdopen(printed, "rb"), template(), life)


def serve_requests(requests: Connection) -> None:
    """Start copies and tell how they ended, until nobody asks any more. It returns in each copy, too."""
    while True:
        try:
            request = requests.recv()
        except EOFError:
            return
        if isinstance(request, int):
            _, status = os.waitpid(request, 0)
            requests.send(os.waitstatus_to_exitcode(status))
            continue
        handles = [recv_handle(requests) for _ in range(STREAMS + 1)]
        pid = os.fork()
        if not pid:
            requests.close()
            run(request, handles)
            return
        requests.send(pid)
        for handle in handles:
            os.close(handle)


def run(request: Request, handles: list[int]) -> None:
    """Be the program."""
    os.setsid()
    for number, handle in enumerate(handles[:STREAMS]):
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.environ.clear()
    os.environ.update(request.environment)
    os.chdir(request.folder)
    sys.argv = ["udpchat", *request.arguments]
    ending = Ending()
    atexit.register(ending.leave)  # it runs last, because it is the first
    process_startup()
    try:
        main()
    except SystemExit as exc:
        ending.code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
        raise
    ending.code = 0


@attrs.define
class Ending:
    """The end of a copy. Python would free all that the template has imported, which takes three times a start."""

    code: int = 1  # of an exception

    def leave(self) -> None:
        """End this process, after all that Python does at its end but for freeing memory."""
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.code)


def import_all() -> None:
    """Import all modules of the program, which is what takes long; what a server imports late, too."""
    for found in walk_packages(udpchat.__path__, f"{udpchat.__name__}."):
        if found.name.rpartition(".")[2] != "__main__":
            import_module(found.name)


if __name__ == "__main__":
    import_all()
    gc.collect()
    gc.freeze()  # or each copy would write to all objects when it ends
    serve_requests(Connection(int(sys.argv[1])))
