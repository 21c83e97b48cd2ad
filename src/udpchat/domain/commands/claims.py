"""One's own name: `/claim`, `/release`, and `/restore` for operators. It is kept for its owner, who has a token for it.

The intake draws the token. This family gets its hash, and only the server that drew the token shows it.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.arguments import NicknameNeeded, find_member, parse_nickname
from udpchat.domain.commands.spec import Command, Family, Secret, act_command
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import Act, name_of
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.claim import Claim
from udpchat.domain.rooms.claims import CLAIMS, MAX_OF_NETWORK, Claims, claims_of, keeper_of, network_of
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.rights import Actor, actor_of
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.rooms.succession import NameBelongs
from udpchat.domain.rooms.tokens import OwnsNothing, TokenShown, TokenSpoilt
from udpchat.domain.text.nickname import Nickname

JUDGED = "claim"  # the word by which the intake knows the verdict that is asked for


@attrs.frozen
class ClaimName:
    """`/claim`: own the nickname that one has. `hashed` is the hash of the token that the intake drew."""

    hashed: str


@attrs.frozen
class ReleaseName:
    """`/release NICK`: let a name belong to nobody; one's own name, if `word` is empty."""

    word: str


@attrs.frozen
class RestoreName:
    """`/restore NICK`: let somebody own the nickname that it has."""

    word: str


@attrs.frozen
class NameClaimed(TokenShown):
    """A client owns its nickname from now on. It alone reads this."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the token, and what it is for."""
        name = Name(self.nickname)
        if not self.token:
            return (Sentence(("you own ", name, ", to read your token type /claim again")),)
        return (
            Sentence(("you own ", name, f", to be {self.nickname} anywhere keep this and type: /resume {self.token}")),
        )


@attrs.frozen
class NameGivenUp(Event):
    """A client owns its name no longer, at its own wish. It alone reads this."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you own ", Name(self.nickname), " no longer")),)


@attrs.frozen
class NameReleased(Act):
    """Somebody let a name belong to nobody. Its owner reads it if it is here."""

    actor: Actor
    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the owner reads."""
        return (Sentence(("you own ", Name(self.nickname), " no longer, by ", name_of(self.actor))),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who acted reads."""
        return (Sentence(("you released the name ", Name(self.nickname))),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {"act": "released", "by": self.actor.name, "right": self.actor.right.value, "whom": self.nickname}


@attrs.frozen
class NameRestored(Act):
    """Somebody let a client own its nickname, which reads it."""

    actor: Actor
    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the owner reads."""
        rest = ", for a token type /claim"
        return (Sentence(("you own ", Name(self.nickname), ", by ", name_of(self.actor), rest)),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who acted reads."""
        return (Sentence(("you restored the name ", Name(self.nickname))),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {"act": "restored", "by": self.actor.name, "right": self.actor.right.value, "whom": self.nickname}


@attrs.frozen
class NotOwned(Rejection):
    """`/release` with a name that belongs to nobody."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence((), self.word, " belongs to nobody")


@attrs.frozen
class NetworkClaims(Rejection):
    """`/claim` from a network that has as many names as it may."""

    def reason(self) -> Sentence:
        """Return the limit."""
        return Sentence((f"{MAX_OF_NETWORK} names were claimed from your network already, more is not possible",))


@attrs.frozen
class ClaimsFull(Rejection):
    """`/claim` while there are as many claims as the server allows."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("no more names can be claimed on this server",))


def parse_claim(rest: str) -> ClaimName:
    """Read the verdict of the intake."""
    words = rest.split()
    if len(words) > 1:
        raise Rejected(TokenSpoilt())
    return ClaimName("".join(words))


def claim(state: ChatState, member: Member, command: ClaimName, given: Input) -> list[Delivery]:
    """Let a member own its nickname, under a new token. It owns no other name then."""
    claims, at, address = claims_of(state), given.at, member.address
    if claims.by_token(command.hashed) is not None:
        raise Rejected(TokenSpoilt())
    own = claims.held.get(address)
    if keeper_of(state, member.keys, at, address) is not None:
        raise Rejected(NameBelongs(member.nickname))
    network = network_of(address) if own is None else own.network
    if own is None:
        _check_room(state, claims, network, at)
    if own is not None and own.nickname == member.nickname:  # what its scripts have stays
        claims.change(own, attrs.evolve(own, current=command.hashed, following=""))
    else:
        claims.put(Claim(member.nickname, member.keys, network, command.hashed), address)
    return [(Only(address), NameClaimed(member.nickname, command.hashed))]


def _check_room(state: ChatState, claims: Claims, network: str, at: float) -> None:
    """Raise `Rejected` if there is no room for one more claim."""
    rules = state.rules
    if claims.is_full_for(network) or len(claims) >= rules.max_claims:
        claims.forget_over(at, rules.claim_days)
    if claims.is_full_for(network):
        raise Rejected(NetworkClaims())
    if len(claims) >= rules.max_claims:
        raise Rejected(ClaimsFull())


def parse_release(rest: str) -> ReleaseName:
    """Read a nickname, or none."""
    return ReleaseName(parse_nickname("/release", rest) if rest.strip() else "")


def parse_restore(rest: str) -> RestoreName:
    """Read a nickname."""
    return RestoreName(parse_nickname("/restore", rest))


def release(state: ChatState, member: Member, command: ReleaseName, given: Input) -> list[Delivery]:
    """Let a member give up its name, and an operator that of anybody."""
    claims = claims_of(state)
    own = claims.held.get(member.address)
    if command.word and (own is None or own not in claims.named_like(state.roster.keys_of(command.word))):
        return release_name(state, actor_of(state, member, given.at, holders=False), command, given)
    if own is None:
        raise Rejected(OwnsNothing())
    claims.drop(own)
    return [(Only(member.address), NameGivenUp(own.nickname))]


def release_name(state: ChatState, actor: Actor, command: ReleaseName, given: Input) -> list[Delivery]:
    """Let a name belong to nobody."""
    if not command.word:
        raise Rejected(NicknameNeeded("/release"))
    claims, found = claims_of(state), keeper_of(state, state.roster.keys_of(command.word), given.at)
    if found is None:
        raise Rejected(NotOwned(command.word))
    owner, released = claims.owner(found), NameReleased(actor, found.nickname)
    claims.drop(found)
    return [(Only(actor.address), released), *([] if owner is None else [(Notify(owner), released)])]


def restore(state: ChatState, actor: Actor, command: RestoreName, _: Input) -> list[Delivery]:
    """Let a member own its nickname, whoever owned it before and however many names are owned."""
    member = find_member(state.roster, command.word)
    claims_of(state).put(Claim(member.nickname, member.keys), member.address)
    restored = NameRestored(actor, member.nickname)
    return [(Only(actor.address), restored), (Notify(member.address), restored)]


FAMILY = Family(
    (
        Command(
            "/claim",
            "own your nickname, and get a token for it",
            parse_claim,
            claim,
            since=ORDER_SINCE,
            secret=Secret(judged=JUDGED),
        ),
        Command(
            "/release [NICK]",
            "let your name belong to nobody",
            parse_release,
            release,
            since=ORDER_SINCE,
            act=release_name,
            example="/release",
        ),
        act_command(
            "/restore NICK",
            "let somebody here own their nickname",
            parse_restore,
            restore,
            announced=False,
            example="/restore client",
        ),
    ),
    slices={CLAIMS: Claims},
    title="your own name",
)
