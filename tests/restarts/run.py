"""Rounds of ending a server under load and starting it again, on a socket that stays bound in between."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import attrs

from tests.restarts.clients import Client, Clients, Numbered
from udpchat.adapters.sqlite.reading import open_read_only
from udpchat.adapters.systemd import FIRST

CLIENTS = 20
PAUSE = 0.005  # seconds from when somebody says something to when the next one does
AT_ONCE = (1, 1, 1, 10)  # lines said then: 650 a second in all
BURST = (20, 200)  # lines said at once before the server is ended
WITHIN = 0.004  # seconds after the last of them in which it is: about as long as the server has to do with them
LIMIT = 30.0  # seconds for an answer, after which the round has failed
SERVER = "udpchat.app --rate 0 --prefix-rate 0 --server-rate 0 --history-keep 1000000"


@attrs.define
class Outcome:
    """What became of all rounds: lines by kind, times in seconds, and faults. There must be no faults."""

    rounds: int = 0
    said: int = 0
    said_meanwhile: int = 0  # while no server ran
    uncommitted: int = 0  # said, and in no journal
    most_uncommitted: int = 0  # of one burst
    unheard: int = 0  # committed, and not heard by everybody when it was said
    longest_silence: float = 0.0
    longest_start: float = 0.0  # from the start of a server to its first answer
    faults: list[str] = attrs.field(factory=list)


@attrs.define(eq=False)
class Restarts:
    """A room whose server is ended by `ended_by`, again and again; `netcat` is the command of a client.

    The class is long because each of its checks compares the same few sets of lines.
    """

    ended_by: signal.Signals
    netcat: Sequence[str]
    folder: Path
    random: Random
    outcome: Outcome = attrs.field(factory=Outcome)
    _socket: socket.socket = attrs.field(init=False)
    _clients: Clients = attrs.field(init=False)
    _meanwhile: set[Numbered] = attrs.field(factory=set, init=False)
    _bursts: list[set[Numbered]] = attrs.field(factory=list, init=False)

    def run(self, rounds: int) -> Outcome:
        """Do so many rounds and look at what became of them."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as self._socket:
            self._socket.bind(("127.0.0.1", 0))
            port = self._socket.getsockname()[1]
            server = self._start()
            self._clients = Clients.join([[*self.netcat, "127.0.0.1", str(port)]] * CLIENTS)
            try:
                for client in self._clients.each:
                    client.type(f"/nick c{client.number:02}")
                    self._answer(client, "new nickname set ")
                everybody = self._list()
                for _ in range(rounds):
                    server = self._round(server, everybody)
                self._settle()
                self._judge()
                self._end(server, signal.SIGTERM)
            finally:
                server.kill()
                server.wait()
                self.outcome.faults += self._clients.leave()
        return self.outcome

    def _round(self, server: subprocess.Popen[bytes], everybody: str) -> subprocess.Popen[bytes]:
        self._chat(self.random.uniform(0.1, 0.6))
        self._burst()
        self._end(server, self.ended_by)
        self._meanwhile.update(self._chat(self.random.uniform(0.0, 0.3)))
        began = time.monotonic()
        server = self._start()
        here = self._list()
        self.outcome.longest_start = max(self.outcome.longest_start, time.monotonic() - began)
        if here != everybody:
            self.outcome.faults.append(f"round {self.outcome.rounds}: {here} is not {everybody}")
        self._ask("/missed")
        self.outcome.rounds += 1
        return server

    def _ask(self, question: str) -> None:
        """Have everybody type a question, and wait until all have their answers."""
        for client in self._clients.each:
            client.type(question)
            client.type(f"/nick c{client.number:02}")  # whose answer comes after it
        for client in self._clients.each:
            self._answer(client, "new nickname set ")

    def _settle(self) -> None:
        """Listen until everybody has heard, or been shown, what is in the journal: a long answer comes in parts."""
        committed, end = set(self._written()), time.monotonic() + LIMIT
        while any(_lost(committed, client) for client in self._clients.each) and time.monotonic() < end:
            self._clients.listen(PAUSE)
        self._clients.listen(0.5)  # to what must not come

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a server on the socket, as a supervisor does (sd_listen_fds(3))."""

        def hand_over() -> None:
            os.dup2(self._socket.fileno(), FIRST)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")

        command = [sys.executable, "-m", *SERVER.split(), "--journal", str(self.folder / "room.journal")]
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(FIRST,),
                preexec_fn=hand_over,  # noqa: PLW1509 - there is one thread
            )

    def _end(self, server: subprocess.Popen[bytes], by: signal.Signals) -> None:
        server.send_signal(by)
        code = server.wait(LIMIT)
        if code != (0 if by == signal.SIGTERM else -by):
            self.outcome.faults.append(f"the server ended with {code}")

    def _chat(self, seconds: float) -> list[Numbered]:
        """Have anybody say lines for so long; return them."""
        said: list[Numbered] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            speakers = self.random.choices(self._clients.each, k=self.random.choice(AT_ONCE))
            said += [speaker.say() for speaker in speakers]
            self._clients.listen(PAUSE)
        return said

    def _burst(self) -> None:
        """Have many lines said at once, and return while some are not read yet, or read and not sent.

        Nothing is listened to in between, or the server would be done by then.
        """
        speakers = self.random.choices(self._clients.each, k=self.random.randint(*BURST))
        self._bursts.append({speaker.say() for speaker in speakers})
        moment = time.perf_counter() + self.random.uniform(0.0, WITHIN)
        while time.perf_counter() < moment:
            pass  # to sleep would take longer than that, as often as not

    def _answer(self, client: Client, beginning: str) -> str:
        """Return the next answer of a client that begins so, while the others go on."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            self._clients.listen(PAUSE)
            while client.answers:
                answer = client.answers.pop(0)
                if answer.startswith(beginning):
                    return answer
        raise AssertionError(f"client {client.number} got no answer that begins with {beginning!r}")

    def _list(self) -> str:
        asker = self._clients.each[0]
        asker.type("/list")
        return self._answer(asker, "showing connected clients: ")

    def _written(self) -> list[Numbered]:
        """Return the lines that are in the journal."""
        file = open_read_only(self.folder / "room.journal")
        matches = (re.fullmatch(r"#(\d+)\.(\d+)", row[4]) for _, row in file.inputs(0))
        written = [(int(match[1]), int(match[2])) for match in matches if match]
        file.close()
        return written

    def _remembered(self, lines: set[Numbered]) -> set[Numbered]:
        """Return what /history shows, as soon as it has shown these lines, or does not in time."""
        asker = self._clients.each[0]
        asker.later = set()
        asker.type("/history 999999")
        end = time.monotonic() + LIMIT
        while not lines <= asker.later and time.monotonic() < end:
            self._clients.listen(PAUSE)
        return asker.later

    def _judge(self) -> None:
        """Compare what was said, what is in the journal, what was heard and what is shown later."""
        outcome, clients = self.outcome, self._clients.each
        outcome.faults += self._clients.faults()
        written = self._written()
        committed = set(written)
        said = {(client.number, number) for client in clients for number in range(1, client.said + 1)}
        heard = [set(client.live) for client in clients]
        by_all = set.intersection(*heard)
        outcome.said, outcome.said_meanwhile = len(said), len(self._meanwhile)
        outcome.uncommitted, outcome.unheard = len(said - committed), len(committed - by_all)
        outcome.most_uncommitted = max(len(burst - committed) for burst in self._bursts)
        outcome.longest_silence = max(client.silence for client in clients)
        must_not_be: list[tuple[str, Callable[[], set[Numbered]]]] = [
            ("committed twice", lambda: {line for line, times in Counter(written).items() if times > 1}),
            ("heard, and in no journal", lambda: set.union(*heard) - committed),
            ("said while no server ran, and not heard by all", lambda: self._meanwhile - by_all),
            *(
                (
                    f"committed, and neither heard by client {client.number} nor in its /missed",
                    partial(_lost, committed, client),
                )
                for client in clients
            ),
            ("committed, and not in /history", lambda: committed - self._remembered(committed)),
        ]
        if self.ended_by == signal.SIGTERM:
            must_not_be.append(("lost by an upgrade", lambda: said - by_all))
        for what, lines in must_not_be:
            if found := sorted(lines()):
                outcome.faults.append(f"{what}: {found[:5]}, {len(found)} in all")


def _lost(committed: set[Numbered], client: Client) -> set[Numbered]:
    return committed.difference(client.live, client.later)
