"""Who is out there: addresses, whether a program is at them, and what an observer knows of each."""

from __future__ import annotations

from collections import Counter
from typing import Self

import attrs

from udpchat.adapters.networks import network_of_host
from udpchat.domain.address import Network, Scope


@attrs.frozen(eq=False)
class SimulatedAddress:
    """A host and a port; one object for each, so that it is compared and hashed as fast as can be."""

    host: str
    port: int
    network: Network

    carrier = "simulation"
    proven = False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def __deepcopy__(self, _: object) -> Self:
        return self  # it stays the only one in a copy of what the room knows about it


def address(host: str, port: int) -> SimulatedAddress:
    """Return a new address, which equals no other."""
    return SimulatedAddress(host, port, network_of_host(host))


@attrs.define(eq=False)
class Peer:
    """One address, and the program at it."""

    number: int
    address: SimulatedAddress
    alive: bool = True
    said: int = 0  # lines with a number that it said so far
    prompts: list[str] = attrs.field(factory=list)  # codes that it was sent
    code: str = ""  # the last of them that it got
    proven: bool = False  # it sent back a code that it was sent
    keyed: bool = False  # it sent the key of the server
    came: int = 0  # bytes that the hub got from it
    unasked: int = 0  # bytes of what was said before that it was sent without having asked or proven anything
    went: int = 0  # bytes that the hub sent to it
    bounces: int = 0  # reports that it is gone, so far
    reported: list[float] = attrs.field(factory=list)  # when
    last_sent: bytes = b""
    heard: dict[int, int] = attrs.field(factory=dict)  # number of a speaker -> of its last line that was sent here
    copies: Counter[tuple[int, int]] = attrs.field(factory=Counter)  # of each line that was sent here
    shown: set[tuple[int, int]] = attrs.field(factory=set)  # lines that it was shown again, in answers
    looks: set[str] = attrs.field(factory=set)  # that it has turned on, ever
    returned: set[bytes] = attrs.field(factory=set)  # datagrams with which it was reported gone: they may be sent again
    knows: set[str] = attrs.field(factory=set)  # names of rooms that it has typed

    @property
    def scope(self) -> Scope:
        """The scope of its address."""
        return self.address.network.scope
