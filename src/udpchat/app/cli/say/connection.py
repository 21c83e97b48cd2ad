"""The end of `udpchat say` that talks: it repeats what it asks until there is an answer.

It speaks the JSON dialect over UDP, as docs/json.md describes it for every program.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import attrs
import click

from udpchat.domain.datagram import RECORD_SEPARATOR

ANSWER_SECONDS = 5.0  # until a server that is silent counts as none
REPEAT_SECONDS = 0.5  # between two tries: far more than a datagram takes to the other side of the world and back
SLOW_SECONDS = 1.0  # until a line is sent again that came too fast, or that a cluster did not take
TOO_FAST, UNREACHABLE = "slow-down", "room-unreachable"  # codes of errors that are no outcome for good
MAX_DATAGRAM = 65_535  # bytes

Found = dict[str, Any]
"""An object."""


class Refused(click.ClickException):
    """The server does not want what was asked."""

    exit_code = 1


class NoAnswer(click.ClickException):
    """No server answered in time."""

    exit_code = 2


@attrs.define(eq=False)
class Connection:
    """A socket that is connected to a server, as what the server knows is said and heard."""

    server: socket.socket
    _number: int = attrs.field(default=0, init=False)  # of the last line

    def come_in(self, seconds: float = ANSWER_SECONDS) -> Found:
        """Say hello, with a code if the server asks for one, and return the welcome."""
        return self._ask(
            [{"hello": {"v": 1}}], lambda found: found["event"] == "welcome" or _is_refusal(found), seconds
        )

    def say(self, line: str, room: str = "", seconds: float = ANSWER_SECONDS) -> Found:
        """Say a line until it has an outcome, and return that: `done` or an error. It counts once.

        Raise `NoAnswer`, also if the server does not reach the room for so many seconds.
        """
        end = time.monotonic() + seconds
        self._number += 1
        number, where = self._number, {"room": room} if room else {}
        asked = {"line": line, "id": number, **where}
        while True:
            outcome = self._ask([asked], lambda found: found.get("id") == number and _is_outcome(found), seconds)
            if outcome["event"] == "done" or _is_refusal(outcome):
                return outcome
            if outcome.get("code") == UNREACHABLE and time.monotonic() > end:
                raise NoAnswer(reason(outcome))
            self.wait()

    def wait(self) -> None:
        """Wait until more may be said."""
        time.sleep(SLOW_SECONDS)

    def _ask(self, objects: list[Found], is_answer: Callable[[Found], bool], seconds: float) -> Found:
        """Send objects again and again until something answers them. Raise `Refused` or `NoAnswer`."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            self._send(*objects)
            for found in self._received(min(now + REPEAT_SECONDS, end)):
                if found.get("event") == "code-asked":
                    self._send({"hello": {"v": 1, "enter": found["code"]}}, *objects)
                elif found.get("event") == "key-asked":
                    raise Refused("the server asks for a key, which this command cannot send")
                elif is_answer(found):
                    return found
        raise NoAnswer(f"no answer within {seconds:g} seconds")

    def _send(self, *objects: Found) -> None:
        with suppress(ConnectionRefusedError):  # of an earlier datagram: perhaps the server starts again
            self.server.send(b"".join(map(_record, objects)))

    def _received(self, end: float) -> Iterator[Found]:
        """Yield the objects that come until a time."""
        while (left := end - time.monotonic()) > 0:
            self.server.settimeout(left)
            try:
                payload = self.server.recv(MAX_DATAGRAM)
            except TimeoutError:
                return
            except ConnectionRefusedError:
                time.sleep(max(0.0, min(REPEAT_SECONDS / 5, end - time.monotonic())))
                continue
            for text in payload.split(RECORD_SEPARATOR)[1:]:
                with suppress(ValueError):
                    yield json.loads(text)


def _record(found: Found) -> bytes:
    return b"%b%b\n" % (RECORD_SEPARATOR, json.dumps(found, ensure_ascii=False).encode())


def _is_outcome(found: Found) -> bool:
    return found.get("event") in {"done", "error"}


def _is_refusal(found: Found) -> bool:
    return found.get("event") == "error" and found.get("code") not in {TOO_FAST, UNREACHABLE}


@contextmanager
def connected(host: str, port: int) -> Iterator[Connection]:
    """Connect to the first address of a host where a server answers, and come in. Leave at the end."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as exc:
        raise NoAnswer(f"cannot find {host}: {exc.strerror}") from exc
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        with socket.socket(family, kind, protocol) as server:
            connection = Connection(server)
            try:
                server.connect(address)
                answer = connection.come_in(ANSWER_SECONDS / len(addresses))
            except (NoAnswer, OSError) as exc:
                if number + 1 < len(addresses):
                    continue
                raise NoAnswer(f"no server answers at {host} port {port}") from exc
            if answer["event"] == "error":
                raise Refused(reason(answer))
            yield connection
            with suppress(click.ClickException):
                connection.say("/quit", seconds=SLOW_SECONDS)
            return


def reason(error: Found) -> str:
    """Return why something was refused, as a person reads it."""
    return "; ".join(str(error.get("line", error["code"])).removeprefix("error - ").splitlines())
