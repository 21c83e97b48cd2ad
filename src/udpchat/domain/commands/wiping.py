"""Taking back what somebody said: `/wipe`. Lines leave history at once, and with them the journal's inputs."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.arguments import NotHere, NothingAfter, parse_person
from udpchat.domain.commands.spec import Family, act_command
from udpchat.domain.duration import in_words
from udpchat.domain.event import Name, Part, Sentence
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.acts import FOREVER, Act, name_of, to_all
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.rights import Actor, require_fresh_code
from udpchat.domain.rooms.state import ChatState

EVERYTHING = 0.0  # seconds: of a wipe without a time


@attrs.frozen
class Wipe:
    """`/wipe NICK TIME`: take the lines of somebody out of history, those of the last `seconds` or all (0)."""

    word: str
    seconds: float


@attrs.frozen
class LinesWiped(Act):
    """So many lines of somebody were taken out of history."""

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
    """Take lines out of the history of all rooms: those of a person who is here, or said under a nickname."""
    require_fresh_code(state, actor, given.at)
    member = state.roster.find(command.word)
    number, name = (member.place.number, member.nickname) if member is not None else (0, command.word)
    since = given.at - command.seconds

    def is_meant(message: Message) -> bool:
        if command.seconds and message.at < since:
            return False
        mine = number and message.by == number
        return bool(mine) or message.nickname.casefold() == name.casefold()

    wiped = sum(room.log.wipe(is_meant) for room in state.rooms)
    state.rooms.wipe_told(is_meant)
    if member is None and not wiped:
        raise Rejected(NotHere(command.word))
    act = LinesWiped(actor, name, wiped, command.seconds)
    return to_all(actor, (actor.room,), act) if wiped else [(Only(actor.address), act)]


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
