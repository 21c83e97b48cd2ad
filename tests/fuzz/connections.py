"""Any bytes -> what a few clients send over real connections, in which pieces, and when -> the carrier over TCP.

The invariants, for any bytes:

- What begins as HTTP, TLS, STUN or IRC is never a line of chat; what begins as JSON is records alone.
- Text is the same lines, however it is cut into pieces; a silent second is one blank line in front of it.
- No exception leaves a protocol, and no more is kept of a connection than its bound.
"""

from __future__ import annotations

import os
import select
import socket
import struct
from contextlib import suppress
from typing import Any

import attrs

from tests.adapters.tcp.ends import free_sockets
from tests.fuzz.harness import Reader
from tests.fuzz.talker import Talker, judge, speech_of
from udpchat.adapters.tcp.address import TcpAddress
from udpchat.adapters.tcp.carrier import TcpCarrier
from udpchat.adapters.tcp.connection import MAX_UNREAD, READ, State
from udpchat.adapters.tcp.protocols.records import RECORD_OVERHEAD
from udpchat.adapters.tcp.protocols.sniffing import Speech
from udpchat.adapters.tcp.protocols.telnet import MAX_SUBNEGOTIATION
from udpchat.adapters.websocket.connection import WebConnection
from udpchat.adapters.websocket.head import MAX_HEAD
from udpchat.app.server.carriers import tcp_carrier
from udpchat.app.server.web import http_for
from udpchat.app.settings import Settings
from udpchat.domain.address import Address

CLIENTS = 3
WAYS = (b"GET ", b"HEAD ", b"POST ", b"hello ", b"\x16\x03\x01", b"\0\1\0\x08", b"NICK ", b"\x1e", b"\xff\xfd\x06", b"")
WORDS = (
    *(b" HTTP/1.1", b" HTTP/1.0\r\n", b"/ws HTTP/1.1\r\n", b"Host: localhost\r\n", b"Upgrade: websocket\r\n"),
    *(b"Connection: Upgrade\r\n", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"),
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r\0",
        b"\xff",
        b"\xff\xfa",
        b"\xff\xf0",
        b"\x81\x85\0\0\0\0hello",
        b"\x88\x80\0\0\0\0",
    ),
    *(b'{"line": "hi"}\n', b"\x1e", b"hello\n", b"/nick client\n", b"Content-Length: 6\r\n", b"HTTP/", b"CAP LS\r\n"),
)
MAX_STEPS = 400  # turns of the carrier until it rests


