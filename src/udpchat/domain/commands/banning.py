"""Keeping clients out of the server: `/ban`, `/unban`, `/bans`.

A ban by nickname or cloak covers the network of that client: an IPv4 address or an IPv6 /64, on loopback its address
and port alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import NicknameNeeded, NotHere, parse_person
from udpchat.domain.commands.spec import Family, act_command, alone
from udpchat.domain.duration import in_words
from udpchat.domain.event import Event, Sentence, with_reason
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import FOREVER, Concerned, PersonAct, RoomAct, ending, name_of, to_all
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.claims import claims_of, keeper_of
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.rights import Actor, Right, is_operator, require_fresh_code
from udpchat.domain.rooms.sanctions import Ban, is_alone_in_its_network, sanctions_of
from udpchat.domain.rooms.state import ChatState

DAY = 86_400.0  # seconds: of a ban without a time, and the longest one that needs no fresh code
MAX_OTHERS = 3  # clients that a ban may hit besides the one that is meant
ALL = "all"

_NETWORK = "a network"  # in the place of one
_MAPPED_BITS = 96  # of an IPv6 address, before the IPv4 address in it (RFC 4291 section 2.5.5.2)
_IPV6_BITS = 64  # of an address: limits count those with the same /64 as one client


@attrs.frozen
class BanClients:
    """`/ban WHOM TIME WHY`: keep clients out for so many seconds, however many that `hits_many`. `why` may be empty."""

    word: str
    hits_many: bool
    seconds: float
    why: str


@attrs.frozen
class Unban:
    """`/unban WHOM`: let clients in again, by what /bans shows for them, or its number there."""

    word: str


@attrs.frozen
class ShowBans:
    """`/bans`: show who is kept out."""


@attrs.frozen
class Banned(PersonAct):
    """Clients may not come in for a while. If `whom` `is_network`, only the one who typed it reads it."""

    is_network: bool = False

    @property
    def did(self) -> str:
        """Return the word."""
        return "banned"

    def sentences(self) -> Iterable[Sentence]:
        """Return what the room reads. Who goes at that moment is in the network, so it would show an address."""
        return (self._sentence(name_of(self.actor), _NETWORK),) if self.is_network else super().sentences()

    def record(self) -> dict[str, str]:
        """Return what the log has of it: no address."""
        return super().record() | ({"whom": _NETWORK} if self.is_network else {})


@attrs.frozen
class BanLifted(RoomAct):
    """Clients may come in again. If `shown` `is_network`, only the one who did it reads it."""

    shown: str
    is_network: bool = False

    def what(self) -> str:
        """Return who."""
        return f"unbanned {_NETWORK if self.is_network else self.shown}"

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who did it reads."""
        return (Sentence((f"you unbanned {self.shown}",)),)


@attrs.frozen
class BansShown(Event):
    """An operator is shown the bans that are in force, at a time in seconds since 1970 UTC."""

    long = True

    bans: tuple[Ban, ...]
    now: float

    def sentences(self) -> Iterable[Sentence]:
        """Return a line for each, with its number."""
        for number, ban in enumerate(self.bans, 1):
            rest = f"for {in_words(ban.until - self.now)} more" if ban.until < FOREVER else "forever"
            yield with_reason((f"{number}. {ban.shown}, {rest}, by {ban.by}",), ban.why)
        if not self.bans:
            yield Sentence(("nobody is banned",))


@attrs.frozen
class BanWide(Rejection):
    """A ban that would hit so many others."""

    word: str
    number: int

    def reason(self) -> Sentence:
        """Return how many, and how to do it."""
        return Sentence((f"this would ban {self.number} others too, to do it type: /ban ",), self.word, " all")


@attrs.frozen
class BanOfSelf(Rejection):
    """A ban that covers the operator itself, or another operator."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("this would ban an operator, use udpchat admin on the server itself",))


@attrs.frozen
class NetworkUnclear(Rejection):
    """A network that cannot be read."""

    word: str

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence((), self.word, " is no network, it looks like 192.0.2.0/24 or 2001:db8::/48")


@attrs.frozen
class NoSuchBan(Rejection):
    """`/unban` for somebody who is not banned."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence((), self.word, " is not banned, see /bans")


def parse_ban(rest: str) -> BanClients:
    """Read whom it is about, a time and a reason."""
    word, words = parse_person("/ban", rest)
    hits_many = words.flag(ALL)
    seconds = words.time(DAY)
    return BanClients(word, hits_many, seconds, words.reason())


def parse_unban(rest: str) -> Unban:
    """Read a word."""
    word, words = parse_person("/unban", rest)
    if words.words:
        raise Rejected(NicknameNeeded("/unban"))
    return Unban(word)


