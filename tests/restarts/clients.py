"""Netcats that chat: each says numbered lines, and everything that they print is kept."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterable, Sequence
from typing import IO, cast

import attrs

LIVE = re.compile(r"c\d\d: #(\d+)\.(\d+)")
SHOWN_LATER = re.compile(r"\[\d\d:\d\d\] c\d\d: #(\d+)\.(\d+)")

Numbered = tuple[int, int]
"""Who said a line, and the how manieth of its lines it is."""


@attrs.define(eq=False)
class Client:
    """One netcat, and what it printed: its own input is not echoed, as it is no terminal."""

    number: int
    process: subprocess.Popen[bytes]
    said: int = 0
    live: list[Numbered] = attrs.field(factory=list)
    later: set[Numbered] = attrs.field(factory=set)  # what /missed showed
    answers: list[str] = attrs.field(factory=list)  # all else
    heard_at: float = 0.0
    silence: float = 0.0  # seconds, the longest between two lines
    _rest: bytes = b""

    def type(self, line: str) -> None:
        """Have a line typed."""
        typing = cast("IO[bytes]", self.process.stdin)
        typing.write(f"{line}\n".encode())
        typing.flush()

    def say(self) -> Numbered:
        """Say the next line."""
        self.said += 1
        self.type(f"#{self.number}.{self.said}")
        return self.number, self.said

    def hear(self, printed: bytes, now: float) -> None:
        """Take down what was printed."""
        *lines, self._rest = (self._rest + printed).split(b"\n")
        for line in map(bytes.decode, lines):
            if match := LIVE.fullmatch(line):
                self.live.append((int(match[1]), int(match[2])))
                if self.heard_at:
                    self.silence = max(self.silence, now - self.heard_at)
                self.heard_at = now
            elif match := SHOWN_LATER.fullmatch(line):
                self.later.add((int(match[1]), int(match[2])))
            else:
                self.answers.append(line)


@attrs.define(eq=False)
class Clients:
    """All of them, read in turn without a thread."""

    each: Sequence[Client]
    _selector: selectors.BaseSelector = attrs.field(factory=selectors.DefaultSelector)

    @classmethod
    def join(cls, commands: Iterable[Sequence[str]]) -> Clients:
        """Start these netcats."""
        clients = [
            Client(
                each, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            )
            for each, command in enumerate(commands)
        ]
        made = cls(clients)
        for client in clients:
            printed = cast("IO[bytes]", client.process.stdout)
            os.set_blocking(printed.fileno(), False)
            made._selector.register(printed, selectors.EVENT_READ, client)
        return made

    def listen(self, seconds: float) -> None:
        """Take down what is printed within so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                printed = os.read(key.fd, 1 << 16)
                if not printed:
                    raise AssertionError(f"client {key.data.number} has ended")
                key.data.hear(printed, time.monotonic())

    def faults(self) -> Iterable[str]:
        """Yield what must not be: a client that ended or complained, a line that came twice or out of order."""
        for client in self.each:
            if client.process.poll() is not None:
                yield f"client {client.number} has ended"
            latest: dict[int, int] = {}
            for speaker, number in client.live:
                if number <= latest.get(speaker, 0):
                    yield f"client {client.number} heard #{speaker}.{number} after #{speaker}.{latest[speaker]}"
                latest[speaker] = number

    def leave(self) -> Iterable[str]:
        """End the netcats; yield what they complained about."""
        for client in self.each:
            client.process.kill()
            _, complaint = client.process.communicate()
            if complaint:
                yield f"client {client.number}: {complaint.decode()}"
        self._selector.close()
