"""The command line, as a newcomer meets it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import udpchat
from tests.app.clients.processes import SERVE, needs, needs_ipv6, running, serving
from tests.waiting import until
from udpchat.app.cli import command_line
from udpchat.app.server import serve
from udpchat.app.settings import Settings
from udpchat.domain.drop_reason import DropCounts


def run(*arguments: str, prefix: tuple[str, ...] = (), **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [*prefix, *SERVE, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, **env},
        text=True,
        timeout=60,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, sentence: str) -> None:
    """Fail unless the program ended with `code` and one line on standard error that has `sentence` in it."""
    assert done.returncode == code
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("udpchat: ")
    assert sentence in done.stderr


def settings(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Settings:
    """Return the settings that a command line makes, without opening a room."""
    made = []

    async def keep(settings: Settings) -> None:
        made.append(settings)

    monkeypatch.setattr(command_line, "serve", keep)
    command_line.command().main(arguments, standalone_mode=False)
    return made[0]


def test_help() -> None:
    """The help tells how to join, and every setting with its default and environment variable."""
    done = run("--help")
    assert done.returncode == 0
    assert "nc -u localhost 12000" in done.stdout
    for word in ("--host", "--max-datagram", "--max-line", "--log-format", "--log-level", "--config", "--version"):
        assert word in done.stdout
    for variable in ("UDPCHAT_PORT", "UDPCHAT_HOST", "UDPCHAT_MAX_DATAGRAM", "UDPCHAT_CONFIG"):
        assert variable in done.stdout


def test_version() -> None:
    """The version is the package's."""
    assert run("--version").stdout == f"udpchat, version {udpchat.__version__}\n"


def test_console_script_is_the_same_program() -> None:
    """`udpchat` is installed beside `python -m udpchat.app`."""
    done = subprocess.run(
        [Path(sys.executable).with_name("udpchat"), "--help"], capture_output=True, check=True, text=True, timeout=60
    )
    assert done.stdout == run("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["abc"], "'abc' is not a valid integer"),
        (["65536"], "65536 is not in the range 0<=x<=65535"),
        (["--", "-1"], "-1 is not in the range"),
        (["1", "2"], "unexpected extra argument"),
        (["--nope"], "No such option '--nope'"),
        (["--max-datagram", "255"], "255 is not in the range 256<=x<=8192"),
        (["--max-line", "0"], "0 is not in the range 1<=x<=65535"),
        (["--log-level", "loud"], "'loud' is not one of 'debug', 'info', 'warning', 'error'"),
        (["--config", "/no/such/file"], "'/no/such/file' does not exist"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str) -> None:
    """Wrong usage is one sentence and exit code 2."""
    assert_one_sentence(run(*arguments), 2, sentence)


def test_wrong_environment() -> None:
    """A wrong value in the environment is wrong usage, and the variable is named."""
    assert_one_sentence(run(UDPCHAT_MAX_LINE="long"), 2, "UDPCHAT_MAX_LINE")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[udpchat]\nport = 99999\n", "'port' must be <= 65535: 99999"),
        ("[udpchat]\nport = 'x'\n", "has port = 'x', which must be a whole number"),
        ("[udpchat]\nport = true\n", "has port = True, which must be a whole number"),
        ("[udpchat]\nmax-line = 0.7\n", "has max-line = 0.7, which must be a whole number"),
        ("[udpchat]\nhost = true\n", "has host = True, which must be text in quotes"),
        ("[udpchat]\nlog_level = 'loud'\n", "'loud' for option 'log_level'"),
        ("a = " + "[" * 5000, "cannot read"),
        ("[udpchat]\ncolour = 1\n", "Invalid options found in"),
        ("port = 1\n", "has no table [udpchat]"),
        ("udpchat = 1\n", "has no table [udpchat]"),
        ("[udpchat\n", "cannot read"),
        ("\udcff", "cannot read"),
    ],
)
def test_wrong_file(tmp_path: Path, content: str, sentence: str) -> None:
    """What is wrong in a file is wrong usage too."""
    file = tmp_path / "udpchat.toml"
    file.write_bytes(content.encode(errors="surrogateescape"))
    assert_one_sentence(run("--config", str(file)), 2, sentence)


def test_what_the_machine_refuses() -> None:
    """An unknown host and a port in use are one sentence and exit code 1."""
    assert_one_sentence(run("0", "--host", "no.such.host.invalid"), 1, "unknown host 'no.such.host.invalid'")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert_one_sentence(run(str(port)), 1, f"port {port} on localhost is in use already")


