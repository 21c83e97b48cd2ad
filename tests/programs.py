"""A program in a room over the network in memory: it sends objects, and reads those that it gets."""

from __future__ import annotations

import json
from typing import Any

import attrs

from tests.docs.objects import check
from tests.domain.dialects.json.objects import read
from tests.journals import LateJournal
from tests.room import Client, Room

Found = dict[str, Any]
"""An object."""


def record(*objects: Any) -> bytes:
    """Return a datagram with these objects."""
    return b"".join(b"\x1e%b\n" % json.dumps(each).encode() for each in objects)


def objects_of(payload: bytes) -> list[Found]:
    """Return the objects of a datagram to a program, and fail unless it has whole records, each as the schema says."""
    assert payload.startswith(b"\x1e")
    found = read(b"\x1e" + text for text in payload[1:].split(b"\x1e"))
    for each in found:
        check(each)
    return found


@attrs.define(eq=False)
class Program:
    """A client that sends objects."""

    client: Client

    def asks(self, *objects: Any) -> list[Found]:
        """Send one datagram with these objects, let the hub handle it, and return what came since the last call."""
        self.client.say(record(*objects))
        return self.gets()

    def gets(self) -> list[Found]:
        """Return the objects that came since the last call."""
        return [found for payload in self.client.gets() for found in objects_of(payload)]

    def comes_in(self, nick: str = "") -> Found:
        """Say hello, and return the welcome."""
        hello = {"v": 1, **({"nick": nick} if nick else {})}
        [welcome, *_] = [each for each in self.asks({"hello": hello}) if each["event"] == "welcome"]
        return welcome


def program_of_late_room() -> tuple[LateJournal, Room, Program]:
    """Return a journal that commits when the test says so, its room, and a program in it."""
    journal = LateJournal()
    room = Room(journal=journal)
    bot = program(room)
    bot.client.say(record({"hello": {"v": 1}}))
    journal.commit()
    room.hub.advance()
    bot.gets()
    return journal, room, bot


def program(room: Room, host: str = "127.0.0.1") -> Program:
    """Return a program that has not said anything yet."""
    return Program(room.client(host))
