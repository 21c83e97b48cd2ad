"""What peers, and those who pretend to be them, do on a hostile network."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import attrs

from tests.domain.strategies import NASTY
from tests.simulation.conversation import Conversation
from tests.simulation.peers import Peer, address
from tests.simulation.world import World
from udpchat.domain.address import Address
from udpchat.domain.datagram import RECORD_SEPARATOR

NAMES = (
    "bob",
    "Bob",
    "B0B",
    "alice",
    "al\u0456ce",
    "server",
    "a b",
    "\u05e9\u05dc\u05d5\u05dd",
    "x" * 24,
    "x" * 25,
    "-",
    "err0r",
)
HOSTS = (
    *("127.0.0.1", "::1", "127.0.0.2"),
    *("10.0.0.1", "192.168.7.7", "fe80::7", "fd00::1"),
    *("203.0.113.7", "198.51.100.3", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
)
RECALLS = (
    *(b"/history\n", b"/history 3", b"/history 1000000\n", b"/history 1h", b"/history 3d\n", b"/history 0"),
    *(b"/missed\n", b"/missed\n/history 2", b"hi\n/history 1000000\n/missed", b"/history 1000\n" * 5),
)
LINE_ENDS = ("\n", "\r\n", "\r")
FORGED = 40  # datagrams of one burst from forged addresses
FLOOD = 30  # of one burst by one client


@attrs.define(eq=False)
class Actors:
    """Everybody on the network. Each action is drawn with its weight, and may send any number of datagrams."""

    random: Random
    world: World
    crowd: int
    nickname_of: Callable[[Address], str]  # "" if nobody is at an address
    _conversation: Conversation = attrs.field(init=False)
    _actions: list[Callable[[], None]] = attrs.field(init=False)
    _weights: list[int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        table = {
            self.talk: 30,
            self.paste: 3,
            self.rename: 4,
            self.ask: 3,
            self.recall: 4,
            self.hold_forth: 2,
            self.leave: 3,
            self.enter: 12,
            self.enter_wrong: 3,
            self.garbage: 4,
            self.flood: 4,
            self.forge_strangers: 10,
            self.forge_member: 2,
            self.forge_report: 1,
            self.die: 2,
            self.come_back: 2,
            self.converse: 45,
        }
        self._conversation = Conversation(self.random, self.nickname, self.line)
        self._actions, self._weights = list(table), list(table.values())
        for number in range(self.crowd):
            self.world.add(address(self.random.choice(HOSTS), 1024 + number))

    def act(self, actions: int) -> None:
        """Do so many things."""
        for action in self.random.choices(self._actions, self._weights, k=actions):
            action()

    def anybody(self) -> Peer:
        """Return one of the crowd."""
        return self.world.numbers[int(self.random.random() * self.crowd)]

    def somebody(self) -> Peer:
        """Return one of the crowd at whose address there is a program, or, after a few tries, not."""
        for _ in range(5):
            peer = self.anybody()
            if peer.alive:
                break
        return peer

    def line(self, peer: Peer) -> str:
        """Return a line that is told from all others."""
        peer.said += 1
        return f"#{peer.number}.{peer.said}"

    def nickname(self) -> str:
        """Return somebody's nickname, or one that nobody may have."""
        return self.nickname_of(self.anybody().address) or self.random.choice(NAMES)

    def converse(self) -> None:
        """Use any command."""
        peer = self.somebody()
        self.world.carry(self._conversation.typed(peer), peer)

    def talk(self) -> None:
        """Say a line."""
        peer = self.somebody()
        self.world.carry(f"{self.line(peer)}\n".encode(), peer)

    def paste(self) -> None:
        """Say many at once, sometimes too many."""
        peer = self.somebody()
        lines = [self.line(peer) for _ in range(self.random.randrange(2, 100))]
        self.world.carry(LINE_ENDS[len(lines) % len(LINE_ENDS)].join(lines).encode(), peer)

    def rename(self) -> None:
        """Want another name."""
        self.world.carry(f"/nick {self.random.choice(NAMES)}\n".encode(), self.somebody())

    def ask(self) -> None:
        """Ask for something."""
        self.world.carry(
            self.random.choice((b"/list\n", b"/help", b"/nope", b"/list\n" * 30, b"", b" \n")), self.somebody()
        )

    def recall(self) -> None:
        """Ask for what was said."""
        self.world.carry(self.random.choice(RECALLS), self.somebody())

    def hold_forth(self) -> None:
        """Say something long."""
        self.world.carry(b"and so on " * self.random.randrange(5, 60), self.somebody())

    def leave(self) -> None:
        """Quit."""
        self.world.carry(self.random.choice((b"/quit\n", b"/QUIT now")), self.somebody())

    def enter(self) -> None:
        """Send back the code, if there is one, and the key; else ask for it."""
        peer, key = self.somebody(), self.world.key
        typed = f"/enter {peer.code} {key}" if peer.code or key else "let me in, please"
        if key:
            peer.code = ""  # the next key is sent alone, unless a code is asked for
        self.world.carry(f"{typed.rstrip()}\n".encode(), peer)

    def enter_wrong(self) -> None:
        """Try a code that one has not, or that is another's."""
        stolen = self.anybody().code or "abcdef"
        self.world.carry(f"/enter {stolen}\n".encode(), self.somebody())

    def garbage(self) -> None:
        """Send what strangers send."""
        random = self.random
        if random.random() < 0.5:
            payload = random.randbytes(random.randrange(60)).replace(b"#", b"").lstrip(RECORD_SEPARATOR)
        else:
            pieces = random.choices(NASTY, k=random.randrange(1, 20))
            payload = "".join(pieces).encode("utf-8" if len(pieces) % 3 else "utf-16")  # the latter with a mark
        self.world.carry(payload, self.somebody())

    def flood(self) -> None:
        """Say far too much."""
        peer = self.somebody()
        for _ in range(FLOOD):
            self.world.carry(b"spam\n" * self.random.randrange(1, 4), peer)

    def forge_strangers(self) -> None:
        """Send in the name of many addresses, which are nobody's."""
        for _ in range(FORGED):
            host = f"203.0.{self.random.randrange(2)}.{self.random.randrange(250)}"
            where = self.world.forged.get(host)
            peer = where or self.world.add(address(host, 9))
            self.world.forged[host] = peer
            peer.alive = False
            self.world.carry(self.random.choice((b"/list\n", b"hello, what is this", b"/enter abcdef\n", b"x")), peer)

    def forge_member(self) -> None:
        """Send in another's name."""
        self.world.carry(b"I am somebody else\n/list\n", self.anybody())

    def forge_report(self) -> None:
        """Report somebody gone who may not be."""
        peer = self.anybody()
        if peer.last_sent:
            self.world.report(self.random.choice((peer.last_sent, b"")), peer)

    def die(self) -> None:
        """End a program."""
        self.anybody().alive = False

    def come_back(self) -> None:
        """Start a program where there was one."""
        self.anybody().alive = True
