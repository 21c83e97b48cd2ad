"""What is spoken over one accepted connection, without a socket and without a clock.

A `StreamProtocol` gets the bytes that came, and says what the carrier has to write. The carrier owns the socket, its
buffers and its deadlines; the hub gets the payloads. Text, JSON, HTTP and WebSocket are protocols behind the same
listener.

The carrier keeps these promises:

- `receive` gets every byte that came, in order, the first ones too: to tell protocols apart, they were only peeked at.
- After each call of `receive`, `end_of_input` and `tick`, it reads `to_write()` once, then looks at `carrier`, `ended`.
- It takes payloads only from a protocol whose `carrier` has a name, and makes the address of the client with the first.
- It writes what it has taken in order, waits for a client that reads slowly, and ends one that does not read.
- Once `ended` is true it writes what waits, closes its half, and drops what still comes. Nothing more is received.
- A protocol without a `carrier` ends `REQUEST_SECONDS` after it began: it serves requests, and carries no messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol

from udpchat.adapters.udp.address import SockAddr

REQUEST_SECONDS = 15.0  # in which a connection has asked for all it wants: a page of 60 KB over a slow phone


class Ending(Enum):
    """Why the server ends a connection by itself. The value is the word for programs, `sentence` is for people.

    Whoever leaves by a command, or is removed, reads so from the room; then the connection just ends.
    """

    RESTART = "restart"
    TOO_SLOW = "too-slow"
    TOO_MANY = "too-many-connections"
    NO_JOIN = "not-joined"
    NO_IRC = "no-irc"
    NO_TLS = "no-tls"

    @property
    def sentence(self) -> str:
        """What a person reads, with neither a full stop nor a line end."""
        return _SENTENCES[self]

    @property
    def line(self) -> str:
        """The sentence as an error of the chat, without a line end."""
        return f"error - {self.sentence}"


_SENTENCES = {
    Ending.RESTART: "the server ends, connect again in a moment",
    Ending.TOO_SLOW: "you read too slowly, connect again",
    Ending.TOO_MANY: "too many connections, try again in a moment",
    Ending.NO_JOIN: "you did not join in time, connect again",
    Ending.NO_IRC: "this is not an IRC server, join with: nc HOST PORT",
    Ending.NO_TLS: "this port does not speak TLS, join with: nc HOST PORT",
}


class StreamProtocol(Protocol):
    """What is spoken over one connection. One object serves one connection."""

    @property
    def carrier(self) -> str:
        """The name of the carrier that the client is reached by, such as "tcp", or "" while it carries no messages.

        It is "" for HTTP, and may become a name once, as when a WebSocket is opened. It never changes after that.
        """

    @property
    def peer(self) -> SockAddr | None:
        """The address of the client, if it is another one than that of the socket, because a proxy says so; else None.

        It is read once, when the first payload comes.
        """

    @property
    def ended(self) -> bool:
        """Whether it receives nothing more: the connection ends as soon as all is written."""

    def receive(self, data: bytes, now: float) -> Sequence[bytes]:
        """Take bytes that came at `now`, and return the payloads for the hub that they complete.

        `data` is never empty. `now` is in seconds by a clock that never jumps. A payload of text is one or more whole
        lines with their line feeds; a payload that begins with 0x1E is whole records (RFC 7464). It never raises for
        what a client sent.
        """

    def end_of_input(self, now: float) -> Sequence[bytes]:
        """Note that the client sends nothing more, and return the last payloads. It may still read."""

    def tick(self, now: float) -> None:
        """Do what is due as time passes, such as a ping. It is called about once a second once there is a `carrier`."""

    def to_write(self) -> bytes:
        """Return what the protocol itself has to say, such as a response, and forget it; b"" if that is nothing."""

    def frame(self, datagrams: Sequence[bytes]) -> bytes:
        """Return the bytes that carry datagrams of the hub, at least one, none empty.

        The result must depend on the datagrams alone: the carrier asks one protocol, and writes the same bytes to all
        connections whose protocol has the same `carrier`.
        """

    def closing(self, why: Ending | None) -> bytes:
        """Return the last bytes, with the reason; `why` is None if the client knows it.

        Text writes the sentence, JSON a `closing` event, WebSocket that event and a Close frame.
        """


HttpFactory = Callable[[SockAddr, SockAddr], StreamProtocol]
"""Makes what serves a connection whose first line is HTTP, from the addresses of the client and of our socket."""
