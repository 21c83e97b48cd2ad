"""Sessions: what a program goes on with, from wherever it writes, after it lost its connection, address or node.

Whoever shows the secret of a session is the member that it belongs to. The chat knows only keyed hashes of secrets: the
intake draws them, and the node that drew one shows it once. A new secret is given with every `welcome`. The one before
is valid until a new one is used, so that nothing is lost with a datagram. A program that says hello several times is
given several, and nobody knows which of them it got last: answers may be lost, late, or in another order. So once it
has used one, all of them are valid until it uses one that was given later. A secret that is not valid any more is
remembered for a while: whoever shows it is late, and is not somebody new.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from itertools import islice

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event
from udpchat.domain.rooms.author import Author, Meant
from udpchat.domain.rooms.programs.told import texts_of

MAX_OUTCOMES = 256  # lines of a session whose outcomes are kept: far more than a program has under way
MAX_OWN = 100  # events that concerned one program alone, and are kept for it
MAX_OWN_BYTES = 20_000  # of the texts of these: all programs of a full server have 200 MB at most, usual ones a tenth
MAX_BEFORE = 4  # addresses that are remembered of a session: what was under way from them may come late
MAX_FOLLOWING = 8  # secrets that were given and not used: a program may have got any of them
MAX_SPENT = 16  # secrets that are remembered when they are not valid any more: those of the last moves, some 2 kB


@attrs.frozen
class Noted:
    """What concerned one program alone, at a time, in seconds since 1970 UTC. None is for what was taken back.

    `author` is whose words are in it, None if it has none. `size` is the bytes of its texts in UTF-8, which is stored:
    so it is the same on every node, also for one that starts from a snapshot.
    """

    event: Event | None
    at: float
    author: Author | None = None
    size: int = 0


@attrs.define(eq=False)
class Session:
    """The session of one member.

    `current` is the hash of a secret that was used, "" before one was. `siblings` were given with it, and are as valid.
    `following` were given since it was used, the last one last. `spent` are the last that were valid. `own` numbers
    what concerned the program alone: `noted` are the last of that. `outcomes` are those of its last lines by their ids:
    if there are as many as are kept, no lower id counts any more. If it is `lost`, nobody is there since then, in
    seconds since 1970 UTC. At the addresses `before` the program was until it went on elsewhere.
    """

    current: str = ""
    following: tuple[str, ...] = ()
    own: int = 0
    noted: deque[Noted] = attrs.field(factory=lambda: deque(maxlen=MAX_OWN))
    outcomes: dict[int, Event] = attrs.field(factory=dict)
    lost: float | None = None
    before: tuple[Address, ...] = ()
    siblings: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The hashes of all that are valid."""
        return (self.current, *self.siblings, *self.following) if self.current else self.following

    @property
    def highest(self) -> int:
        """The highest id so far."""
        return max(self.outcomes, default=0)

    def note(self, event: Event, at: float, author: Author | None) -> int:
        """Note what concerns the program alone, and return its number. The first ones of too many bytes go."""
        self.own += 1
        self.noted.append(Noted(event, at, author, texts_of(event)))
        while sum(each.size for each in self.noted) > MAX_OWN_BYTES:
            self.noted.popleft()
        return self.own

    def wipe(self, meant: Meant) -> None:
        """Take back what somebody said."""
        for place, each in enumerate(self.noted):
            if each.author is not None and meant.said(each.author.nickname, each.author.number, each.at):
                self.noted[place] = Noted(None, each.at)

    def since(self, number: int) -> tuple[Noted, ...]:
        """Return what was noted after a number, which is that before the first one or higher."""
        return tuple(islice(self.noted, number - self.own + len(self.noted), None))

    def is_closed(self, number: int) -> bool:
        """Return whether an id without a known outcome does not count: it is lower than all that are kept."""
        return len(self.outcomes) >= MAX_OUTCOMES and number < min(self.outcomes)

    def record(self, number: int, outcome: Event) -> None:
        """Keep the outcome of a line. The one with the lowest of too many ids goes."""
        if len(self.outcomes) >= MAX_OUTCOMES:
            del self.outcomes[min(self.outcomes)]
        self.outcomes[number] = outcome


