"""Names that belong to somebody, also while the owner is not here, and the private words that wait for it.

A claim says which name it is and what its owner keeps. `Claims` knows whose it is now: it is held by the owner's
address, or its owner is away. So a name has one owner at any moment. A claim ends `Rules.claim_days` after its owner
left. Then it stays in the table until somebody wants the name or its place, because the clock may be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import cast

import attrs

from udpchat.domain.address import Address, Scope
from udpchat.domain.rooms.author import Meant
from udpchat.domain.rooms.claim import Claim, ClaimIndex, KeptLine
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.order import moved
from udpchat.domain.rooms.slice import Follower
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

CLAIMS = "claims"  # the slice, as it is stored
MAX_OF_NETWORK = 5  # claims from one network: a family, and an attacker with one address takes no more names
MAX_KEPT_LINES = 50  # that wait for one owner: two screens
MAX_KEPT_BYTES = 20_000  # of text that wait for one owner: those lines, or a few pages
MAX_ALL_KEPT_BYTES = 4_194_304  # that wait for all owners, so that they fit into a snapshot
KEPT_LINE_BYTES = 250  # of memory that such a line takes besides its text, as a message of a history does


@attrs.define
class Claims(Follower):
    """The claims whose owners are here, by address, and the others, in the order in which their owners left.

    `kept` has the private words for those that are away. No two claims share a key of their names, or a token.

    The class is long because the claims, their index and what is kept must change together.
    """

    held: dict[Address, Claim] = attrs.field(factory=dict)
    away: dict[Nickname, Claim] = attrs.field(factory=dict)
    kept: dict[Nickname, list[KeptLine]] = attrs.field(factory=dict)
    index: ClaimIndex = attrs.field(init=False, eq=False)
    kept_bytes: int = attrs.field(init=False, eq=False)

    @index.default
    def _(self) -> ClaimIndex:
        index = ClaimIndex()
        for owner, claim in self.held.items():
            index.add(claim, owner)
        for claim in self.away.values():
            index.add(claim, None)
        return index

    @kept_bytes.default
    def _(self) -> int:
        return sum(line.size + KEPT_LINE_BYTES for lines in self.kept.values() for line in lines)

    def __len__(self) -> int:
        return len(self.held) + len(self.away)

    def named_like(self, keys: Iterable[str]) -> list[Claim]:
        """Return the claims to names with any of these keys, in force or not."""
        by_key = self.index.by_key
        if by_key.keys().isdisjoint(keys):  # nearly always
            return []
        names = dict.fromkeys(by_key[key] for key in sorted(keys) if key in by_key)
        return [self._named(name) for name in names]

    def by_token(self, hashed: str) -> Claim | None:
        """Return the claim that has a valid token with this hash, in force or not."""
        name = self.index.by_hash.get(hashed)
        return None if name is None else self._named(name)

    def by_script(self, hashed: str) -> Claim | None:
        """Return the claim in whose name a script with the token of this hash posts, in force or not."""
        name = self.index.by_script.get(hashed)
        return None if name is None else self._named(name)

    def owner(self, claim: Claim) -> Address | None:
        """Return where the owner of a claim is, None if it is away."""
        return self.index.owners.get(claim.nickname)

    def is_over(self, claim: Claim, at: float, days: int) -> bool:
        """Return whether a claim ended. None does while its owner is here."""
        return claim.nickname in self.away and claim.is_over(at, days)

    def put(self, claim: Claim, owner: Address) -> None:
        """Let a name belong to somebody here, in place of what it owned, and of all claims to such a name."""
        own = self.held.get(owner)
        for before in (*self.named_like(claim.keys), *(() if own is None else (own,))):
            self.drop(before)
        self.held[owner] = claim
        self.index.add(claim, owner)

    def drop(self, claim: Claim) -> None:
        """Let a name belong to nobody. It may be gone already."""
        owner = self.index.owners.get(claim.nickname)
        found = self.away.pop(claim.nickname, None) if owner is None else self.held.pop(owner)
        if found is not None:
            self.index.remove(found)
            self.take_kept(claim.nickname)

    def use(self, owner: Address, hashed: str, following: str) -> Claim:
        """Take note that an owner used a valid token, and which one follows it. Return its claim."""
        before = self.held[owner]
        claim = attrs.evolve(before, current=hashed, following=following)
        self.change(before, claim)
        return claim

    def change(self, before: Claim, claim: Claim) -> None:
        """Let a claim have other tokens or times; everything else stays."""
        owner = self.index.owners.get(before.nickname)
        self.index.remove(before)
        self.index.add(claim, owner)
        if owner is None:
            self.away[claim.nickname] = claim
        else:
            self.held[owner] = claim

    def is_full_for(self, network: str) -> bool:
        """Return whether a network has as many claims as it may."""
        return self.index.networks.get(network, 0) >= MAX_OF_NETWORK

    def give(self, claim: Claim, owner: Address) -> None:
        """Let the owner of a claim, which is away, be here at an address where nobody owns a name."""
        del self.away[claim.nickname]
        self.held[owner] = claim
        self.index.owners[claim.nickname] = owner

    def forget_over(self, at: float, days: int) -> None:
        """Forget the claims that ended. After a clock was set back, some stay until the one before them ends."""
        for claim in [*takewhile(lambda claim: claim.is_over(at, days), self.away.values())]:
            self.drop(claim)

    def keep(self, claim: Claim, line: KeptLine) -> None:
        """Keep private words for an owner that is away."""
        self._add_kept(claim.nickname, line)

    def can_keep(self, claim: Claim, line: KeptLine) -> bool:
        """Return whether there is room for private words."""
        waiting = self.kept.get(claim.nickname, ())
        return (
            len(waiting) < MAX_KEPT_LINES
            and sum(each.size for each in waiting) + line.size <= MAX_KEPT_BYTES
            and self.kept_bytes + line.size + KEPT_LINE_BYTES <= MAX_ALL_KEPT_BYTES
        )

    def take_kept(self, nickname: Nickname) -> tuple[KeptLine, ...]:
        """Return what waits for an owner, and keep it no longer."""
        lines = tuple(self.kept.pop(nickname, ()))
        self.kept_bytes -= sum(line.size + KEPT_LINE_BYTES for line in lines)
        return lines

    def wipe(self, meant: Meant) -> int:
        """Forget the private words of somebody that wait for owners."""
        wiped = 0
        for nickname, lines in [*self.kept.items()]:
            left = [line for line in lines if not meant.said(line.speaker, line.by, line.at)]
            if len(left) < len(lines):
                wiped += len(lines) - len(left)
                self.take_kept(nickname)
                for line in left:
                    self._add_kept(nickname, line)
        return wiped

    def part(self, member: Member, at: float, ignored: tuple[int, ...]) -> None:
        """Keep what belongs to an owner that leaves."""
        claim = self.held.pop(member.address, None)
        if claim is None:
            return
        place = member.place
        del self.index.owners[claim.nickname]
        self.away[claim.nickname] = attrs.evolve(
            claim,
            left=at,
            look=attrs.evolve(place.look, json=False, lost=False),
            address=member.address,
            number=place.number,
            ignored=ignored,
        )

    def leave(self, _: Address) -> None:
        """Do nothing: `part` notes it."""

    def move(self, places: Mapping[Address, Address]) -> None:
        """Follow owners that have other addresses now."""
        self.held = moved(self.held, places)
        self.away = {
            name: claim
            if claim.address is None
            else attrs.evolve(claim, address=places.get(claim.address, claim.address))
            for name, claim in self.away.items()
        }
        self.index.owners = {claim.nickname: owner for owner, claim in self.held.items()}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return everything, with addresses as text."""
        away = [
            (encode(claim.address) if claim.address is not None else "", attrs.evolve(claim, address=None))
            for claim in self.away.values()
        ]
        return [[(encode(owner), claim) for owner, claim in self.held.items()], away, [*self.kept.items()]]

    def _add_kept(self, nickname: Nickname, line: KeptLine) -> None:
        self.kept.setdefault(nickname, []).append(line)
        self.kept_bytes += line.size + KEPT_LINE_BYTES

    def _named(self, nickname: Nickname) -> Claim:
        owner = self.index.owners.get(nickname)
        return self.away[nickname] if owner is None else self.held[owner]


