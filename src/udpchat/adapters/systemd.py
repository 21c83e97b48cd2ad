"""Socket activation and notification: systemd's protocols between a supervisor and the server that it starts.

The supervisor keeps the sockets open while no server runs, so that the port stays bound and the kernel keeps the
datagrams that arrive.

Limit: only UDP and TCP sockets. Sources: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

from udpchat.adapters.udp.sockets.buffers import enlarge_buffers
from udpchat.adapters.udp.sockets.listen import ListenError

FIRST = 3  # the first file descriptor that a supervisor passes: after standard input, output and error

Environment = MutableMapping[str, str]


def handed_over(environment: Environment = os.environ, first: int = FIRST) -> list[socket.socket]:
    """Return the sockets that the supervisor has bound, or none; raise `ListenError` if they are for anything else.

    The environment variables about them are removed, so that a child process does not take the sockets for its own.
    """
    meant_for, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if meant_for != str(os.getpid()):
        return []
    if not count.isdecimal():
        raise ListenError(f"LISTEN_FDS is {count!r}, which is no number of sockets")
    sockets: list[socket.socket] = []
    try:
        sockets.extend(map(_taken_over, range(first, first + int(count))))  # if one fails, the list has those before it
    except ListenError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def _taken_over(number: int) -> socket.socket:
    """Return a file descriptor as a socket; raise `ListenError` if it is no UDP socket, and does not listen for TCP."""
    try:
        sock = socket.socket(fileno=number)
    except OSError as exc:
        raise ListenError(f"file descriptor {number}, handed over to listen on, is no socket") from exc
    listens = sock.type == socket.SOCK_STREAM and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or not (sock.type == socket.SOCK_DGRAM or listens):
        sock.close()
        raise ListenError(f"file descriptor {number}, handed over to listen on, is neither UDP nor listening for TCP")
    sock.set_inheritable(False)
    if sock.type == socket.SOCK_DGRAM:
        enlarge_buffers(sock)
    return sock


def notify(state: str, environment: Environment = os.environ) -> None:
    """Send `state`, lines of `NAME=VALUE`, to the supervisor if it asks for it. Ignore a supervisor that is gone."""
    path = environment.get("NOTIFY_SOCKET", "")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        try:
            sock.sendto(state.encode(), "\0" + path[1:] if path[0] == "@" else path)
        except OSError:
            return