@attrs.define(eq=False)
class Sessions:
    """The sessions by the addresses of their members. Those that are `lost` came in that order.

    `ended` has who was a program until the input that is being handled: it reads objects to the end.
    """

    by_address: dict[Address, Session] = attrs.field(factory=dict, init=False)
    lost: dict[Address, Session] = attrs.field(factory=dict, init=False)  # always this one dictionary
    ended: set[Address] = attrs.field(factory=set, init=False)
    _by_secret: dict[str, Address] = attrs.field(factory=dict, init=False)
    _before: Counter[Address] = attrs.field(factory=Counter, init=False)  # of how many sessions
    _spent: set[str] = attrs.field(factory=set, init=False)  # of all sessions

    def is_program(self, address: Address) -> bool:
        """Return whether a client reads objects."""
        return address in self.by_address or address in self.ended

    def owner(self, secret: str) -> Address | None:
        """Return the address of the member that a secret with this hash belongs to."""
        return self._by_secret.get(secret)

    def is_spent(self, secret: str) -> bool:
        """Return whether a secret with this hash belonged to a session that goes on, and is not valid any more."""
        return secret in self._spent

    def begin(self, address: Address, session: Session) -> None:
        """Let a member have a session."""
        self.by_address[address] = session
        self._by_secret.update(dict.fromkeys(session.secrets, address))
        self._before.update(session.before)
        self._spent.update(session.spent)
        if session.lost is not None:
            self.lost[address] = session

    def end(self, address: Address) -> None:
        """Forget the session of a member, if it has one."""
        session = self.by_address.pop(address, None)
        if session is not None:
            self._forget(session.secrets)
            self._spent.difference_update(session.spent)
            self._leave(session, ())
            self.lost.pop(address, None)
            self.ended.add(address)

    def use(self, address: Address, secret: str) -> None:
        """Take note that a secret of a member was used. One of `following` makes `current` and `siblings` spent."""
        session = self.by_address[address]
        if secret not in session.following:
            return
        ended = (session.current, *session.siblings) if session.current else ()
        self._forget(ended)
        self._spent.difference_update(session.spent)
        session.spent = (*session.spent, *ended)[-MAX_SPENT:]
        self._spent.update(session.spent)
        session.current = secret
        session.siblings = tuple(each for each in session.following if each != secret)
        session.following = ()

    def give(self, address: Address, secret: str) -> bool:
        """Take note that a member is given a secret.

        Return False, and do nothing, if it is known already, or if too many wait to be used. Before the first was used,
        the oldest makes room: the program perhaps got none yet.
        """
        session = self.by_address[address]
        is_full = len(session.following) >= MAX_FOLLOWING
        if secret in self._by_secret or secret in self._spent or (is_full and session.current):
            return False
        if is_full:
            self._forget(session.following[:1])
            session.following = session.following[1:]
        session.following = (*session.following, secret)
        self._by_secret[secret] = address
        return True

    def lose(self, address: Address, at: float) -> bool:
        """Take note that nobody is at an address any more. Return whether its session can go on elsewhere."""
        session = self.by_address.get(address)
        if session is None or not session.secrets:
            return False
        if session.lost is None:
            session.lost = at
            self.lost[address] = session
        return True

    def find(self, address: Address) -> bool:
        """Take note that somebody is at an address. Return whether its session was lost."""
        session = self.lost.pop(address, None)
        if session is None:
            return False
        session.lost = None
        return True

    def over(self, at: float, seconds: float) -> list[Address]:
        """Return the members that have been lost for so many seconds, or since a later time: a clock was set back."""
        return [address for address, session in self.lost.items() if is_over(session, at, seconds)]

    def wipe(self, meant: Meant) -> None:
        """Take back what somebody said to programs alone."""
        for session in self.by_address.values():
            session.wipe(meant)

    def was_at(self, address: Address) -> bool:
        """Return whether a program was at an address lately, and went on elsewhere."""
        return address in self._before

    def move(self, places: Mapping[Address, Address]) -> None:
        """Follow members that have other addresses now: old -> new."""
        moved = {address: self.by_address.pop(address) for address in places if address in self.by_address}
        for address, session in moved.items():
            self.lost.pop(address, None)
            self.ended.add(address)
            self._leave(session, (*(each for each in session.before if each != places[address]), address))
            self.begin(places[address], session)

    def follow(self, places: Mapping[Address, Address]) -> None:
        """Follow addresses at which programs were before, and where others write to now: old -> new."""
        for session in self.by_address.values():
            if not places.keys().isdisjoint(session.before):
                self._leave(session, tuple(places.get(each, each) for each in session.before))
                self._before.update(session.before)

    def left(self) -> Iterable[Address]:
        """Return the addresses at which programs were before."""
        return self._before

    def _leave(self, session: Session, before: tuple[Address, ...]) -> None:
        """Take note where a program was before."""
        for each in session.before:
            self._before[each] -= 1
            if not self._before[each]:
                del self._before[each]
        session.before = before[-MAX_BEFORE:]

    def _forget(self, secrets: Iterable[str]) -> None:
        for each in secrets:
            del self._by_secret[each]


def is_over(session: Session | None, at: float, seconds: float) -> bool:
    """Return whether there is a session, and its time is over: see `Sessions.over`."""
    return session is not None and session.lost is not None and not 0 <= at - session.lost < seconds
