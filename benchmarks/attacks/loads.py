"""The attacks. Each is bounded in count and time, runs in a process of its own, and sends to 127.0.0.1 only."""

from __future__ import annotations

import multiprocessing
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import attrs
from attacks.crowd import Crowd, send

SOURCES_RATE = 2800  # datagrams a second from new sources
LIST_RATE = 150  # `/list` a second
QUIT_DATAGRAMS, QUIT_LINES = 200, 60
FILLING, FILLING_RATE = 10_500, 8750  # datagrams, and how many a second
SOURCES, SOURCES_AT_MOST = 0xFD0000, 200_000  # addresses that there are, and those of one attack
SLICE = 0.005  # seconds between two bursts
IP_PKTINFO = 8  # ip(7); Python 3.11 has no name for it


def paced(rate: float, seconds: float, most: int) -> Iterator[int]:
    """Yield 0, 1, 2 and so on, at this rate, for so many seconds, but at most so many numbers."""
    began, number = time.monotonic(), 0
    while number < most and (passed := time.monotonic() - began) < seconds:
        while number < most and number < passed * rate:
            yield number
            number += 1
        time.sleep(SLICE)


def source_address(number: int) -> bytes:
    """Return the loopback address with this number: 127.1.0.0 plus `number`."""
    return (0x7F010000 + number % SOURCES).to_bytes(4)


def from_source(crowd: Crowd, payload: bytes, number: int) -> None:
    """Send a datagram from a new address. Its port stays open, so what the server sends there does not bounce."""
    source = source_address(number)
    info = struct.pack("@i4s4s", 0, source, b"\0" * 4)  # in_pktinfo: interface, source, destination (unused)
    with suppress(OSError):
        crowd.strangers.sendmsg([payload], [(socket.IPPROTO_IP, IP_PKTINFO, info)], 0, ("127.0.0.1", crowd.port))


def strangers(crowd: Crowd, seconds: float) -> None:
    """Say a line from ever new addresses."""
    for number in paced(SOURCES_RATE, seconds, int(SOURCES_RATE * seconds)):
        from_source(crowd, b"hello\n", crowd.first_source + number)


def passers_by(crowd: Crowd, seconds: float) -> None:
    """Say a line from ever new addresses, whose ports are closed at once: what the server sends there bounces."""
    for number in paced(SOURCES_RATE, seconds, int(SOURCES_RATE * seconds)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, suppress(OSError):
            sock.bind((socket.inet_ntoa(source_address(crowd.first_source + number)), 0))
            sock.sendto(b"hello\n", ("127.0.0.1", crowd.port))


def lists(crowd: Crowd, seconds: float) -> None:
    """Ask for `/list`, each time from another member."""
    for number in paced(LIST_RATE, seconds, int(LIST_RATE * seconds)):
        send(crowd.deaf[number % len(crowd.deaf)], b"/list\n")


def quits(crowd: Crowd, _: float) -> None:
    """Send datagrams of many `/quit` at once, each from another member if there are enough."""
    for number in range(QUIT_DATAGRAMS):
        send(crowd.deaf[-1 - number % len(crowd.deaf)], b"/quit\n" * QUIT_LINES)


def filling(crowd: Crowd, seconds: float) -> None:
    """Fill the room with clients that say nothing."""
    for number in paced(FILLING_RATE, seconds, FILLING):
        from_source(crowd, b"\n", crowd.first_source + number)


@attrs.frozen
class Attack:
    """What a few do to the many: its name in the table, and the load."""

    name: str
    load: Callable[[Crowd, float], None] = lambda *_: None
    rising: float = 2.0  # seconds until its load is as high as it gets
    fills: bool = False  # whether it fills the room

    @contextmanager
    def running(self, crowd: Crowd, seconds: float) -> Iterator[None]:
        """Run the load in another process; end it at the end of the block."""
        crowd.first_source += SOURCES_AT_MOST
        process = multiprocessing.Process(target=self.load, args=(crowd, seconds), daemon=True)
        process.start()
        try:
            yield
        finally:
            process.terminate()
            process.join()


QUIET = Attack("nothing")
ATTACKS = (
    QUIET,
    Attack(f"{SOURCES_RATE:,} strangers/s, silent afterwards", strangers),
    Attack(f"{SOURCES_RATE:,} strangers/s, gone at once", passers_by),
    Attack(f"{LIST_RATE} /list a second", lists),
    Attack(f"{QUIT_DATAGRAMS} datagrams of {QUIT_LINES} /quit", quits, rising=0.1),
    Attack(f"{FILLING:,} silent strangers", filling, fills=True),
)
