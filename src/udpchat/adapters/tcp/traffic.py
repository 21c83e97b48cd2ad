"""What is done with connections: they are read, written and ended."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Collection, Iterable, Sequence

import attrs

from udpchat.adapters.tcp.address import new_address
from udpchat.adapters.tcp.connection import MAX_UNREAD, READ, Connection, Lost, State
from udpchat.adapters.tcp.entrance import Entrance
from udpchat.adapters.tcp.exits import ANSWERED, Exits
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.adapters.tcp.watch import READABLE, WRITABLE, Watch
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram


@attrs.define(eq=False)
class Traffic:
    """All connections. `gone` has those that ended, for the hub; `by_address` those that it can write to.

    `tick`, `greet`, `serve` and `read` raise `Lost` if the connection is broken. A bug of a protocol raises anything.

    The class is long because it has the whole life of a connection, which may end in each of its methods.
    """

    entrance: Entrance
    watch: Watch = attrs.field(factory=Watch, init=False)
    all: set[Connection] = attrs.field(factory=set, init=False)  # that are not closed
    by_address: dict[Address, Connection] = attrs.field(factory=dict, init=False)
    gone: list[Bounce] = attrs.field(factory=list, init=False)
    payloads: deque[Datagram] = attrs.field(factory=deque, init=False)  # that are not handed on yet
    exits: Exits = attrs.field(factory=Exits, init=False)

    def send(
        self, datagrams: Sequence[bytes], addresses: Iterable[Address], but: Collection[Address], now: float
    ) -> None:
        """Write datagrams to each connection, joined, in one call for each. All of them are of one carrier."""
        data, size, find = b"", 0, self.by_address.get
        for address in addresses:
            connection = find(address)
            if connection is None or (but and address in but):
                continue
            if not data:
                data = connection.speaks.frame(datagrams)
                size = len(data)
            try:
                # A busy room does this for each client and turn, so what `Connection.write` does first stands here too.
                if connection.unread:
                    connection.write(data)
                elif (written := connection.sock.send(data)) < size:
                    connection.keep(data, written)
                else:
                    continue
            except BlockingIOError:
                connection.keep(data, 0)
            except (Lost, OSError):
                self.close_one(connection)
                continue
            self._settle(connection, now)

    def finish(self, connection: Connection, now: float, why: Ending | None = None) -> None:
        """End a connection behind what it was sent, and behind the reason if there is one."""
        if connection.state in (State.CLOSING, State.CLOSED):
            return
        if connection.protocol is None:
            self.close_one(connection)
            return
        if why is Ending.TOO_SLOW:
            connection.cut()
        connection.state = State.CLOSING
        self._part(connection)
        self.exits.close(connection, now)
        try:
            if last := connection.speaks.closing(why):
                connection.write(last)
            self._settle(connection, now)
        except Lost:
            self.close_one(connection)

    def close_one(self, connection: Connection) -> None:
        """Close a connection at once."""
        if connection.state is State.CLOSED:
            return
        self._part(connection)
        self.entrance.leave(connection)
        connection.state = State.CLOSED
        self.watch.follow(connection)
        self.all.discard(connection)
        connection.sock.close()

    def close(self) -> None:
        """Close all connections, and listen no more."""
        for connection in list(self.all):
            self.close_one(connection)
        self.watch.listen(())
        self.entrance.listener.close()
        self.watch.close()

    def accept(self, sock: socket.socket, now: float) -> None:
        """Let in the connections that wait at a listening socket."""
        for connection in self.entrance.accept(sock, now):
            self.all.add(connection)
            self.watch.follow(connection)

    def tick(self, connection: Connection, now: float) -> None:
        """Let a protocol do what is due."""
        connection.speaks.tick(now)
        self._take(connection, (), now)

    def serve(self, connection: Connection, now: float, kinds: int) -> None:
        """Write and read a connection that is ready for it."""
        if kinds & WRITABLE and connection.unread:
            connection.flush()
            self._settle(connection, now)
        if not kinds & READABLE or not connection.hears or connection.state is State.CLOSED:
            return
        if connection.state is State.NEW:
            self._find_out(connection, now)
            return
        self.read(connection, now)

    def read(self, connection: Connection, now: float) -> None:
        """Read what a client sent, or that it sends nothing more."""
        try:
            data = connection.sock.recv(READ)
        except BlockingIOError:
            return
        except OSError as exc:
            raise Lost from exc
        if connection.state is State.CLOSING:
            connection.hears = bool(data)
            self._settle(connection, now)
        elif data:
            self._take(connection, connection.speaks.receive(data, now), now)
        else:
            self._hang_up(connection, now)

    def greet(self, connection: Connection, now: float) -> None:
        """Take a connection for text that was silent until now: a person with netcat, who wants to read."""
        self.entrance.identify(connection)
        self._take(connection, (b"\n",), now)

    def _find_out(self, connection: Connection, now: float) -> None:
        """Find out what a connection speaks."""
        if self.entrance.look(connection):
            self._take(connection, (), now)
            self.serve(connection, now, READABLE)

    def _take(self, connection: Connection, payloads: Sequence[bytes], now: float) -> None:
        """Hand on payloads, write what the protocol has to say, and end the connection if it has ended."""
        protocol = connection.speaks
        if payloads:
            address = connection.address
            if address is None:
                address = connection.address = new_address(protocol.carrier, protocol.peer or connection.peer)
                self.by_address[address] = connection
            connection.took_at = now
            waiting = self.payloads
            for payload in payloads:
                waiting.append((payload, address))
        if own := protocol.to_write():
            connection.write(own)
            self._settle(connection, now)
        if protocol.ended:
            self.finish(connection, now)

    def _hang_up(self, connection: Connection, now: float) -> None:
        """Note that a client sends nothing more. One that said something just now reads what comes of it."""
        connection.hears = False
        self._take(connection, connection.speaks.end_of_input(now), now)
        if connection.address is not None and connection.took_at + ANSWERED > now:
            self.exits.listen(connection, now)
            self._settle(connection, now)
        else:
            self.finish(connection, now)

    def _settle(self, connection: Connection, now: float) -> None:
        """Follow a change of what waits to be written to a connection."""
        if connection.unread > MAX_UNREAD and connection.state is State.OPEN:
            self.finish(connection, now, Ending.TOO_SLOW)
            return
        if connection.state is State.CLOSING and not connection.unread:
            if not connection.hears:
                self.close_one(connection)
                return
            connection.end_writing()
        self.watch.follow(connection)

    def _part(self, connection: Connection) -> None:
        """Let the hub know that nothing reaches a client any more."""
        if (address := connection.address) is not None and self.by_address.pop(address, None) is not None:
            self.gone.append(Bounce(b"", address, ended=True))