def test_privileged_port() -> None:
    """A port that needs privileges is one sentence and exit code 1, here without the capability if we are root."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    if lowest <= 1:
        pytest.skip("every port is free for everybody on this machine")
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        needs("setpriv")
        prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-net_bind_service")
    assert_one_sentence(run("1", prefix=prefix), 1, "port 1 on localhost is not allowed for this user")


def test_settings_come_from_command_line_then_environment_then_file_then_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each source counts before the next."""
    file = tmp_path / "udpchat.toml"
    file.write_text('[udpchat]\nport = 1\nmax_line = 11\nmax-datagram = 511\nhost = "file"\n', encoding="utf-8")
    assert settings(monkeypatch) == Settings()
    from_file = settings(monkeypatch, "--config", str(file))
    assert from_file == Settings(port=1, max_line=11, max_datagram=511, host="file")
    monkeypatch.setenv("UDPCHAT_CONFIG", str(file))
    monkeypatch.setenv("UDPCHAT_MAX_LINE", "22")
    monkeypatch.setenv("UDPCHAT_PORT", "2")
    from_environment = settings(monkeypatch)
    assert from_environment == Settings(port=2, max_line=22, max_datagram=511, host="file")
    from_command_line = settings(monkeypatch, "3", "--max-line", "33", "--log-level", "debug")
    assert from_command_line == Settings(port=3, max_line=33, max_datagram=511, host="file", log_level="debug")


def test_start_tells_where_it_listens_and_how_to_join(tmp_path: Path) -> None:
    """With port 0 the start-up lines tell the port that was picked, the same on both loopbacks."""
    needs_ipv6()
    with serving(tmp_path) as server:
        assert server.program.printed == [
            f"udpchat {udpchat.__version__} listens on 127.0.0.1:{server.port} and [::1]:{server.port}",
            f"join with:  nc -u localhost {server.port}",
            "end with:   Ctrl-C",
        ]


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::", "0::0", "[::]"])  # noqa: S104 - what is tested
def test_start_on_every_address(tmp_path: Path, host: str) -> None:
    """On every address, however it is spelled, the start-up lines tell how to join from here and from elsewhere."""
    if ":" in host:
        needs_ipv6()
    with serving(tmp_path, "--host", host) as server:
        here, elsewhere = server.program.printed[1:3]
        assert here == f"join here:       nc -u localhost {server.port}"
        assert re.fullmatch(rf"join elsewhere:  nc -u \S+ {server.port}", elsewhere)


def test_own_name_where_there_is_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a route out is known by its name."""
    monkeypatch.setattr(serve, "_ELSEWHERE", ("255.255.255.255", 9))  # refused without SO_BROADCAST, as no route is
    carrier = serve.open_carrier(Settings(port=0, host="0.0.0.0"), DropCounts())  # noqa: S104 - what is tested
    assert f"nc -u {socket.gethostname()} {carrier.port}" in serve.welcome("0", carrier)
    carrier.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it(tmp_path: Path, number: int) -> None:
    """SIGINT and SIGTERM end the server with exit code 0, and its log says so."""
    log = tmp_path / "log"
    with running([*SERVE, "0"], log=log) as program:
        program.prints("end with: .*")
        assert program.end(number) == 0
    assert '"event": "stopped"' in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("closed", [">/dev/full", ">&-", "2>&-", "2>/dev/full", "| head -0"])
def test_nobody_reads_what_it_says(closed: str) -> None:
    """A standard output or error that is full or closed keeps nobody from the room, nor it from ending well."""
    needs("bash")
    port = str(free_port())
    shell = f"{' '.join(SERVE)} {port} --log-level debug {closed}"
    with running(["bash", "-c", shell]) as program, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", int(port)))
        client.settimeout(0.1)

        def is_answered() -> bool:
            with suppress(OSError):
                client.send(b"hello\n")
                return client.recv(9000).endswith(b": hello\n")
            return False

        until(is_answered)
        os.killpg(program.process.pid, signal.SIGTERM)
        program.process.wait(timeout=30)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("arguments", ["--help", "--version"])
def test_nowhere_to_write_the_help(arguments: str) -> None:
    """If what was asked for cannot be written, that is said in a sentence."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run([*SERVE, arguments], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == b"udpchat: cannot write what was to be said here: No space left on device.\n"
