"""Scripts that say something under an owned name: `/token`, `/post`.

The owner of a name gets a token for its scripts. With it, one datagram from any address is said in the owner's room.
Whoever sends it joins nothing, and can do nothing else with the token. What silences the owner silences its scripts.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family, Secret
from udpchat.domain.duration import in_words
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only, without
from udpchat.domain.rooms.bell import ring_for_names
from udpchat.domain.rooms.claim import Claim
from udpchat.domain.rooms.claims import claims_of
from udpchat.domain.rooms.entry import address_refusal, name_refusal
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.silence import Reach, check_silence, check_silence_at
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.tokens import OwnsNothing, TokenShown, TokenSpoilt
from udpchat.domain.text.line import Line

TOKEN_JUDGED, POST_JUDGED = "script token", "post"  # the words by which the intake knows the verdicts
OFF = "off"  # what revokes a token
POSTS_AT_ONCE = 10  # of one token: a report of a few lines
POST_SECONDS = 2.0  # until one more: a room can be read beside a script that fails in a loop

_WORD = "/post"


@attrs.frozen
class LetScripts:
    """`/token`: let scripts post, by the token with this hash, or `off`."""

    hashed: str


@attrs.frozen
class Post:
    """`/post TOKEN TEXT`: say a text in the name to which a token belongs."""

    hashed: str
    text: str


@attrs.define
class ScriptSaid(Message):
    """What a script said in the name of its owner."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the text behind the owner and a mark, which no nickname can have."""
        return (Sentence((Name(self.nickname), " (script): "), self.text),)


@attrs.frozen
class ScriptsLet(TokenShown):
    """An owner let scripts post. It alone reads this."""

    def sentences(self) -> Iterable[Sentence]:
        """Return what a script sends."""
        head = ("you let scripts write as ", Name(self.nickname))
        rest = f", they send: {_WORD} {self.token} TEXT" if self.token else ", to read the token type /token again"
        return (Sentence((*head, rest)),)


@attrs.frozen
class ScriptsStopped(Event):
    """An owner lets no script post any more. It alone reads this."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you let no script write any more",)),)


@attrs.frozen
class Posted(Event):
    """A script said something. Its sender reads this, whether it is a member or not."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence, which is short: the address may be forged."""
        return (Sentence(("you posted it",)),)


@attrs.frozen
class NoScripts(Rejection):
    """`/token off` by an owner that lets no script post."""

    def reason(self) -> Sentence:
        """Return how to let one."""
        return Sentence(("no script can write as you, to let one type /token",))


@attrs.frozen
class ScriptsUnclear(Rejection):
    """`/token` with anything but `off`."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/token takes off, or nothing",))


@attrs.frozen
class PostIncomplete(Rejection):
    """`/post` without a token or without a text."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence((f"{_WORD} takes a token and a text",))


