"""Programs that move from one server of a room to another by their session: real servers, and bytes on sockets."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.app.clients.peers import Found, Peer, of_kind
from tests.app.clients.processes import port_of, running_server
from tests.app.server.cluster import arguments, node
from tests.nats_servers import NatsCluster

STREAM = socket.SOCK_STREAM


@contextmanager
def peer(port: int, kind: socket.SocketKind = STREAM) -> Iterator[Peer]:
    """Give a program."""
    made = Peer(port, kind)
    with made.socket:
        yield made


def comes_in(who: Peer, nick: str) -> Found:
    """Say hello, and return the welcome."""
    return who.waits(of_kind("welcome"), hello={"v": 1, "nick": nick})


def places(welcome: Found, peers: list[Peer]) -> dict[str, Any]:
    """Return what a program says that goes on elsewhere: its last session, and the last numbers that it has."""
    got = [each for who in peers for each in who.got]
    return {
        "v": 1,
        "session": [each["session"] for each in got if each["event"] == "welcome"][-1],
        "rooms": {"lobby": max([welcome["rooms"][0]["seq"], *(each for who in peers for each in who.sequence())])},
        "own": max([welcome["own"], *(each["own"] for each in got if each["event"] == "privately-said")]),
        "log": welcome["log"],
    }


def test_a_program_moves_and_has_each_event_once(tmp_path: Path, servers: NatsCluster) -> None:
    """It goes from node to node while both talk: all is there in order, once, and nobody reads of it.

    A private line that came while it was nowhere is there too, and its own line with an id counts once.
    """
    with (
        node(tmp_path, servers, "a") as one,
        node(tmp_path, servers, "b") as other,
        peer(one.port) as near,
        peer(other.port) as far,
    ):
        comes_in(near, "near")
        comes_in(far, "far")
        far.waits(of_kind("said", text="ready"), line="ready", id=1)
        moved: list[Peer] = []
        with peer(one.port) as bot:
            welcome = comes_in(bot, "bot")
            moved.append(bot)
            first = bot.waits(of_kind("done", id=1), line="only once", id=1)
            bot.waits(of_kind("said", text="only once"))
        line = 1
        for step, port in enumerate([other.port, one.port, other.port], 1):
            for who in (near, far):  # it is nowhere now
                line += 1
                who.waits(of_kind("done", id=line), line=f"{step} meanwhile", id=line)
            near.waits(of_kind("done", id=100 + step), line=f"/msg bot psst {step}", id=100 + step)
            line = 200 + 10 * step
            with peer(port) as bot:
                back = bot.waits(of_kind("welcome"), hello=places(welcome, moved))
                assert (back["you"], back["log"]) == ("bot", welcome["log"])
                moved.append(bot)
                bot.waits(of_kind("privately-said", text=f"psst {step}"))
                assert bot.waits(of_kind("done", id=1), line="only once", id=1) == first
                for who in (near, far):
                    line += 1
                    who.waits(of_kind("done", id=line), line=f"{step} together", id=line)
                    bot.waits(of_kind("said", text=f"{step} together", nick="near" if who is near else "far"))
        near.waits(of_kind("done", id=1000), line="the end", id=1000)
        near.waits(of_kind("said", text="the end"))
        came = [each for who in moved for each in who.sequence()]
        begin = welcome["rooms"][0]["seq"]
        assert came == [*range(begin + 1, begin + 2 + 3 * 4)]
        own = [each["own"] for who in moved for each in who.got if each["event"] == "privately-said"]
        assert own == [1, 2, 3]
        heard = [each for each in near.got if each.get("seq", 0) > begin and "id" not in each]
        assert {each["event"] for each in heard} == {"said"}
        assert [each["text"] for each in heard].count("only once") == 1


def test_a_program_whose_node_is_killed_misses_nothing(tmp_path: Path, servers: NatsCluster) -> None:
    """Over UDP: its node ends by -9, it shows its session to the other one, and has all, though its node is dead."""
    with node(tmp_path, servers, "b", "--node-lease", "3") as other, peer(other.port) as far:
        comes_in(far, "far")
        with running_server("0", *arguments(servers, "a", "--node-lease", "3")) as killed:
            killed.prints("join with: .*")
            with peer(port_of(killed), socket.SOCK_DGRAM) as bot:
                welcome = comes_in(bot, "bot")
                done = bot.waits(of_kind("done", id=1), line="before", id=1)
                bot.waits(of_kind("said", text="before"))
                killed.end(signal.SIGKILL)
        far.waits(of_kind("done", id=1), line="it is gone", id=1)
        far.waits(of_kind("done", id=2), line="/msg bot psst", id=2)
        with peer(other.port, socket.SOCK_DGRAM) as again:
            hello = places(welcome, [bot])
            assert again.waits(of_kind("welcome"), hello=hello)["you"] == "bot"
            again.waits(of_kind("privately-said", text="psst", own=1))
            assert again.waits(of_kind("done", id=1), line="before", id=1) == done
            far.waits(of_kind("done", id=3), line="it is back", id=3)
            again.waits(of_kind("said", text="it is back"))
            assert again.numbers() == [done["seq"] + 1, done["seq"] + 2]
            assert not [each for each in again.got if each["event"] == "gap"]
            assert not [each for each in far.got if "connected" in each.get("line", "")]
