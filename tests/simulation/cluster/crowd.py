"""The clients of a room on several servers: what they say, and to which node."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import attrs

from tests.simulation.cluster.node import Process
from udpchat.adapters.memory.network import MemoryAddress

NAMES = ("bob", "Bob", "B0B", "alice", "al\u0456ce", "carol", "x", "server")
QUESTIONS = (b"/list\n", b"/missed\n", b"/history 3\n", b"/help\n", b"/nope\n", b"\n")
TYPED = (
    *("/join kitchen", "/join kitchen", "/join vault sesame", "/join vault", "/leave", "/leave", "/rooms"),
    *("/private on", "/key off", "/topic {nick}", "/invite {nick}", "/msg {nick} {text}", "/msg {nick} {text}"),
    *("/reply {text}", "msg {nick} {text}", "/me {text}", "/me {text}", "/shrug {text}", "/roll 2d6", "/seen {nick}"),
    *("/away {nick}", "/back", "/ignore {nick}", "/ignore {nick}", "/unignore {nick}", "/hand {nick}", "/next"),
    *("/who", "/whois {nick}", "/color on", "/color off", "/bell on", "{nick}: {text}", "/motd"),
)
MANY = 20  # nicknames; one of them is drawn
FIRST_STRAY = 1000  # the numbers from here on are of lines to old processes; each has its own, so their order is free


@attrs.define(eq=False)
class Client:
    """A program that writes to the node `home`."""

    number: int
    address: MemoryAddress
    home: str
    alive: bool = True
    said: int = 0


@attrs.define(eq=False)
class Crowd:
    """All clients. They write to one of `nodes`, or astray to one of the processes in `old`."""

    random: Random
    nodes: dict[str, Process]
    old: list[Process]
    clients: list[Client] = attrs.field(factory=list, init=False)
    _strays: int = attrs.field(default=0, init=False)

    def add(self, address: MemoryAddress, home: str) -> None:
        """Add a client of a node."""
        if not any(each.address == address and each.home == home for each in self.clients):
            self.clients.append(Client(len(self.clients) + 1, address, home))

    def is_dead(self, where: str) -> bool:
        """Return whether no program is at an address."""
        return not any(client.alive for client in self.clients if str(client.address) == where)

    def move(self, gone: str, node: str) -> None:
        """Let the clients of one node write to another from now on."""
        for client in self.clients:
            if client.home == gone:
                client.home = node

    def act(self, actions: int) -> None:
        """Let random clients do so many things."""
        table: dict[Callable[[Client], bytes], int] = {
            self._line: 30,
            self._paste: 3,
            lambda _: f"/nick {self.random.choice(NAMES)}\n".encode(): 5,
            lambda _: self.random.choice(QUESTIONS): 4,
            lambda _: b"/quit\n": 2,
            self._die: 1,
            self._come_back: 2,
            self._write_astray: 1,
            self._converse: 20,
        }
        for what in self.random.choices(list(table), list(table.values()), k=actions):
            client = self.random.choice(self.clients)
            said = what(client)
            process = self.nodes.get(client.home)
            if said and client.alive and process:
                process.parts.wire.inbox.append((said, client.address))

    def _line(self, client: Client) -> bytes:
        client.said += 1
        return f"#{client.number}.{client.said}\n".encode()

    def _paste(self, client: Client) -> bytes:
        return b"".join(self._line(client) for _ in range(self.random.randrange(2, 9)))

    def _converse(self, client: Client) -> bytes:
        """Use any other command."""
        typed = self.random.choice(TYPED)
        text = self._line(client).decode().strip() if "{text}" in typed else ""
        return typed.format(text=text, nick=self._nickname()).encode()

    def _nickname(self) -> str:
        """Return a nickname that is perhaps somebody's, as one node knows it."""
        members = [member for process in self.nodes.values() for member in process.parts.hub.chat.state.roster][:MANY]
        return self.random.choice([*NAMES, *(member.nickname for member in members)])

    def _die(self, client: Client) -> bytes:
        client.alive = False
        return b""

    def _come_back(self, client: Client) -> bytes:
        """Start a program at this address again, which may write to another node too."""
        client.alive = True
        if self.random.random() < 0.3 and self.nodes:
            self.add(client.address, self.random.choice(list(self.nodes)))
        return b""

    def _write_astray(self, client: Client) -> bytes:
        """Write to an old process, although its node has a new one."""
        if self.old:
            self._strays += 1
            line = f"#{FIRST_STRAY + self._strays}.1\n".encode()
            self.random.choice(self.old).parts.wire.inbox.append((line, client.address))
        return b""
