"""What was said before: `/history` and `/missed`, and what a newcomer is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from udpchat.domain.commands.arguments import UNITS
from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.event import Event, Sentence
from udpchat.domain.grammar import ARGUMENTS_SINCE, RETURNS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState

_LINES = ("", "line", "lines")
_AMOUNT = re.compile("([0-9]{1,6}) ?([a-z]*)")
_AMOUNT_1 = re.compile("[0-9]{1,6}[mhd]?")  # in grammar 1


@attrs.frozen
class ShowHistory:
    """`/history`: show the last `lines` that were said, or what was said in the last `seconds`."""

    lines: int = 20
    seconds: int = 0


@attrs.frozen
class ShowMissed:
    """`/missed`: show what was said while the member was away."""


@attrs.frozen
class HistoryShown(Event):
    """A member is shown what was said before, oldest first."""

    long = True

    messages: tuple[Message, ...]

    def sentences(self) -> Iterable[Sentence]:
        """Return each message, with the time at which it was said."""
        for message in self.messages:
            for sentence in message.sentences():
                yield attrs.evolve(sentence, at=message.at)


@attrs.frozen
class HistoryShownOnJoin(HistoryShown):
    """A newcomer is shown what was said last. An address that may be forged is shown only a part of it."""


@attrs.frozen
class NothingSaid(Event):
    """A member asked for what was said before, and there is nothing."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("showing history: nothing was said",)),)


@attrs.frozen
class NothingMissed(Event):
    """A member asked for what was said while it was away, and there is nothing."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you missed nothing",)),)


@attrs.frozen
class NewHere(Event):
    """A member asked for what it missed, at an address where nobody was before."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence. The member may have been here at another address, so it may have missed something."""
        return (Sentence(("you are new at this address, try /history",)),)


@attrs.frozen
class MissedRemoved(Event):
    """A member missed messages that are not kept any more; `number` is None if it is not known how many."""

    number: int | None

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        number = "" if self.number is None else f"{self.number} "
        lines = "1 line that is" if self.number == 1 else f"{number}lines that are"
        return (Sentence((f"you missed {lines} not kept any more",)),)


@attrs.frozen
class AmountUnclear(Rejection):
    """`/history` with something that is neither a number of lines nor a time."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/history takes a number of lines, or a time: 10m, 2h or 3d",))


def parse_history(rest: str) -> ShowHistory:
    """Read a number of lines or a time: `20`, `20 lines`, `10m`, `10 minutes`."""
    words = rest.split(maxsplit=2)
    if not words:
        return ShowHistory()
    match = _AMOUNT.fullmatch(" ".join(words).lower())
    if match is None or not int(match[1]):
        raise Rejected(AmountUnclear())
    if match[2] in _LINES:
        return ShowHistory(int(match[1]))
    if match[2] not in UNITS:
        raise Rejected(AmountUnclear())
    return ShowHistory(0, int(match[1]) * UNITS[match[2]])


def parse_history_1(rest: str) -> ShowHistory:
    """Read a number of lines or a time as grammar 1 did: in one word, and what followed it was ignored."""
    words = rest.split(maxsplit=1)
    if not words:
        return ShowHistory()
    if not _AMOUNT_1.fullmatch(words[0].lower()):
        raise Rejected(AmountUnclear())
    return parse_history(words[0])


def show_history(state: ChatState, member: Member, command: ShowHistory, given: Input) -> list[Delivery]:
    """Show what was said last, or since a time."""
    log = state.log_of(member.place.room, given.at, member.address)
    messages = log.since(given.at - command.seconds) if command.seconds else log.last(command.lines)
    return [(Only(member.address), HistoryShown(messages) if messages else NothingSaid())]


def show_missed(state: ChatState, member: Member, _: ShowMissed, given: Input) -> list[Delivery]:
    """Show what was said in the room while the member was away, and what it was sent and may not have received."""
    address, room = member.address, member.place.room
    begin, end = state.reception.missed.get(address, (0, 0))
    log = state.log_of(room, given.at, address)
    messages, removed = log.numbered(begin, end), log.removed(begin, end)
    events: list[Event] = []
    if removed and state.grammar >= RETURNS_SINCE:
        alone = room.log.removed + len(room.log.messages) == state.reception.said  # nothing was said elsewhere, ever
        events.append(MissedRemoved(removed if alone else None))
    if messages:
        events.append(HistoryShown(messages))
    if not events:
        known = address in state.reception.missed or state.grammar < RETURNS_SINCE
        events.append(NothingMissed() if known else NewHere())
    return [(Only(address), event) for event in events]


def show_on_entering(state: ChatState, member: Member, at: float) -> list[Delivery]:
    """Show the last lines of a room to a member that came into it, if the rules say so. The machine calls this."""
    messages = state.log_of(member.place.room, at, member.address).last(state.rules.history_on_join)
    return [(Only(member.address), HistoryShown(messages))] if messages else []


FAMILY = Family(
    (
        Command(
            "/history [N, 10m, 2h, 3d]",
            "show what was said before",
            parse_history,
            show_history,
            changed=ARGUMENTS_SINCE,
            parse_before=parse_history_1,
            example="/history 10m",
        ),
        Command("/missed", "show what was said while you were away", alone(ShowMissed), show_missed),
    ),
    title="earlier lines",
)
