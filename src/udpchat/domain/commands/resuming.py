"""Coming back as the owner of a name: `/resume`, from any address, also as a stranger's first line.

The intake draws tokens, and looks at none: this family gets their hashes. A token is valid until the one that follows
it is used, so an owner loses nothing if the datagram with the next one is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family, Secret
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery, InRoom, Notify, Only
from udpchat.domain.rooms.claim import Claim, KeptLine
from udpchat.domain.rooms.claims import claims_of
from udpchat.domain.rooms.entry import name_refusal
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.moves import entered
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.succession import NameBelongs, bring_back, go_on, make_way, take_name
from udpchat.domain.rooms.tokens import TokenShown, TokenSpoilt
from udpchat.domain.text.line import Line
from udpchat.domain.text.nickname import Nickname

JUDGED = "resume"  # the word by which the intake knows the verdict that is asked for
WAIT = "wait"  # verdict of the intake: too many tokens came from there

_WORD = "/resume"


@attrs.frozen
class Resume:
    """`/resume TOKEN`: be the owner of a name. `next` is the hash of a token that the intake drew."""

    hashed: str
    next: str


@attrs.frozen
class Resumed(TokenShown):
    """An owner is here, perhaps at another address. It alone reads this. It may have missed something."""

    missed: bool = False

    def sentences(self) -> Iterable[Sentence]:
        """Return the next token."""
        name, rest = Name(self.nickname), f", next time type: /resume {self.token}"
        yield Sentence(("you are ", name, rest if self.token else ", to read your next token type /claim"))
        if self.missed:
            yield Sentence(("you missed some lines, to see them type /missed",))


@attrs.frozen
class ResumedElsewhere(Act):
    """An owner goes on at another address. The client at its old one, which is none any more, reads this."""

    nickname: Nickname
    old: Address

    def sentences(self) -> Iterable[Sentence]:
        """Return what became of its name."""
        return (Sentence(("you have been disconnected, ", Name(self.nickname), " goes on at another address")),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {"act": "resume", "by": self.nickname}

    @property
    def expelled(self) -> Sequence[tuple[Address, str]]:
        """Return the old client."""
        return ((self.old, self.nickname),)


@attrs.frozen
class WentOnAs(Event):
    """A member is an owner, under the name of that from now on. The others in its rooms read this."""

    before: Nickname
    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence((Name(self.before), " goes on as ", Name(self.nickname))),)


@attrs.frozen
class KeptShown(Event):
    """An owner is shown the private words that came while it was away."""

    long = True

    lines: tuple[KeptLine, ...]

    def sentences(self) -> Iterable[Sentence]:
        """Return them as private words, with their times."""
        return (Sentence(("[", Name(line.speaker), " -> you] "), line.text, at=line.at) for line in self.lines)


@attrs.frozen
class TokenNeeded(Rejection):
    """`/resume` without a token."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/resume takes the token that /claim showed you",))


@attrs.frozen
class TokenUnknown(Rejection):
    """`/resume` with a token of no name."""

    def reason(self) -> Sentence:
        """Return what may have happened to it."""
        return Sentence(("this token is not valid, or its name was given up, see the last one that you read",))


@attrs.frozen
class TokensWait(Rejection):
    """`/resume` from a network that tried too often."""

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence(("too many tokens came lately, try again in a minute",))


def parse_resume(rest: str) -> Resume:
    """Read the verdict of the intake."""
    match rest.split():
        case [verdict] if verdict == WAIT:
            raise Rejected(TokensWait())
        case [hashed]:
            return Resume(hashed, "")
        case [hashed, following]:
            return Resume(hashed, following)
        case _:
            raise Rejected(TokenNeeded())


def claim_shown_by(state: ChatState, command: Resume, at: float) -> Claim:
    """Return the claim to which a token belongs. Raise `Rejected` if it is not valid, or its name is banned."""
    claims = claims_of(state)
    found = claims.by_token(command.hashed)
    if found is None or claims.is_over(found, at, state.rules.claim_days):
        raise Rejected(TokenUnknown())
    if (banned := name_refusal(state, found.keys, at)) is not None:
        raise Rejected(banned)
    if command.next and claims.by_token(command.next) is not None:
        raise Rejected(TokenSpoilt())
    return found


def resume(state: ChatState, member: Member, command: Resume, given: Input) -> list[Delivery]:
    """Let a member be the owner of a name, and show it the next token."""
    claims, address = claims_of(state), member.address
    found = claim_shown_by(state, command, given.at)
    deliveries = [] if claims.owner(found) == address else _become(state, member, found, given.at)
    current = claims.use(address, command.hashed, command.next)
    begin, end = state.reception.missed.get(address, (0, 0))
    nickname = state.roster.members[address].nickname
    deliveries.append((Only(address), Resumed(nickname, command.next, missed=begin < end)))
    if lines := claims.take_kept(current.nickname):
        deliveries.append((Only(address), KeptShown(lines)))
    return deliveries


def _become(state: ChatState, member: Member, found: Claim, at: float) -> list[Delivery]:
    """Let a member be the owner of a name, who is away or at another address."""
    address, rooms, owner = member.address, member.place.rooms, claims_of(state).owner(found)
    if owner is None:
        if any(holder != address for holder in state.roster.holders(found.keys)):
            raise Rejected(NameBelongs(found.nickname))
        take_name(state, found, member, at)
        deliveries: list[Delivery] = []
    else:
        make_way(state, member, at)
        deliveries = succeed(state, owner, address)
    gone_on = WentOnAs(member.nickname, state.roster.members[address].nickname)
    return [*((InRoom(room.name, frozenset((address,))), gone_on) for room in rooms), *deliveries]


def succeed(state: ChatState, owner: Address, address: Address) -> list[Delivery]:
    """Let an owner that is here go on at another address, where no member is. Its rooms notice nothing."""
    go_on(state, state.roster.members[owner], address)
    member = state.roster.members[address]
    return [(Notify(owner), ResumedElsewhere(member.nickname, owner)), (Only(address), entered(state, member))]


def come_in(state: ChatState, given: Input, line: Line) -> tuple[Member | None, list[Delivery]]:
    """Let an owner in whose first line is a valid `/resume`, and return it if it was away; `obey` does the rest.

    Return also what is delivered because it goes on here. Both are empty for all other lines.
    """
    words = line.split(maxsplit=1) if isinstance(line, str) and line[:1] == "/" else []
    if not words or words[0].lower() != _WORD or state.grammar < ORDER_SINCE:
        return None, []
    try:
        found = claim_shown_by(state, parse_resume("".join(words[1:])), given.at)
    except Rejected:
        return None, []
    owner = claims_of(state).owner(found)
    if owner is not None:
        return None, succeed(state, owner, given.sender)
    if state.roster.holders(found.keys):
        return None, []
    return bring_back(state, found, given.sender, given.at), []


FAMILY = Family(
    (
        Command(
            f"{_WORD} TOKEN",
            "be the owner of a name, wherever you are",
            parse_resume,
            resume,
            since=ORDER_SINCE,
            secret=Secret(judged=JUDGED),
            announced=True,
            reaches=Reach.LEAVING,
            example="/resume k7wm-3xqp-9d2f-bcde-fghj-kmnp",
        ),
    ),
    title="coming back",
)
