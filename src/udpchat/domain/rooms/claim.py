"""One name that belongs to somebody, words that wait for its owner, and what finds a claim."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.history.log import DAY
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class Claim:
    """A name that belongs to somebody, who proves it by a token.

    `keys` are those of the nickname, and `network` is where it was claimed, "" if that does not count. `current` and
    `following` are hashes of tokens, "" if there is none: both are valid until the following one is used. `script` is
    that of the token with which scripts post. At `posts_full`, in seconds since 1970 UTC, they may post again as much
    at once as they ever may. The rest is of the owner when it was here last: when it `left`, in seconds since 1970 UTC,
    its look, its address and number, and the numbers of those whom it ignored.
    """

    nickname: Nickname
    keys: tuple[str, ...]
    network: str = ""
    current: str = ""
    following: str = ""
    script: str = ""
    posts_full: float = 0.0
    left: float = 0.0
    look: Look = PLAIN
    address: Address | None = None
    number: int = 0
    ignored: tuple[int, ...] = ()

    @property
    def hashes(self) -> tuple[str, ...]:
        """Return the hashes of its valid tokens."""
        return tuple(each for each in (self.current, self.following) if each)

    def is_over(self, at: float, days: int) -> bool:
        """Return whether it ended, if its owner is away."""
        return at - self.left >= days * DAY


@attrs.frozen
class KeptLine:
    """Private words for an owner that was away, said at a time, in seconds since 1970 UTC.

    `by` is the number of the member that said them.
    """

    speaker: Nickname
    text: str
    at: float
    by: int = 0

    @property
    def size(self) -> int:
        """Return its bytes of text."""
        return len(self.text.encode())


@attrs.define(eq=False)
class ClaimIndex:
    """Finds claims, by the nickname of each. `owners` are those that are here."""

    by_key: dict[str, Nickname] = attrs.field(factory=dict)
    by_hash: dict[str, Nickname] = attrs.field(factory=dict)
    by_script: dict[str, Nickname] = attrs.field(factory=dict)
    owners: dict[Nickname, Address] = attrs.field(factory=dict)
    networks: dict[str, int] = attrs.field(factory=dict)  # how many claims each network has

    def add(self, claim: Claim, owner: Address | None) -> None:
        """Note a claim."""
        self.by_key.update(dict.fromkeys(claim.keys, claim.nickname))
        self.by_hash.update(dict.fromkeys(claim.hashes, claim.nickname))
        if claim.script:
            self.by_script[claim.script] = claim.nickname
        if owner is not None:
            self.owners[claim.nickname] = owner
        if claim.network:
            self.networks[claim.network] = self.networks.get(claim.network, 0) + 1

    def remove(self, claim: Claim) -> None:
        """Forget a claim."""
        for key in claim.keys:
            del self.by_key[key]
        for each in claim.hashes:
            del self.by_hash[each]
        self.by_script.pop(claim.script, None)
        self.owners.pop(claim.nickname, None)
        if claim.network:
            self.networks[claim.network] -= 1
            if not self.networks[claim.network]:
                del self.networks[claim.network]
