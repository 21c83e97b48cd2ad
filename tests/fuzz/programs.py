"""Any bytes -> what a few programs and a person do, in turn -> a hub in memory.

The invariant: for any bytes nothing is a bug of ours, and the hub comes to rest. Programs get whole records of RFC 7464
that fit into a datagram and are as docs/json.schema.json says, and in each room no number is missing. The person gets
lines of text.
"""

from __future__ import annotations

import json
from typing import Any

import attrs

from tests.fuzz.harness import POLICIES, Reader, pieces
from tests.programs import Found, objects_of
from tests.room import Client, Room, whole_lines
from udpchat.domain.drop_reason import DropReason

HOSTS = ("127.0.0.1", "10.0.0.1", "203.0.113.7", "2001:db8::1")
LINES = (
    "/quit",
    "/nick ",
    "/join kitchen",
    "/leave",
    "/who",
    "/list",
    "/history",
    "/ignore ",
    "/me ",
    "/claim",
    "/msg ",
)
WORDS = (
    *('{"hello":{"v":1', '{"line":"', '{"since":{"lobby":', '{"ping":', '"id":', '"session":"', '"rooms":{', '"own":'),
    *("\x1e", '"}', "}}", "\\ud800", "\\u0000", "NaN", "9007199254740991", "1e999", "[[[[[", "true", "null"),
)


@attrs.define(eq=False)
class Speaker:
    """A program, what it knows of the server, and the last number that it has of each room."""

    client: Client
    code: str = ""
    session: str = ""
    log: str = ""
    numbers: dict[str, int] = attrs.field(factory=dict)

    def get(self, limit: int) -> None:
        """Take what came, and look at it."""
        for payload in self.client.gets():
            assert len(payload) <= limit
            for found in objects_of(payload):
                self._see(found)

    def _see(self, found: Found) -> None:
        match found["event"]:
            case "code-asked":
                self.code = found["code"]
            case "welcome":
                self.session, self.log = found.get("session", self.session), found["log"]
                self.numbers |= {each["room"]: each["seq"] for each in found["rooms"]}
            case "room-entered" | "left" | "session-moved":
                self.numbers.clear()
            case "gap" if "room" in found:
                self.numbers[found["room"]] = found["to"]
            case kind if "seq" in found and kind != "done":
                room, seq = str(found["room"]), int(found["seq"])
                last = self.numbers.setdefault(room, seq)
                assert seq <= last + 1, f"{room} went on from {last} to {seq}"
                self.numbers[room] = max(seq, last)
            case _:
                pass


def play(data: bytes) -> Room:
    """Do what the bytes say."""
    reader = Reader(data)
    first = reader.byte()
    room = Room(
        policy=POLICIES[first & 3],
        max_datagram=(1400, 256)[first >> 2 & 1],
        max_line=(8000, 50)[first >> 3 & 1],
        server_key=("", "sesame")[first >> 4 & 1],
    )
    person, speakers = room.client(), [Speaker(room.client(host)) for host in HOSTS]
    person.say("/enter sesame\n")
    while reader.at < len(reader.data):
        what = reader.byte()
        if what >> 2 == 0:
            room.pass_time(reader.byte() / 4)
        elif what >> 2 == 1:
            person.say(reader.take(reader.byte() & 63).replace(b"\x1e", b"") or b"\n")
        else:
            speaker = speakers[what & 3]
            speaker.client.say(b"\x1e" + _said(what >> 2, speaker, reader))
        room.hub.pace()
        for each in speakers:
            each.get(room.max_datagram)
            member = room.chat.state.roster.get(each.client.end.address)
            if member is None or member.place.look.lost:  # it will come in again, or was sent nothing for a while
                each.numbers.clear()
        for payload in person.gets():
            assert not [line for line in whole_lines(payload) if "\x1e" in line]
        assert room.hub.admission.drops[DropReason.BUG] == 0
    return room


def dictionary() -> str:
    """Return what objects are made of, as a dictionary for libFuzzer."""
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in WORDS)


def _said(what: int, speaker: Speaker, reader: Reader) -> bytes:
    """Return the rest of a datagram, behind its first separator."""
    match what:
        case 2:
            found: Any = {"hello": {"v": 1, "session": speaker.session, "nick": _text(reader)}}
        case 3:
            found = {"line": f"/enter {speaker.code} sesame", "id": reader.byte()}
        case 4:
            found = {"since": {"lobby": reader.byte(), "kitchen": 0}, "own": reader.byte(), "log": speaker.log}
        case 5:
            found = {"line": pieces(reader).decode(errors="replace"), "id": reader.byte(), "room": "kitchen"}
        case 6:
            found = {"line": _text(reader), "id": reader.byte()}
        case 7 | 8 | 9:
            found = {"line": LINES[reader.byte() % len(LINES)] + _text(reader), "id": reader.byte()}
        case 10:
            return b"\x1e".join(b'{"ping":%d}' % number for number in range(reader.byte()))
        case 11:
            return "".join(WORDS[each % len(WORDS)] for each in reader.take(reader.byte() & 31)).encode()
        case _:
            return reader.take(reader.byte())
    return json.dumps(found).encode()


def _text(reader: Reader) -> str:
    return reader.take(reader.byte() & 31).decode("latin-1")
