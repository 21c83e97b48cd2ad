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
    member      a mistake                   member      Refused to them
"""

from __future__ import annotations

from typing import assert_never

import attrs

from udpchat.domain import command, nickname
from udpchat.domain.command import Help, List, Quit, Rename, Say
from udpchat.domain.event import (
    EVERYONE,
    Audience,
    ClientsListed,
    Disconnected,
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
from udpchat.domain.mistake import LineTooLong, Mistake
from udpchat.domain.ports import Address
from udpchat.domain.roster import Member, Roster


@attrs.frozen
class Input:
    """One line from one address.

    `at` is when it came, in seconds since 1970 UTC; `entropy` is a number of 64 random bits; `line` is clean text as
    `text.lines` makes it, blank to join without a word, or the reason why there is none.
    """

    at: float
    entropy: int
    sender: Address
    line: str | LineTooLong


Utterance = tuple[Audience, Event]


@attrs.define
class Chat:
    """A room: who is in it, and what each input makes of it."""

    roster: Roster = attrs.field(factory=Roster, init=False)

    def handle(self, given: Input) -> list[Utterance]:
        """Return who is to hear what because of `given`, in order; audiences count as the roster is afterwards."""
        known = self.roster.get(given.sender)
        member = known or self.roster.add(given.sender, nickname.generate(given.entropy, self.roster.has))
        try:
            return self._obey(member, given.line, newcomer=known is None)
        except Mistake as mistake:
            return [(Only(member.address), Refused(mistake.why))]

    def _obey(self, member: Member, line: str | LineTooLong, *, newcomer: bool) -> list[Utterance]:
        if isinstance(line, LineTooLong):
            raise Mistake(line)
        if not line:
            return []
        them, others = Only(member.address), EveryoneBut(member.address)
        match command.parse(line):
            case Say(text):
                return [(EVERYONE, Said(member.nickname, text))]
            case Rename(new):
                old = member.nickname
                self.roster.rename(member, new)
                heard: list[Utterance] = [(them, NicknameSet(old, new))]
                return heard if old == new else [*heard, (others, NicknameChanged(old, new))]
            case List():
                clients = tuple((here.address, here.nickname) for here in self.roster)
                return [(them, ClientsListed(clients)), (others, ListQueried(member.nickname))]
            case Help():
                return [(them, HelpShown())]
            case Quit():
                self.roster.remove(member)
                gone: list[Utterance] = [(them, Disconnected())]
                return gone if newcomer else [*gone, (EVERYONE, Left(member.nickname))]
            case unknown:
                assert_never(unknown)
