"""Taking back what somebody said: `/wipe`. It leaves the state at once, and with it the journal's inputs."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

import attrs

from udpchat.domain.commands.arguments import NotHere, NothingAfter, parse_person
from udpchat.domain.commands.spec import Family, act_command
from udpchat.domain.duration import in_words
from udpchat.domain.event import Name, Part, Sentence
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.acts import FOREVER, Act, name_of, to_all
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.author import Meant
from udpchat.domain.rooms.claims import absent_owner, claims_of
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.rights import Actor, require_fresh_code
from udpchat.domain.rooms.state import ChatState

EVERYTHING = 0.0  # seconds: of a wipe without a time


@attrs.frozen
class Wipe:
    """`/wipe NICK TIME`: take back what somebody said in the last `seconds`, or all (0)."""

    word: str
    seconds: float


@attrs.frozen
class LinesWiped(Act):
    """So many lines of somebody were taken back: those in histories, those that wait for somebody, and what stands."""

    erases = True

    actor: Actor
    whom: str
    number: int
    seconds: float = EVERYTHING

    def _sentence(self, who: Part) -> Sentence:
        lines = "1 line" if self.number == 1 else f"{self.number} lines"
        since = f" of the last {in_words(self.seconds)}" if self.seconds else ""
        return Sentence((who, f" removed {lines} of ", Name(self.whom), since))

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (self._sentence(name_of(self.actor)),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who did it reads."""
        return (self._sentence("you"),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        found = {"act": "wiped", "by": self.actor.name, "right": self.actor.right.value, "whom": self.whom}
        return found | {"lines": str(self.number)}


def parse_wipe(rest: str) -> Wipe:
    """Read a nickname and a time."""
    word, words = parse_person("/wipe", rest)
    seconds = words.time(EVERYTHING)
    seconds = seconds if seconds < FOREVER else EVERYTHING
    if words.words:
        raise Rejected(NothingAfter("/wipe"))
    return Wipe(word, seconds)


def wipe(state: ChatState, actor: Actor, command: Wipe, given: Input) -> list[Delivery]:
    """Take back what a member or an owner said, or what was said under a nickname: see `Meant`."""
    require_fresh_code(state, actor, given.at)
    since = given.at - command.seconds if command.seconds else -inf
    name, meant = _meant(state, command.word, since, given.at)
    wiped = state.rooms.wipe(meant) + sum(each.wipe(meant) for each in state.slices)
    state.sessions.wipe(meant)
    if not meant.number and not wiped:
        raise Rejected(NotHere(command.word))
    act = LinesWiped(actor, name, wiped, command.seconds)
    return to_all(actor, (actor.room,), act) if wiped else [(Only(actor.address), act)]


def _meant(state: ChatState, word: str, since: float, at: float) -> tuple[str, Meant]:
    """Return a name, and whose words are meant: those of a member, of an owner that is away, or under that name."""
    member, owner = state.roster.find(word), absent_owner(state, word, at)
    if member is not None:
        own = claims_of(state).held.get(member.address)
        names = {member.nickname} if own is None else {member.nickname, own.nickname}
        name, number, address = member.nickname, member.place.number, member.address
    elif owner is not None:
        name, number, address, names = owner.nickname, owner.number, None, {owner.nickname}
    else:
        return word, Meant(0, frozenset((word.casefold(),)), since)
    return name, Meant(number, frozenset(each.casefold() for each in names), since, address)


FAMILY = Family(
    (
        act_command(
            "/wipe NICK [TIME]",
            "take what somebody said out of history",
            parse_wipe,
            wipe,
            example="/wipe client 1h",
        ),
    ),
    title="taking back",
)