def ban(state: ChatState, actor: Actor, command: BanClients, given: Input) -> list[Delivery]:
    """Keep clients out, and remove those that are here."""
    at = given.at
    if command.seconds > DAY:
        require_fresh_code(state, actor, at)
    found, meant = _ban_on(state, actor, command, at)
    members = [member for member in state.roster if found.covers(member.address) or member is meant]
    if actor.right is not Right.MACHINE and any(is_operator(state, member.address, at) for member in members):
        raise Rejected(BanOfSelf())
    others = len(members) - (meant is not None)
    if others > MAX_OTHERS and not command.hits_many:
        raise Rejected(BanWide(command.word, others))
    rooms = tuple(dict.fromkeys(room for member in members for room in member.place.rooms)) or (actor.room,)
    gone = tuple((member.address, member.nickname) for member in members)
    act = Banned(actor, found.shown, command.seconds, command.why, gone, is_network=found.is_on_network)
    for member in members:
        state.expel(member, at)
    sanctions_of(state).ban(found, at)
    told = [(Notify(address), Concerned(act, (Sentence(("you have been disconnected.",)),))) for address, _ in gone]
    return [*to_all(actor, rooms, act), *told]


def unban(state: ChatState, actor: Actor, command: Unban, given: Input) -> list[Delivery]:
    """Let clients in again."""
    sanctions = sanctions_of(state)
    bans, word = [*sanctions.in_force(given.at)], command.word.casefold()
    numbers_and_bans = enumerate(bans, 1)
    found = next((each for number, each in numbers_and_bans if word in {str(number), each.shown.casefold()}), None)
    if found is None:
        raise Rejected(NoSuchBan(command.word))
    sanctions.bans = [each for each in bans if each is not found]
    return to_all(actor, (actor.room,), BanLifted(actor, found.shown, is_network=found.is_on_network))


def show_bans(state: ChatState, actor: Actor, _: ShowBans, given: Input) -> list[Delivery]:
    """Show the bans to an operator."""
    shown = BansShown(tuple(sanctions_of(state).in_force(given.at)), given.at)
    return [(Only(actor.address), shown)]


def _ban_on(state: ChatState, actor: Actor, command: BanClients, at: float) -> tuple[Ban, Member | None]:
    """Return a ban for a word, and the member that is meant if it is one. Raise `Rejected`."""
    word, why, until = command.word, command.why, ending(at, command.seconds)
    member, claims = state.roster.find(word), claims_of(state)
    if member is not None:
        found = _ban_on_network(member.address, member.nickname, actor, until, why)
        claim = claims.held.get(member.address)
        return attrs.evolve(found, keys=() if claim is None else claim.keys), member
    if (claim := keeper_of(state, state.roster.keys_of(word), at)) is not None:
        owner = claims.owner(claim)
        found = Ban(claim.nickname, until, actor.name, why, keys=claim.keys)
        return found, None if owner is None else state.roster.members[owner]
    if "." in word or ":" in word:
        return _ban_on_prefix(word, actor, until, why), None
    same = [each for each in state.roster if state.show(each.address) == word]
    if not same:
        raise Rejected(NotHere(word))
    return _ban_on_network(same[0].address, word, actor, until, why), same[0]


def _ban_on_network(address: Address, shown: str, actor: Actor, until: float, why: str) -> Ban:
    """Return a ban on the network of an address."""
    if is_alone_in_its_network(address):
        return Ban(shown, until, actor.name, why, address=address)
    prefix = address.network.prefix
    return Ban(shown, until, actor.name, why, prefix=prefix.hex(), bits=8 * len(prefix))


def _ban_on_prefix(word: str, actor: Actor, until: float, why: str) -> Ban:
    """Return a ban on a network as it is typed. Raise `Rejected`."""
    try:
        network = ip_network(word, strict=False)
        mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
        if mapped is not None and network.prefixlen >= _MAPPED_BITS:
            network = IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    except ValueError:
        raise Rejected(NetworkUnclear(word)) from None
    bits = network.prefixlen if network.version == 4 else min(network.prefixlen, _IPV6_BITS)  # noqa: PLR2004 - IPv4
    prefix = network.network_address.packed[: 4 if network.version == 4 else 8]  # noqa: PLR2004 - IPv4
    return Ban(str(network), until, actor.name, why, prefix=prefix.hex(), bits=bits)


FAMILY = Family(
    (
        act_command(
            "/ban WHOM [all] [TIME] [WHY]",
            "keep somebody out of the server",
            parse_ban,
            ban,
            example="/ban client 2h stop that",
        ),
        act_command(
            "/unban WHOM",
            "let somebody in again",
            parse_unban,
            unban,
            example="/unban client",
        ),
        act_command("/bans", "show who is kept out", alone(ShowBans), show_bans, announced=False),
    ),
    title="bans",
)