def claims_of(state: ChatState) -> Claims:
    """Return which names belong to whom."""
    return cast("Claims", state.slices.by_word[CLAIMS])


def network_of(address: Address) -> str:
    """Return the network that counts for a claim from an address. On loopback it is the whole machine: none counts."""
    network = address.network
    return "" if network.scope is Scope.LOOPBACK else network.prefix.hex()


def keeper_of(state: ChatState, keys: Iterable[str], at: float, but: Address | None = None) -> Claim | None:
    """Return the claim by which a name with one of these keys belongs to somebody, and not to the one at `but`."""
    claims, days = claims_of(state), state.rules.claim_days
    own = None if but is None else claims.held.get(but)
    for each in claims.named_like(keys):
        if each is not own and not claims.is_over(each, at, days):
            return each
    return None


def absent_owner(state: ChatState, word: str, at: float) -> Claim | None:
    """Return the claim to the name that a client means by a word, if its owner is away."""
    claim = keeper_of(state, state.roster.keys_of(word), at)
    return None if claim is None or claims_of(state).owner(claim) is not None else claim


def forget_over(state: ChatState, keys: Iterable[str], taker: Address | None) -> None:
    """Forget the claims to a name that a member may take, because they ended. Its own is kept."""
    claims = claims_of(state)
    for claim in claims.named_like(keys):
        if claims.owner(claim) != taker:
            claims.drop(claim)


def is_taken(state: ChatState) -> Callable[[Nickname], bool]:
    """Return what says whether a newcomer may not have a nickname. One that was claimed ever is left alone."""
    roster, by_key = state.roster, claims_of(state).index.by_key
    return lambda nickname: roster.has(nickname) or not by_key.keys().isdisjoint(roster.names.keys(nickname))