@attrs.define(eq=False)
class Room:
    """The carrier, a clock, and clients."""

    carrier: TcpCarrier
    talkers: dict[int, Talker] = attrs.field(factory=dict)
    everybody: list[Talker] = attrs.field(factory=list)
    now: float = 100.0
    failed: list[Exception] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.carrier.timer = lambda: self.now
        self.carrier.dispatcher.failed = self.failed.append

    def talker(self, number: int) -> Talker:
        """Return one of a few clients, which connects if it has not."""
        if number not in self.talkers:
            here = self.carrier.entrance.listener.sockets[0].getsockname()
            sock = socket.create_connection(here, timeout=10)
            sock.settimeout(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leave nothing to the kernel
            self.talkers[number] = Talker(sock, self.carrier.entrance.speakers.max_line)
            self.everybody.append(self.talkers[number])
            self.settle()
        return self.talkers[number]

    def settle(self, limit: int = 16) -> None:
        """Let the carrier do all that it has to do now."""
        self.wait()
        for _ in range(MAX_STEPS):
            got = self.carrier.receive(limit)
            for payload, address in got:
                (talker,) = [each for each in self.everybody if port_of(address) == each.port]
                talker.payloads.append((address.carrier, payload))
            self.check()
            if not got and not select.select([self.carrier.sources[0][0]], [], [], 0)[0]:
                return
        raise AssertionError("the carrier does not come to rest")

    def wait(self) -> None:
        """Wait until the kernel has brought what was sent, as far as connections are there and take it."""
        sent = {each.port: len(each.sent) for each in self.everybody}
        for each in list(self.carrier.traffic.all):
            for _ in range(MAX_STEPS):
                came = struct.unpack_from("=Q", each.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136), 128)[0]
                if came >= sent[each.peer[1]]:
                    break
                os.sched_yield()

    def check(self) -> None:
        """Look at what is kept of each connection."""
        assert not self.failed, self.failed
        for each in self.carrier.traffic.all:
            assert each.unread <= MAX_UNREAD + READ
            kept = buffered(each.protocol)
            assert kept <= bound(each.protocol, self.carrier.entrance.speakers.max_line), (each.protocol, kept)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with a tick."""
        for each in self.everybody:
            each.may_be_silent = each.may_be_silent or speech_of(each.sent, is_over=False) in (None, Speech.TEXT)
        self.now += seconds
        self.settle()
        self.carrier.tick(lambda _: True)

    def close(self) -> None:
        """End all."""
        for each in self.everybody:
            each.sock.close()
        self.carrier.close()


def play(data: bytes) -> Room:
    """Do what the bytes say, and look at what came of it."""
    reader = Reader(data)
    first = reader.byte()
    settings = Settings(host="127.0.0.1", port=0, max_line=(50, 8000)[first & 1])
    streams = free_sockets("127.0.0.1")
    http = http_for(settings, streams) if first & 2 else None
    room = Room(tcp_carrier(settings, streams, http))
    try:
        while reader.at < len(reader.data):
            act(room, reader)
            room.settle(1 + (first >> 2 & 15))
        room.settle()
        for each in room.everybody:
            each.is_open = any(each.port == it.peer[1] and it.state is State.OPEN for it in room.carrier.traffic.all)
            judge(each)
    finally:
        room.close()
    return room


def act(room: Room, reader: Reader) -> None:
    """Do one thing: two bits say who, the others what."""
    what = reader.byte()
    talker = room.talker(what % CLIENTS)
    match what // CLIENTS:
        case 0:
            room.pass_time(reader.byte() / 50)
        case 1:
            with suppress(OSError):
                talker.sock.shutdown(socket.SHUT_WR)
            talker.is_over = True
        case 2:
            talker.read()
        case 3:
            addresses = list(room.carrier.traffic.by_address)
            room.carrier.send([b"hello\n"] * (1 + reader.byte()), [each for each in addresses if each.carrier == "tcp"])
        case 4:
            room.carrier.end([each for each in room.carrier.traffic.by_address if port_of(each) == talker.port])
        case 5:
            talker.send(reader.take(4) * (reader.byte() * 16))
        case 6 | 7 | 8:
            talker.send(WAYS[reader.byte() % len(WAYS)])
        case case if case < 40:
            talker.send(b"".join(WORDS[each % len(WORDS)] for each in reader.take(1 + (case & 7))))
        case _:
            talker.send(reader.take(reader.byte()))


def buffered(part: Any) -> int:
    """Return how many bytes a protocol keeps, in all of its parts."""
    if isinstance(part, bytes | bytearray):
        return len(part)
    if isinstance(part, list):
        return sum(map(buffered, part))
    if type(part).__module__.startswith("udpchat.adapters") and attrs.has(type(part)):
        names = [each.name for each in attrs.fields(type(part)) if each.name not in ("web", "protocol")]
        return sum(buffered(getattr(part, name)) for name in names)
    return 0


def bound(protocol: object, max_line: int) -> int:
    """Return how many bytes a protocol may keep between two turns."""
    if isinstance(protocol, WebConnection):
        return MAX_HEAD + READ + max_line + RECORD_OVERHEAD
    # A line, the same again that is held because its end is skipped, an option of telnet, and a few words.
    return 2 * (max_line + RECORD_OVERHEAD) + MAX_SUBNEGOTIATION + 100


def port_of(address: Address) -> int:
    """Return the port of a client."""
    assert isinstance(address, TcpAddress)
    return address.port


def dictionary() -> str:
    """Return what first lines are made of, as a dictionary for libFuzzer."""
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in (*WAYS, *WORDS) if word)
