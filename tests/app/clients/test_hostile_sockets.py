"""Real clients on a hostile network: they are killed, flooded, far away, and write to odd addresses."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.app.clients.namespaces import ADDRESSES, two_hosts
from tests.app.clients.processes import SERVE, Program, clients, join, needs, running, serving
from tests.app.clients.talking import sockets
from tests.waiting import until


def said(client: Program) -> list[str]:
    """Return what a client has printed of what people said."""
    return [line.partition(": ")[2] for line in client.printed if ": " in line]


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
def test_ten_of_twenty_are_killed_at_once(tmp_path: Path, fan_out: str) -> None:
    """The other ten print every line that follows, and of each departure one, and stay to the last."""
    needs("nc.openbsd")
    with serving(tmp_path, "--fan-out", fan_out) as server:
        command = ["nc.openbsd", "-u", "localhost", str(server.port)]
        with clients(server.port, *["nc.openbsd"] * 10) as living:
            names = {join(client) for client in living}
            with ExitStack() as stack:
                dead = [stack.enter_context(running(command)) for _ in range(10)]
                for client in dead:
                    join(client)
                until(lambda: all(len(said(client)) == 20 - place for place, client in enumerate(living)))
                for client in dead:
                    client.process.send_signal(signal.SIGKILL)
            for client in living:
                client.printed.clear()
            for number in range(20):
                living[number % 10].say(f"line {number}")
                until(lambda: all(f": line {number}" in "\n".join(each.printed) for each in living))  # noqa: B023
            for client in living:
                assert said(client) == [f"line {number}" for number in range(20)]
                left = [
                    line.removesuffix(" has disconnected.")
                    for line in client.printed
                    if line.endswith(" has disconnected.")
                ]
                assert len(left) == len(set(left)) == 10
                assert names.isdisjoint(left)


# A server that looks at its sockets after each turn, so that nothing is done just because it was awake anyway.
SLEEPY = """
from udpchat.app.server import reactor
reactor.TURNS = 1
from udpchat.app.__main__ import main
main()
"""


@pytest.mark.parametrize("command", [(), (sys.executable, "-c", SLEEPY)], ids=["as it is", "sleepy"])
def test_one_line_is_enough_for_all_who_are_gone(tmp_path: Path, command: Sequence[str]) -> None:
    """Of 300 who are gone, each departure is told after a single line, without anything more that wakes the server."""
    with serving(tmp_path, command=command) as server:
        with sockets(server, 300) as dying:
            for sock in dying:
                sock.send(b"/help\n")
                sock.recv(9000)
        with sockets(server) as (living,):  # the last in the room, whom a report about another may hold up
            living.send(b"anybody?\n")
            heard: list[bytes] = []
            while sum(line.endswith(b" has disconnected.") for line in heard) < 300:
                heard += living.recv(9000).splitlines()
            assert heard[0].endswith(b": anybody?")
            assert len(set(heard)) == len(heard) == 301


def test_a_server_everywhere_answers_from_where_it_was_asked(tmp_path: Path) -> None:
    """A netcat that wrote to 127.0.0.2 prints what is said, as does one that wrote to 127.0.0.1."""
    needs("nc.openbsd")
    with serving(tmp_path, "--host", "0.0.0.0") as server:  # noqa: S104 - what is tested
        one, two = (["nc.openbsd", "-u", host, str(server.port)] for host in ("127.0.0.1", "127.0.0.2"))
        with running(one) as first, running(two) as second:
            names = [join(first), join(second)]
            first.say("hello")
            second.prints(f"{names[0]}: hello")
            second.say("welcome")
            first.prints(f"{names[1]}: welcome")


# From far away: prints what each step sent and got; the code is asked for, wrong, right, and then the room is heard.
STRANGER = """
import json, socket, sys
room = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
room.connect((sys.argv[1], int(sys.argv[2])))
room.settimeout(10)
steps = []
def step(line):
    room.send(line)
    steps.append([line.decode(), room.recv(9000).decode()])
step(b"hello there\\n")
step(b"/enter wrong\\n")
step(steps[-1][1].encode())
step(("/enter " + steps[0][1].split()[-1] + "\\n").encode())
step(b"hello\\n")
room.send(b"/list\\n")
steps.append(["/list\\n", room.recv(9000).decode()])
room.settimeout(0.2)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
    other.connect((sys.argv[1], int(sys.argv[2])))
    other.settimeout(0.2)
    other.send(b"hi\\n")
    try:
        steps.append(["hi\\n", other.recv(9000).decode()])
    except TimeoutError:
        steps.append(["hi\\n", ""])
