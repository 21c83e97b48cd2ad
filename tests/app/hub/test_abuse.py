"""What strangers send never ends the server, nor what people say in its log."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.app.clients.processes import serving
from tests.app.clients.talking import assert_still_talking, say_until_heard, sockets
from tests.waiting import until


def random_bytes(seed: int) -> list[bytes]:
    """Return datagrams of random bytes and sizes."""
    source = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
    return [source.randbytes(source.choice([1, 10, 100, 1000])) for _ in range(300)]


@pytest.mark.parametrize(
    "datagrams",
    [
        [b""] * 300,
        [b"x" * 60_000] * 20,
        [b"x\n" * 30_000] * 3,
        [b"\n" * 60_000] * 20,
        random_bytes(1),
        random_bytes(2),
        [b"/nick " + b"\xff" * 3000, b"/" + b"\xf0\x9f" * 4000, b"//" * 4000, b"/nick\x00x"] * 30,
    ],
    ids=["empty", "60,000 bytes", "30,000 lines", "60,000 blank lines", "random 1", "random 2", "odd commands"],
)
def test_abuse_by_one(tmp_path: Path, datagrams: list[bytes]) -> None:
    """Whatever one client sends, others can talk afterwards."""
    with serving(tmp_path) as server, sockets(server) as (abuser,):
        for datagram in datagrams:
            abuser.send(datagram)
        assert_still_talking(server)


def test_flood_of_strangers_that_quit(tmp_path: Path) -> None:
    """Strangers who all say /quit get their answer, and the server is still talking."""
    with serving(tmp_path, "--join-rate", "0") as server:
        for _ in range(5):
            with sockets(server, 200) as strangers:
                for stranger in strangers:
                    stranger.send(b"/quit\n")
                for stranger in strangers:
                    assert stranger.recv(9000) == b"you have been disconnected.\n"
        assert_still_talking(server)


def test_a_paste_of_lists_is_worked_off_and_keeps_no_signal_waiting(tmp_path: Path) -> None:
    """1,000 /list lines in a room of 100 are answered to the last; a signal in the middle ends the server."""
    with serving(tmp_path) as server, sockets(server, 100) as members:
        for member in members:
            say_until_heard(member, b"/help quit\n", member, b"you can also type: /exit, /bye\n")
        members[0].send(b"/list\n" * 1000)
        say_until_heard(members[1], b"/help quit\n", members[1], b"you can also type: /exit, /bye\n")
        members[0].send(b"/list\n" * 1000)
        assert server.program.end() == 0


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_log_has_no_text_unless_asked(tmp_path: Path, log_format: str) -> None:
    """What people say, and a hidden address, is in the log at debug, and at no other level."""
    for level in ("info", "debug"):
        options = ("--log-level", level, "--log-format", log_format, "--show-addresses", "no")
        with serving(tmp_path, *options) as server, sockets(server) as (one,):
            port = one.getsockname()[1]
            one.send(b"my secret\n")
            one.recv(9000)
        assert ("secret" in server.logged()) == (level == "debug")
        assert (f"127.0.0.1:{port}" in server.logged()) == (level == "debug")


BROKEN_CARRIER = """
from udpchat.adapters.udp.carrier import UdpCarrier
send = UdpCarrier.send
def sabotaged(self, datagrams, addresses, but=()):
    if b"trip over this" in datagrams[0]:
        raise RuntimeError(datagrams[0].decode())
    return send(self, datagrams, addresses, but)
UdpCarrier.send = sabotaged
from udpchat.app.__main__ import main
main()
"""


def test_a_bug_outside_the_chat_does_not_end_the_room(tmp_path: Path) -> None:
    """What a callback of the event loop raises is logged without what people said, and the room goes on."""
    with serving(tmp_path, command=(sys.executable, "-c", BROKEN_CARRIER)) as server:
        with sockets(server) as (one,):
            one.send(b"trip over this\n")
            until(lambda: "RuntimeError" in server.logged(), server.logged)
        assert_still_talking(server)
    assert "trip over this" not in server.logged()


SABOTAGED = """
from udpchat.domain.machine.chat import Chat
say = Chat.say
def sabotaged(self, given, *others):
    if given.line == "trip over this":
        raise RuntimeError(given.line)
    return say(self, given, *others)
Chat.say = sabotaged
from udpchat.app.__main__ import main
main()
"""


@pytest.mark.parametrize("level", ["info", "debug"])
def test_our_own_bug_is_logged_and_the_room_goes_on(tmp_path: Path, level: str) -> None:
    """An exception in the chat is logged with where it came from, with its text at debug only, and ends nothing."""
    command = (sys.executable, "-c", SABOTAGED)
    with serving(tmp_path, "--log-level", level, command=command) as server:
        with sockets(server) as (one,):
            one.send(b"trip over this\n")
            one.send(b"hello\n")
            assert one.recv(9000).endswith(b": hello\n")
        assert_still_talking(server)
    assert "RuntimeError" in server.logged()
    assert "in sabotaged" in server.logged()
    assert ("trip over this" in server.logged()) == (level == "debug")
