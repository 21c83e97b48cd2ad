"""Being started by a supervisor that holds the sockets, and telling it how things are: systemd's protocols.

The port then stays bound, and the kernel keeps what comes, while no server runs. Sources: sd_listen_fds(3),
sd_notify(3), sd_watchdog_enabled(3). What it can not do: sockets of other kinds than UDP.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

from udpchat.adapters.udp.sockets import ListenError, make_room

FIRST = 3  # the first file descriptor that is handed over: after standard input, output and error

Environment = MutableMapping[str, str]


def handed_over(environment: Environment = os.environ, first: int = FIRST) -> list[socket.socket]:
    """Return the sockets that whoever started us has bound, or none; raise `ListenError` if they are not for UDP.

    The variables that tell of them are taken away, so that no child believes they are its own.
    """
    meant_for, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if meant_for != str(os.getpid()):
        return []
    if not count.isdecimal():
        raise ListenError(f"LISTEN_FDS is {count!r}, which is no number of sockets")
    sockets: list[socket.socket] = []
    try:
        sockets.extend(map(_taken_over, range(first, first + int(count))))  # those before one that fails stay in it
    except ListenError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _taken_over(number: int) -> socket.socket:
    """Return a file descriptor as a socket, if it is one for UDP."""
    try:
        sock = socket.socket(fileno=number)
    except OSError as exc:
        raise ListenError(f"file descriptor {number}, handed over to listen on, is no socket") from exc
    if sock.type != socket.SOCK_DGRAM or sock.family not in {socket.AF_INET, socket.AF_INET6}:
        sock.close()
        raise ListenError(f"file descriptor {number}, handed over to listen on, is not a UDP socket")
    sock.set_inheritable(False)
    make_room(sock)
    return sock


def notify(state: str, environment: Environment = os.environ) -> None:
    """Tell the supervisor, if it wants to know; lines of `NAME=VALUE`. One that does not listen is left alone."""
    path = environment.get("NOTIFY_SOCKET", "")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.sendto(state.encode(), "\0" + path[1:] if path[0] == "@" else path)
        except OSError:
            return