print(json.dumps(steps))
"""


def test_who_comes_from_far_away_is_asked_for_a_code(tmp_path: Path) -> None:
    """From a global address a client gets the prompt, at most three bytes for one, until it sends the code back."""
    with (
        two_hosts() as (in_one, in_other),
        serving(tmp_path, "--host", "0.0.0.0", command=(*in_one, *SERVE)) as server,  # noqa: S104 - in a namespace
    ):
        command = [*in_other, sys.executable, "-c", STRANGER, ADDRESSES[0], str(server.port)]
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    steps = json.loads(done.stdout)
    asked, proven = steps[:3] + steps[-1:], steps[3:-1]
    assert all(len(got) <= 3 * len(sent) for sent, got in asked)
    prompt = r"(to join, type: )?/enter [a-z2-9]{6}\n(error - your line was not sent\n)?"
    assert [bool(re.fullmatch(prompt, got)) for _, got in asked] == [True, True, True, False]
    entered, echo, listed = (got for _, got in proven)
    name = re.fullmatch(r"you are in the room as ([A-Za-z]{5}), lines before .*\n", entered).group(1)  # type: ignore[union-attr]
    assert echo == f"{name}: hello\n"
    assert re.fullmatch(rf"showing connected clients: [a-z2-9]{{8}}:{name}\n", listed)
    assert '"code_asked": 4' in server.logged()


# From a host that is then out of reach: joins. From the server's own: says lines for some seconds, then prints how many
# left, and how many are in the room.
OUT_OF_REACH = """
import signal
import socket, sys, time
room = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
room.connect((sys.argv[1], int(sys.argv[2])))
room.settimeout(10)
room.send(b"/help\\n")
heard = room.recv(9000)
for number in range(int(sys.argv[3])):
    room.send(b"anybody?\\n")
    heard += room.recv(9000)
    time.sleep(0.1)
room.send(b"/list\\n")
heard += room.recv(9000)
print(heard.count(b" has disconnected."), heard.rpartition(b"clients: ")[2].count(b",") + 1)
"""


def test_who_is_out_of_reach_stays(tmp_path: Path) -> None:
    """A host that does not answer is reported for each line said there, and whoever is on it may be back any time."""
    with (
        two_hosts() as (in_one, in_other),
        serving(tmp_path, "--host", "0.0.0.0", "--admission", "open", command=(*in_one, *SERVE)) as server,  # noqa: S104 - in a namespace
    ):

        def talk(where: list[str], lines: int) -> str:
            command = [*where, sys.executable, "-c", OUT_OF_REACH, ADDRESSES[0], str(server.port), str(lines)]
            return subprocess.run(command, capture_output=True, check=True, timeout=60, text=True).stdout

        assert talk(in_other, 0) == "0 1\n"
        subprocess.run([*in_other, "ip", "address", "flush", "dev", "cable"], check=True, timeout=30)
        for command in ("ip link set lo up", "ip neigh flush dev cable"):
            subprocess.run([*in_one, *command.split()], check=True, timeout=30)
        assert talk(in_one, 45) == "0 2\n"


def test_a_flood_leaves_a_pair_its_chat(tmp_path: Path) -> None:
    """While one floods, a pair hears each of its lines at once and in order, and little of the flood."""
    with serving(tmp_path) as server, sockets(server, 3) as (one, two, flooder):
        for sock, name in ((one, b"one"), (two, b"two"), (flooder, b"flood")):
            sock.send(b"/nick %s\n" % name)
            while not sock.recv(9000).endswith(b"->%s\n" % name):
                pass
        heard: list[bytes] = []
        for number in range(50):
            for _ in range(200):
                flooder.send(b"flood\n")
            speaker, name = ((one, b"one"), (two, b"two"))[number % 2]
            line = b"%s: line %d" % (name, number)
            speaker.send(b"line %d\n" % number)
            while line not in heard:
                heard += two.recv(9000).splitlines()
        said = [line for line in heard if line.startswith((b"one: ", b"two: "))]
        assert said == [b"%s: line %d" % ((b"one", b"two")[number % 2], number) for number in range(50)]
        assert heard.count(b"flood: flood") < 2000
    assert '"client_rate":' in server.logged()