@attrs.frozen
class PostUnknown(Rejection):
    """`/post` with a token of nobody. The sentence is short: the address may be forged."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("this token is not valid",))


@attrs.frozen
class PostTooSoon(Rejection):
    """`/post` with a token that was used too often, for so many seconds more."""

    wait: float

    def reason(self) -> Sentence:
        """Return how long to wait."""
        return Sentence((f"this token was used too often, wait {in_words(self.wait + 1)}",))


def parse_token(rest: str) -> LetScripts:
    """Read the verdict of the intake."""
    match rest.split():
        case [hashed]:
            return LetScripts(hashed)
        case _:
            raise Rejected(ScriptsUnclear())


def parse_post(rest: str) -> Post:
    """Read the verdict of the intake, and a text."""
    match rest.split(maxsplit=1):
        case [hashed, text]:
            return Post(hashed, text)
        case _:
            raise Rejected(PostIncomplete())


def let_scripts(state: ChatState, member: Member, command: LetScripts, _: Input) -> list[Delivery]:
    """Let scripts post in the name of an owner by a new token, or by none."""
    claims, stops = claims_of(state), command.hashed == OFF
    own = claims.held.get(member.address)
    if own is None:
        raise Rejected(OwnsNothing())
    if stops and not own.script:
        raise Rejected(NoScripts())
    if claims.by_script(command.hashed) is not None:
        raise Rejected(TokenSpoilt())
    claims.change(own, attrs.evolve(own, script="" if stops else command.hashed))
    return [(Only(member.address), ScriptsStopped() if stops else ScriptsLet(own.nickname, command.hashed))]


def post(state: ChatState, member: Member, command: Post, given: Input) -> list[Delivery]:
    """Say something in the name of an owner, as a member."""
    return _post(state, member.address, command, given.at)


def post_from_outside(state: ChatState, given: Input, line: Line) -> list[Delivery] | None:
    """Say something in the name of an owner, as a stranger, which stays one. Return None for any other line."""
    words = line.split(maxsplit=1) if isinstance(line, str) and line[:1] == "/" else []
    if not words or words[0].lower() != _WORD or state.grammar < ORDER_SINCE:
        return None
    if address_refusal(state, given.sender, given.at) is not None:  # the gate says why
        return []
    try:
        return _post(state, given.sender, parse_post("".join(words[1:])), given.at)
    except Rejected as rejected:
        return [(Only(given.sender), rejected.why)]


def _post(state: ChatState, sender: Address, command: Post, at: float) -> list[Delivery]:
    claims = claims_of(state)
    found = claims.by_script(command.hashed)
    if found is None or claims.is_over(found, at, state.rules.claim_days):
        raise Rejected(PostUnknown())
    if (banned := name_refusal(state, found.keys, at)) is not None:
        raise Rejected(banned)
    owner, paid = claims.owner(found), _paid(found, at)
    if owner is None:
        room, number, by = state.rooms.lobby, 0, sender if found.address is None else found.address
        if (banned := address_refusal(state, by, at)) is not None:
            raise Rejected(banned)
        check_silence_at(state, by, (room,), Reach.SAYING, at)
    else:
        member = state.roster.members[owner]
        room, number, by = member.place.room, member.place.number, owner
        check_silence(state, member, Reach.SAYING, at)
    claims.change(found, paid)
    said = ScriptSaid(found.nickname, command.text, at, number)
    state.record(room, said)
    rung = ring_for_names(state, room, by, command.text, at) if room.bells else []
    hiding = frozenset() if owner is None else state.slices.hiding(owner)
    return [*without(hiding, [*rung, (room.everyone, said)]), (Only(sender), Posted())]


def _paid(claim: Claim, at: float) -> Claim:
    """Return a claim whose token is used once more. Raise `Rejected` if it was used too often.

    The time when it may be used as often as ever is its whole state (GCRA, as in `admission/token_bucket.py`).
    """
    burst = POSTS_AT_ONCE * POST_SECONDS
    full = max(min(claim.posts_full, at + burst), at) + POST_SECONDS  # a clock that was set back costs one burst
    if full > at + burst:
        raise Rejected(PostTooSoon(full - at - burst))
    return attrs.evolve(claim, posts_full=full)


FAMILY = Family(
    (
        Command(
            "/token [off]",
            "let your scripts write under your name",
            parse_token,
            let_scripts,
            since=ORDER_SINCE,
            secret=Secret(judged=TOKEN_JUDGED),
            example="/token off",
        ),
        Command(
            f"{_WORD} TOKEN TEXT",
            "write as a script, from anywhere",
            parse_post,
            post,
            since=ORDER_SINCE,
            secret=Secret(judged=POST_JUDGED, judges=1),
            private=True,  # a text behind a token that is not valid is said to nobody
            example="/post k7wm-3xqp-9d2f-bcde-fghj-kmnp deploy finished",
        ),
    ),
    {"script": ScriptSaid},
    title="scripts",
)
