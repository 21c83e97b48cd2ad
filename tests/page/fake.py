"""A small server that says what a test wants: the situations of a page that a real room rarely shows.

It speaks over the real `WebConnection`, so pages, heads and frames are those of the product; only the room is made up.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

import attrs

from udpchat.adapters.websocket.connection import Web, WebConnection
from udpchat.adapters.websocket.site import Site

Object = dict[str, Any]
AT = "2026-11-25T20:00:{:02}.000Z"
READ = 65_536  # bytes


@attrs.define(eq=False)
class Client:
    """A page that is connected."""

    fake: FakeServer
    writer: asyncio.StreamWriter
    protocol: WebConnection

    def send(self, *events: Object) -> None:
        """Send events."""
        datagrams = [b"\x1e%b\n" % json.dumps(event).encode() for event in events]
        self.writer.write(self.protocol.frame(datagrams))


@attrs.define(eq=False)
class FakeServer:
    """A room with made-up members. `got` has each object that came."""

    members: list[str] = attrs.Factory(lambda: ["ben", "cleo"])
    you: str = "ana"
    silent: bool = False  # nobody answers
    key: str = ""  # what a hello must bring
    code: str = ""
    topic: str | None = "lunch at noon"
    outcomes: bool = True  # lines have outcomes
    log: str = "k3f9"
    seq: int = 100
    own: int = 0
    highest: int = 0  # id
    port: int = 0
    got: list[Object] = attrs.Factory(list)
    events: list[Object] = attrs.Factory(list)
    answers: dict[str, Callable[[int], list[Object]]] = attrs.Factory(dict)
    clients: list[Client] = attrs.Factory(list)
    _loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.new_event_loop, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)
    _server: asyncio.Server | None = attrs.field(default=None, init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_listening()
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(timeout=30)
        self._loop.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def listen(self) -> None:
        """Accept connections, on the port of before."""
        self._run(self._listen()).result(30)

    def stop_listening(self) -> None:
        """End all connections, and accept none."""
        self._run(self._stop()).result(30)

    def drop(self) -> None:
        """End all connections."""
        self._run(self._drop()).result(30)

    def happens(self, *events: Object) -> None:
        """Let all pages receive events. An event of a room gets its number and its time."""
        self._run(self._happens(events)).result(30)

    def says(self, nick: str, text: str, **more: Any) -> None:
        """Let somebody say something in the lobby."""
        self.happens({"event": "said", "room": "lobby", "nick": nick, "text": text, **more})

    def lines(self) -> list[str]:
        """Return the lines that came."""
        return [each["line"] for each in list(self.got) if "line" in each]

    def shown(self) -> list[str]:
        """Return what hellos showed to be let in."""
        return [each["hello"]["enter"] for each in list(self.got) if "enter" in each.get("hello", {})]

    def _run(self, work: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._drop()
        while tasks := asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _drop(self) -> None:
        for client in self.clients:
            client.writer.transport.abort()
        self.clients.clear()

    async def _happens(self, events: tuple[Object, ...]) -> None:
        for event in events:
            numbered = self._number(event)
            for client in self.clients:
                client.send(numbered)

    def _number(self, event: Object) -> Object:
        if "room" in event and "seq" not in event and "own" not in event:
            self.seq += 1
            event = {"at": AT.format(self.seq % 60), **event, "seq": self.seq}
        self.events.append(event)
        return event

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        web = Web(Site(), (), 8000)
        protocol = WebConnection(web, writer.get_extra_info("peername"), writer.get_extra_info("sockname"))
        client = Client(self, writer, protocol)
        now = self._loop.time
        try:
            while data := await reader.read(READ):
                payloads = protocol.receive(data, now())
                writer.write(protocol.to_write())
                if protocol.carrier and client not in self.clients:
                    self.clients.append(client)
                for payload in payloads:
                    for each in payload.split(b"\x1e")[1:]:
                        self._handle(client, json.loads(each))
                if protocol.ended:
                    break
        except (ConnectionError, asyncio.CancelledError):  # the page is gone, or the test is over
            pass
        finally:
            if client in self.clients:
                self.clients.remove(client)
            writer.close()

    def _refuses(self, client: Client, given: Object) -> bool:
        words = given.get("hello", {}).get("enter", "").split()
        typed = [each for each in words if each != self.code]
        self.code = "" if self.code in words else self.code
        self.key = "" if self.key in typed else self.key
        if self.code:
            client.send({"event": "code-asked", "code": self.code})
        elif self.key:
            client.send({"event": "key-asked", **({"wrong": True} if typed else {})})
        return bool(self.code or self.key)

    def _handle(self, client: Client, given: Object) -> None:
        self.got.append(given)
        if self.silent or self._refuses(client, given):
            return
        if "hello" in given:
            self._welcome(client, given["hello"])
        elif "since" in given:
            client.send(*self._after(given["since"], given.get("own") or 0))
        elif "ping" in given:
            client.send({"event": "pong", "ping": given["ping"], "rooms": {"lobby": self.seq}, "own": self.own})
        elif "line" in given:
            self._line(client, given)

    def _welcome(self, client: Client, hello: Object) -> None:
        self.you = hello.get("nick") or self.you
        members = [{"nick": nick, "away": None} for nick in [self.you, *self.members]]
        rooms = [{"room": "lobby", "topic": self.topic, "seq": self.seq, "members": members}]
        server = {"name": "udpchat", "version": "0", "max_line": 8000}
        session = f"s{len(self.got)}"
        client.send(
            {
                "event": "welcome",
                "v": 1,
                "you": self.you,
                "session": session,
                "log": self.log,
                "own": self.own,
                "id": self.highest if hello.get("session") and hello.get("log") == self.log else 0,
                "rooms": rooms,
                "server": server,
            }
        )
        if hello.get("log") == self.log:
            client.send(*self._after(hello.get("rooms", {}), hello.get("own") or 0))

    def _after(self, rooms: dict[str, int], own: int) -> list[Object]:
        last = rooms.get("lobby", self.seq)
        return [each for each in self.events if each.get("seq", 0) > last or each.get("own", 0) > own]

    def _line(self, client: Client, given: Object) -> None:
        line, number = given["line"], given.get("id", 0)
        if not self.outcomes:
            return
        self.highest = max(self.highest, number)
        word = line.split()[0] if line.startswith("/") else ""
        if answer := self.answers.get(line) or self.answers.get(word):
            client.send(*answer(number))
        elif word == "/history":
            client.send({"event": "history", "id": number, "messages": []})
        elif word and word != "/me":
            client.send({"event": "done", "id": number})
        else:
            kind = {"event": "acted", "text": line[4:]} if word else {"event": "said", "text": line}
            event = self._number({**kind, "room": "lobby", "nick": self.you})
            for each in self.clients:
                each.send(event)
            client.send({"event": "done", "id": number, "room": "lobby", "seq": event["seq"]})
