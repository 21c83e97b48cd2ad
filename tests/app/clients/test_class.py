"""A class of 30 clients at 15 addresses, in which a teacher keeps order, as an operator and as holder of a room."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pyotp

from tests.app.clients.namespaces import Host, switched_hosts
from tests.app.clients.processes import SERVE, Server, serving
from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import Operator

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - of RFC 6238, appendix B
HOSTS = 15  # with two clients each; the server is on one more
SILENCE = 10  # seconds without any line, after which the test fails


@attrs.define(eq=False)
class Person:
    """Somebody at a keyboard: a socket, and the lines that came and were not compared yet."""

    name: str
    sock: socket.socket
    waiting: list[str] = attrs.field(factory=list)

    def types(self, line: str) -> None:
        """Send a line."""
        self.sock.send(f"{line}\n".encode())

    def line(self) -> str:
        """Return the next line that came."""
        if not self.waiting:
            self.waiting += self.sock.recv(9000).decode().splitlines()
        return self.waiting.pop(0)

    def reads(self, *lines: str) -> None:
        """Fail unless the next lines fit these regular expressions. None is left out: a server keeps the order."""
        for expected in lines:
            came = self.line()
            assert re.fullmatch(expected, came), f"{self.name} reads {came!r} instead of {expected!r}"

    def reads_until(self, expected: str) -> None:
        """Read until a line that fits, and forget what came before it."""
        while not re.fullmatch(expected, self.line()):
            pass


@attrs.frozen
class Class:
    """The teacher, whose nickname is tina, and everybody else, each with its host."""

    server: Server
    hosts: list[Host]
    stack: ExitStack
    tina: Person
    pupils: list[Person]

    def newcomer(self, host: Host, name: str) -> Person:
        """Return somebody new at a host, who has not typed anything."""
        return seated(self.stack, self.hosts[0], self.server, host, name)

    def all_read(self, line: str, *but: Person) -> None:
        """Let everybody but these read a line."""
        for person in (self.tina, *self.pupils):
            if person not in but:
                person.reads(line)

    def act(self, line: str, did: str, whom: Person | None = None) -> None:
        """Let tina do something, and all others, but whom it is about, read that she `did` it."""
        self.tina.types(line)
        self.tina.reads(f"you {did}")
        self.all_read(f"tina {did}", self.tina, *([] if whom is None else [whom]))

    def can_speak(self, who: Person, text: str) -> None:
        """Let somebody say something, and everybody read it, and nothing before it."""
        who.types(text)
        self.all_read(re.escape(f"{who.name}: {text}"))

    def settle(self) -> None:
        """Let everybody read what waits, which is of people who came, went or changed their names."""
        self.tina.types("good morning")
        for person in (self.tina, *self.pupils):
            person.reads_until("tina: good morning")

    def comes(self, person: Person) -> None:
        """Let somebody come in, or come back, and take its name."""
        person.types(f"/nick {person.name}")
        person.reads_until(f"new nickname set .*->{person.name}")


def seated(stack: ExitStack, at: Host, server: Server, host: Host, name: str) -> Person:
    """Return somebody at a host, with a socket that talks to the server."""
    sock = stack.enter_context(host.udp_socket())
    sock.settimeout(SILENCE)
    sock.connect((at.address, server.port))
    return Person(name, sock)


@contextmanager
def school(tmp_path: Path) -> Iterator[Class]:
    """Run a server, and let the class come in. Strangers need no code, so the teacher has to prove its address."""
    file = tmp_path / "operators"
    OperatorsFile(file).add(Operator("ana", SECRET))
    with switched_hosts(HOSTS + 1) as (at, *hosts), ExitStack() as stack:
        settings = ("--host", at.address, "--admission", "open", "--operators", str(file))
        server = stack.enter_context(serving(tmp_path, *settings, command=(*at.inside, *SERVE)))
        names = ("tina", *(f"pupil{number}" for number in range(1, 2 * HOSTS)))
        tina, *pupils = (seated(stack, at, server, hosts[n // 2], name) for n, name in enumerate(names))
        group = Class(server, [at, *hosts], stack, tina, pupils)
        for person in (tina, *pupils):
            group.comes(person)
        group.settle()
        yield group


def test_a_teacher_keeps_order(tmp_path: Path) -> None:
    """All read each act, it holds for whom it is about and for nobody else, and its opposite lets them speak again."""
    with school(tmp_path) as group:
        become_operator(group.tina)
        mute(group, group.pupils[0])
        kick(group, group.pupils[1])
        ban(group, *group.pupils[3:6])
        slow(group, group.pupils[6])
        hush(group, *group.pupils[7:9])
        lockdown(group, group.pupils[9])
        group.tina.types("/deop")
        group.tina.reads("you are no operator any more")
        group.tina.types("/announce the end")
        group.tina.reads("error - only operators may do that, .*")


def become_operator(tina: Person) -> None:
    """Her address is global, so she has to prove it first; the code of her phone still counts after that."""
    code = pyotp.TOTP(SECRET).now()
    tina.types(f"/op ana {code}")
    asked = tina.line()
    entered = re.fullmatch("to prove your address, type: (/enter [a-z0-9]+) and then /op again", asked)
    assert entered is not None, asked
    tina.types(entered[1])
    tina.reads("you are in the room already, as tina")
    tina.types(f"/op ana {code}")
    tina.reads("you are an operator for 15 minutes, each act prolongs that, see /help")


def mute(group: Class, loud: Person) -> None:
    """Nobody reads a muted pupil until the teacher unmutes it."""
    group.act(f"/mute {loud.name} too loud", f"muted {loud.name} for 10 minutes: too loud", loud)
    loud.reads("tina muted you for 10 minutes: too loud")
    loud.types("hello?")
    loud.reads("error - you are muted for .* more, by tina: too loud")
    group.act(f"/unmute {loud.name}", f"unmuted {loud.name}", loud)
    loud.reads("tina unmuted you")
    group.can_speak(loud, "sorry")


def kick(group: Class, rude: Person) -> None:
    """A kicked pupil is out, and may come back."""
    group.act(f"/kick {rude.name} stop that", f"kicked {rude.name}: stop that", rude)
    rude.reads("tina kicked you: stop that", "you have been disconnected.")
    group.comes(rude)
    group.settle()
    group.can_speak(rude, "here again")


def ban(group: Class, banned: Person, neighbour: Person, elsewhere: Person) -> None:
    """A ban keeps out both pupils of a host, and nobody of another host."""
    group.tina.types(f"/ban {banned.name} 2h stop that")
    group.tina.reads(f"you banned {banned.name} for 2 hours: stop that")
    group.all_read(f"tina banned {banned.name} for 2 hours: stop that", group.tina, banned, neighbour)
    for person in (banned, neighbour):
        person.reads("tina banned you for 2 hours: stop that", "you have been disconnected.")
        person.types("why? I did nothing at all")
        person.reads("error - you are banned for .* more: stop that")
    elsewhere.types("who is next")
    group.all_read(f"{elsewhere.name}: who is next", banned, neighbour)
    group.tina.types("/bans")
    group.tina.reads(f"1\\. {banned.name}, for .* more, by tina: stop that")
    group.tina.types("/unban 1")
    group.tina.reads(f"you unbanned {banned.name}")
    group.comes(banned)
    group.comes(neighbour)
    group.settle()
    group.can_speak(banned, "back")
    group.can_speak(neighbour, "me too")


def slow(group: Class, talker: Person) -> None:
    """In a slow room a pupil says one line, and the teacher as many as she likes."""
    group.act("/slow 3600", "allows? one line in 1 hour")
    group.can_speak(talker, "one")
    talker.types("two")
    talker.reads("error - one line in 1 hour here, wait .*")
    group.can_speak(group.tina, "slowly")
    group.can_speak(group.tina, "please")
    group.act("/slow off", "allows? lines without a wait")
    group.can_speak(talker, "two")


def hush(group: Class, first: Person, second: Person) -> None:
    """In a hush of the room that she holds, pupils raise hands, which she calls in order, and nobody else speaks."""
    for person in (group.tina, *group.pupils):
        person.types("/join workshop")
        person.reads_until("you (are alone|are) in workshop.*")
    group.settle()
    group.act("/hush on", "silenced this room, /hand raises your hand")
    first.types("I know!")
    first.reads("error - only the holder and operators speak in workshop now, /hand raises your hand")
    for number, person, why in ((1, first, "I know"), (2, second, "me too")):
        person.types(f"/hand {why}")
        person.reads(f"you are number {number} in line, /hand down lowers your hand")
        group.all_read(f"{person.name} raised a hand: {why}", person)
    second.types("/next")
    second.reads("error - only the holder and operators speak in workshop now, /hand raises your hand")
    group.tina.types("/next")
    group.all_read(f"tina calls {first.name}: I know")
    first.reads("you are called by tina")
    group.can_speak(group.tina, "well?")
    group.act("/hush off", "let everybody speak again")
    group.can_speak(first, "42")
    second.types("/next")
    second.reads("error - only tina, who holds workshop, may do that")


def lockdown(group: Class, member: Person) -> None:
    """Nobody new comes in, and who is in goes on."""
    late = group.newcomer(group.hosts[-1], "late")
    group.act("/lockdown on", "closed the server, nobody new can come in")
    late.types("may I come in, please?")
    late.reads("error - nobody new can come in now")
    group.can_speak(member, "somebody knocks")
    group.act("/lockdown off", "opened the server again")
    late.types("/nick late")
    late.reads("new nickname set .*->late")
