"""The chat as a deterministic state machine.

`Chat` takes one input at a time and returns what is to be said to whom. The time and the randomness it needs come
inside the input, so the same inputs in the same order give the same sentences, in any process, on any machine, at any
time.

    from        input                       to          says
    stranger    anything but /quit          member      what the same input says of a member
    stranger    /quit                       stranger    Disconnected to them alone
    member      a blank line                member      nothing
    member      text                        member      Said to everyone
    member      /nick NAME                  member      NicknameSet to them, NicknameChanged to the others
    member      /list                       member      ClientsListed to them, ListQueried to the others
    member      /help                       member      HelpShown to them
    member      /quit                       stranger    Disconnected to them, Left to the others
    member      /enter                      member      Entered to them
    member      a mistake                   member      Refused to them
    stranger    (unreachable)               stranger    nothing
    member      (unreachable)               stranger    Left to the others
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, assert_never

import attrs

from udpchat.domain import command, nickname
from udpchat.domain.command import Command, Enter, Help, Join, List, Quit, Rename, Say
from udpchat.domain.event import (
    EVERYONE,
    Audience,
    ClientsListed,
    Disconnected,
    Entered,
    Event,
    EveryoneBut,
    HelpShown,
    Left,
    ListQueried,
    NicknameChanged,
    NicknameSet,
    Only,
    Refused,
    Said,
)
from udpchat.domain.mistake import Mistake
from udpchat.domain.nickname import Names
from udpchat.domain.ports import Address
from udpchat.domain.roster import Member, Roster
from udpchat.domain.text import Line


class News(Enum):
    """What there can be to tell of an address besides what it says."""

    UNREACHABLE = "unreachable"  # nobody is there any more: the program has ended


_UNREACHABLE: Final = News.UNREACHABLE  # to look it up in the class costs as much as to find the member


# Made for each line and never changed: to be frozen would treble what making it costs.
@attrs.define
class Input:
    """One line from one address, or the news that nobody is there.

    `at` is when it came, in seconds since 1970 UTC; `entropy` is a number of 64 random bits; `line` is clean text as
    `text.lines` makes it, blank to join without a word, or the reason why there is none.
    """

    at: float
    entropy: int
    sender: Address
    line: Line | News


Utterance = tuple[Audience, Event]


@attrs.define
class Chat:
    """A room: who is in it, and what each input makes of it.

    `names` are the rules for nicknames, `show` is how an address is shown to the others in the room.
    """

    names: Names
    show: Callable[[Address], str] = str
    roster: Roster = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.roster = Roster(self.names)

    def handle(self, given: Input) -> list[Utterance]:
        """Return who is to hear what because of `given`, in order; audiences are of the roster as this leaves it."""
        member = self.roster.get(given.sender)
        if given.line is _UNREACHABLE:
            return [] if member is None else self._leave(member)
        newcomer = member is None
        if member is None:
            member = self.roster.add(given.sender, nickname.generate(given.entropy, self.roster.has))
        try:
            return self._obey(member, command.parse(given.line), newcomer)
        except Mistake as mistake:
            return [(Only(member.address), Refused(mistake.why))]

    def _obey(self, member: Member, wanted: Command, newcomer: bool) -> list[Utterance]:  # noqa: FBT001 - private
        match wanted:
            case Say() as say:  # no positional pattern: it costs as much as all the rest of this case
                return [(EVERYONE, Said(member.nickname, say.text))]
            case Join():
                return []
            case Rename(word):
                old, new = member.nickname, self.names.parse(word)
                self.roster.rename(member, new)
                heard: list[Utterance] = [(Only(member.address), NicknameSet(old, new))]
                return heard if old == new else [*heard, (EveryoneBut(member.address), NicknameChanged(old, new))]
            case List():
                clients = tuple((self.show(here.address), here.nickname) for here in self.roster)
                return [
                    (Only(member.address), ClientsListed(clients)),
                    (EveryoneBut(member.address), ListQueried(member.nickname)),
                ]
            case Help():
                return [(Only(member.address), HelpShown())]
            case Enter():
                return [(Only(member.address), Entered(member.nickname))]
            case Quit():
                left = self._leave(member)
                gone: list[Utterance] = [(Only(member.address), Disconnected())]
                return gone if newcomer else [*gone, *left]
            case _:
                assert_never(wanted)

    def _leave(self, member: Member) -> list[Utterance]:
        self.roster.remove(member)
        return [(EVERYONE, Left(member.nickname))]
