"""Any bytes -> what a few peers do, in turn -> the hub of the simulation, with all of its checks.

The invariant: for any bytes nothing raises, nothing of what `tests.simulation.world` lists is broken, and the hub comes
to rest.
"""

from __future__ import annotations

from random import Random

import attrs

from tests.domain.strategies import NASTY
from tests.simulation.peers import Peer, address
from tests.simulation.simulation import Simulation
from tests.simulation.world import Weather
from udpchat.domain.admission.policy import Policy
from udpchat.domain.datagram import RECORD_SEPARATOR
from udpchat.domain.rooms.inputs import Rules

HOSTS = ("127.0.0.1", "127.0.0.1", "::1", "10.0.0.1", "fe80::7", "203.0.113.7", "203.0.113.7", "2001:db8::1")
POLICIES = (
    Policy(),
    Policy(admission="open", rate=0, prefix_rate=0, server_rate=0),
    Policy(admission="code", code_rate=0),
    Policy(rate=1, prefix_rate=2, server_rate=3, max_clients=4, max_clients_per_prefix=2, idle_timeout=5),
)
QUESTIONS = (b"/history", b"/missed", b"/history 1 hour", b"/history 2", b"/history 9999\n/missed")
ENCODINGS = ("utf-8", "utf-8", "utf-16-le", "utf-16-be")
HISTORIES = (
    Rules(),
    Rules(history_keep=3, history_on_join=2),
    Rules(history_days=1, history_on_join=10_000),
    Rules(history_keep=0),
)


@attrs.define
class Reader:
    """Bytes that are taken one after another, and then are zero."""

    data: bytes
    at: int = 0

    def byte(self) -> int:
        """Take one."""
        return (self.take(1) or b"\0")[0]

    def take(self, number: int) -> bytes:
        """Take some, as many as are left at most."""
        self.at += number
        return self.data[self.at - number : self.at]


def play(data: bytes) -> Simulation:
    """Do what the bytes say; raise `Broken` if something does not hold."""
    reader = Reader(data.replace(b"#", b""))  # which is how the simulation tells its own lines
    first = reader.byte()
    simulation = Simulation(
        Random(0),  # noqa: S311 - to be repeated
        POLICIES[first & 3],
        Weather(0, 0, 0),
        (1400, 256)[first >> 2 & 1],
        (8000, 50)[first >> 3 & 1],
        HISTORIES[first >> 4 & 3],
    )
    peers = [simulation.world.add(address(host, 1024 + number)) for number, host in enumerate(HOSTS)]
    while reader.at < len(reader.data):
        _act(simulation, reader, peers)
        simulation.world.step += 1
        simulation.settle()
    return simulation


def pieces(reader: Reader) -> bytes:
    """Return text of separators, escape sequences, blanks, marks and the like, in UTF-8 or UTF-16."""
    encoding = ENCODINGS[reader.byte() % len(ENCODINGS)]
    said = "".join(NASTY[each % len(NASTY)] for each in reader.take(reader.byte() & 63))
    return (said if encoding == "utf-8" else f"\ufeff{said}").encode(encoding)


def dictionary() -> str:
    """Return the same pieces, and others that are looked for, as a dictionary for libFuzzer."""
    words = [
        *(each.encode() for each in NASTY),
        *(b"\xff\xfe", b"\xfe\xff", b"\n\0", b"\0\n", b"\r\0", b"\0/"),
        *QUESTIONS,
    ]
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words)


def _act(  # noqa: C901 - one case for each thing that can be done
    simulation: Simulation, reader: Reader, peers: list[Peer]
) -> None:
    """Do one thing: three bits say who, the others what."""
    world, what = simulation.world, reader.byte()
    peer = peers[what & 7]
    match what >> 3:
        case 0:
            simulation.let_pass(reader.byte() / 4)
        case 1:
            simulation.tick()
        case 2:
            peer.alive = not peer.alive
        case 3:
            world.report(peer.last_sent, peer)
        case 4:
            world.carry(f"/enter {peer.code}".encode(), peer)
        case 5:
            world.carry(b"/nick " + reader.take(reader.byte() & 31), peer)
        case 6:
            world.carry(_text(reader.take(4) * reader.byte()), peer)
        case 7:
            simulation.wall += reader.byte() * 1e6
            world.now -= reader.byte()
        case 8:
            world.carry(QUESTIONS[reader.byte() % len(QUESTIONS)], peer)
        case 9:
            simulation.pace()
        case 10:
            world.carry(pieces(reader), peer)
        case _:  # what is most often done
            world.carry(_text(reader.take(reader.byte())), peer)


def _text(payload: bytes) -> bytes:
    """Return a datagram that is no object of a program: `tests.fuzz.programs` sends these."""
    return payload.lstrip(RECORD_SEPARATOR)
