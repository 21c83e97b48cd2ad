"""The log has who joined and left, and why, within a rate, and a summary each minute; never what was said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.app.clients.processes import serving
from tests.app.clients.talking import sockets
from tests.room import UNLIMITED, Client, Room
from tests.waiting import until
from udpchat.app.logs.presence import MAX_LINES, MINUTE, MinuteLog, PresenceLog
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.members.crowd import MAX_CHANGES

HOSTS = ("10.0.0.1", "203.0.113.7")  # a private address, and one that is as good as any global one (RFC 5737)
OPEN = attrs.evolve(UNLIMITED, admission="open", max_clients_per_prefix=100_000)
Lines = list[dict[str, Any]]


@attrs.define(eq=False)
class Watched:
    """A room, its logs, and who is in it."""

    room: Room = attrs.field(
        factory=lambda: Room(policy=attrs.evolve(UNLIMITED, admission="open", max_clients_per_prefix=100_000))
    )
    presence: PresenceLog = attrs.field(init=False)
    minute: MinuteLog = attrs.field(init=False)
    members: list[Client] = attrs.field(factory=list, init=False)
    speaker: Client = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        hub, state = self.room.hub, self.room.chat.state
        state.show = Cloak("auto", self.room.key)
        self.presence, self.minute = PresenceLog(state, hub.outbox.left), MinuteLog(state, hub.admission.drops)
        self.speaker = self.room.member()
        self.presence.start()
        self.minute.start(self.room.now)

    def tick(self, seconds: float = 1.0) -> Lines:
        """Let time pass, and return what is logged then."""
        with structlog.testing.capture_logs() as logged:
            self.room.pass_time(seconds)
            self.minute.log(self.presence.log(), self.room.now)
        return [dict(line) for line in logged]

    def name(self, client: Client) -> str:
        """Return the nickname of a member."""
        return self.room.chat.state.roster.members[client.end.address].nickname

    def do(self, what: str, number: int) -> tuple[str, ...]:
        """Let something happen; return what the log has to say of it."""
        if what == "join":
            self.members.append(self.room.client(HOSTS[number % len(HOSTS)]))
            self.members[-1].say("secret")
            return ("joined",)
        if what == "pass through":
            self.room.client().say("/quit")
        if what == "say":
            self.speaker.say("secret")
        if what == "move" and self.members:
            self.members[number % len(self.members)].say(f"/nick name{number}")
        if not self.members or what not in {"quit", "gone", "idle"}:
            return ()
        client = self.members.pop(number % len(self.members))
        name = self.name(client)
        if what == "quit":
            client.say("/quit")
        elif what == "gone":
            client.end.close()
            for _ in range(2):
                self.speaker.say("secret")
        else:
            self.room.hub.intake.take_idle([client.end.address])
            self.room.hub.turn(self.room.carrier)
        return ("left", name, what)


WHAT = st.sampled_from(["join", "join", "quit", "gone", "idle", "move", "pass through", "say", "tick", "tick"])


@given(st.lists(st.tuples(WHAT, st.integers(0, 9)), max_size=60))
def test_the_log_tells_who_joined_and_left(happened: list[tuple[str, int]]) -> None:
    """Each who joined or left is logged or counted, with name, reason and shown address; not what is said."""
    watched = Watched()
    expected: list[tuple[str, ...]] = []
    logged: Lines = []
    for what, number in [*happened, ("tick", 0)]:
        if what != "tick":
            expected.append(watched.do(what, number))
            continue
        lines = watched.tick()
        expected = [each for each in expected if each]
        assert len(lines) <= MAX_LINES + 2
        shown = [line for line in lines if line["event"] in {"joined", "left"}]
        rest = Counter({key: line[key] for line in lines if "more" in line["event"] for key in ("joined", "left")})
        assert Counter(line["event"] for line in shown) + rest == Counter(each[0] for each in expected)
        left = [(line["event"], line["nickname"], line["why"]) for line in shown if line["event"] == "left"]
        assert left == [each for each in expected if each[0] == "left"][: len(left)]
        if not rest:
            assert [line["event"] for line in shown] == [each[0] for each in expected]
        logged += lines
        expected = []
    assert "secret" not in str(logged)


def test_the_address_is_shown_as_list_shows_it() -> None:
    """A global address is a word, a private one is itself, and both lines about a client have the same."""
    watched = Watched()
    watched.do("join", 0)
    watched.do("join", 1)
    joined = watched.tick()
    shown = [line["address"] for line in joined]
    assert shown == [watched.room.chat.state.show(client.end.address) for client in watched.members]
    assert "203.0.113.7" not in str(joined)
    watched.do("move", 0)
    watched.do("quit", 0)
    watched.do("quit", 0)
    left = watched.tick()
    assert [line["address"] for line in left] == shown
    assert [line["nickname"] for line in left] == ["name0", joined[1]["nickname"]]


@pytest.mark.untraced
def test_a_crowd_is_counted() -> None:
    """Of more than the roster remembers, the numbers are logged, and those who left before they can be named too."""
    watched, crowd = Watched(), MAX_CHANGES + 10
    for _ in range(crowd):
        watched.do("join", 0)
    watched.do("quit", 0)
    (line,) = watched.tick()
    assert (line["event"], line["joined"], line["left"]) == ("more joined and left", crowd, 1)
    assert line["clients"] == crowd


def test_the_summary_of_a_minute() -> None:
    """It is logged once a minute if anything changed, and has what was new in that minute."""
    watched = Watched()
    watched.do("join", 0)
    watched.do("say", 0)
    watched.speaker.say("x" * 9000)
    assert [line["event"] for line in watched.tick(MINUTE - 1)] == ["joined"]
    (line,) = watched.tick()
    assert line == {
        "event": "last minute",
        "log_level": "info",
        "clients": 2,
        "joined": 1,
        "left": 0,
        "lines": 2,
        "dropped": {"line_too_long": 1},
    }
    assert watched.tick(MINUTE) == []
    watched.do("say", 0)
    (line,) = watched.tick(MINUTE)
    assert (line["joined"], line["lines"], line["dropped"]) == (0, 1, {})


def test_a_server_logs_who_joins_and_leaves(tmp_path: Path) -> None:
    """A running server logs a member that quits, and who is in a continued room is not logged as joining."""
    journal = str(tmp_path / "room.journal")
    with serving(tmp_path, "--journal", journal) as server, sockets(server, 2) as (one, two):
        for sock in (one, two):
            sock.send(b"secret\n")
            sock.recv(9000)
        one.send(b"/quit\n")
        until(lambda: '"event": "left"' in server.logged(), server.logged)
        assert server.logged().count('"event": "joined"') == 2
        assert '"why": "quit"' in server.logged()
        assert "secret" not in server.logged()
    with serving(tmp_path, "--journal", journal) as server:
        pass
    assert '"joined"' not in server.logged()
    assert '"clients": 1' in server.logged()
