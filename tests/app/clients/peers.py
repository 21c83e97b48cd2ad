"""Programs with an address of their own, and with no code of the server's: they send and read bytes on a socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import attrs

from tests.docs.objects import check
from tests.waiting import until

Found = dict[str, Any]
"""An object."""


@attrs.define(eq=False)
class Peer:
    """A program over UDP, or over TCP with `kind=SOCK_STREAM`. `got` has all that came, in order."""

    port: int
    kind: socket.SocketKind = socket.SOCK_DGRAM
    socket: socket.socket = attrs.field(init=False)
    got: list[Found] = attrs.field(factory=list, init=False)
    _begun: bytes = attrs.field(default=b"", init=False)  # of a record over TCP

    def __attrs_post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, self.kind)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.settimeout(0)

    def send(self, **fields: Any) -> None:
        """Send one object."""
        self.socket.send(b"\x1e%b\n" % json.dumps(fields).encode())

    def read(self) -> None:
        """Read what has come. There must be whole records, as RFC 7464 and the schema say."""
        while True:
            try:
                payload = self.socket.recv(65_536)
            except OSError:  # nothing more, or no server is there now
                return
            if self.kind == socket.SOCK_STREAM:
                whole, feed, self._begun = (self._begun + payload).rpartition(b"\n")
                payload = whole + feed
                if not payload:
                    return
            assert payload[:1] == b"\x1e"
            assert payload[-1:] == b"\n"
            for text in payload[1:].split(b"\x1e"):
                found = json.loads(text)
                check(found)
                self.got.append(found)

    def waits(self, is_it: Callable[[Found], bool], **fields: Any) -> Found:
        """Send an object until the one comes that is meant, and return it: over UDP again and again, over TCP once."""
        found: list[Found] = []
        if fields and self.kind == socket.SOCK_STREAM:
            self.send(**fields)

        def came() -> bool:
            if fields and self.kind == socket.SOCK_DGRAM:
                self.send(**fields)
            self.read()
            found.extend(filter(is_it, self.got))
            return bool(found)

        until(came, lambda: self.got[-9:])
        return found[-1]

    def numbers(self) -> list[int]:
        """Return the numbers of all events of the lobby that it has, each once."""
        return sorted(set(self.sequence()))

    def sequence(self) -> list[int]:
        """Return the numbers of the events of the lobby as they came."""
        return [each["seq"] for each in self.got if each.get("room") == "lobby" and "id" not in each]


def of_kind(kind: str, **fields: Any) -> Callable[[Found], bool]:
    """Return what says whether an object is of a kind, and has these fields."""
    return lambda each: each["event"] == kind and fields.items() <= each.items()
