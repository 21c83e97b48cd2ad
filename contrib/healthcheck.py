"""Exit with 0 if the server answers, which UDPCHAT_HOST and UDPCHAT_PORT name: the health check of contrib/Dockerfile.

A stranger whose first line is /quit is answered and never becomes a member, so nobody in the room notices. The line
comes from the same port each time, if it is free: a server remembers the last addresses that left.
"""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress

SECONDS = 1.0  # to wait for an answer from each address of the host


def main() -> int:
    """Return the exit code."""
    host, given = os.environ.get("UDPCHAT_HOST") or "localhost", os.environ.get("UDPCHAT_PORT", "")
    port = int(given) if given.isdecimal() else 12000
    for family, kind, _, _, server in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_DGRAM):
        with suppress(OSError), socket.socket(family, kind) as client:
            with suppress(OSError, OverflowError):
                client.bind(("", port - 1))
            client.settimeout(SECONDS)
            client.connect(server)
            client.send(b"/quit\n")
            client.recv(8192)
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
