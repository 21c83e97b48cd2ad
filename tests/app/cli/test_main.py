"""The program `udpchat`: its version, its help, and its exit codes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import udpchat
from tests.app.cli.command import assert_one_sentence, run, start_and_run
from tests.app.clients.processes import SERVE, needs
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION


def test_help() -> None:
    """The help says how to join, and has every setting with its default and environment variable."""
    done = run("--help")
    assert done.returncode == 0
    assert "nc -u localhost 12000" in done.stdout
    for word in ("--host", "--max-datagram", "--max-line", "--log-format", "--log-level", "--config", "--version"):
        assert word in done.stdout
    for variable in ("UDPCHAT_PORT", "UDPCHAT_HOST", "UDPCHAT_MAX_DATAGRAM", "UDPCHAT_CONFIG"):
        assert variable in done.stdout


def test_help_states_the_bound_on_the_history_of_a_newcomer() -> None:
    """The setting says that it shows less to clients that have not proved their address."""
    shown = " ".join(run("--help").stdout.split())
    bound = f"receives at most {MAX_AMPLIFICATION} bytes for each byte that it sent. [env var: UDPCHAT_HISTORY_ON_JOIN"
    assert bound in shown


def test_version() -> None:
    """The version is that of the package."""
    assert start_and_run("--version").stdout == f"udpchat, version {udpchat.__version__}\n"


def test_console_script_is_the_same_program() -> None:
    """`udpchat` is installed beside `python -m udpchat.app`."""
    done = subprocess.run(
        [Path(sys.executable).with_name("udpchat"), "--help"], capture_output=True, check=True, text=True, timeout=60
    )
    assert done.stdout == run("--help").stdout


def test_a_failed_start() -> None:
    """An unknown host and a port in use are one sentence and exit code 1."""
    assert_one_sentence(run("0", "--host", "no.such.host.invalid"), 1, "unknown host 'no.such.host.invalid'")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert_one_sentence(run(str(port)), 1, f"port {port} on localhost is in use already")


def test_privileged_port() -> None:
    """A port that needs privileges is one sentence and exit code 1. As root, the test drops the capability first."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    if lowest <= 1:
        pytest.skip("every port is free for everybody on this machine")
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        needs("setpriv")
        prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-net_bind_service")
    assert_one_sentence(start_and_run("1", prefix=prefix), 1, "port 1 on localhost is not allowed for this user")


@pytest.mark.parametrize("arguments", ["--help", "--version"])
def test_no_space_for_the_help(arguments: str) -> None:
    """A full disk under standard output is one sentence and exit code 1."""
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run([*SERVE, arguments], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr == b"udpchat: cannot write to standard output: No space left on device\n"
