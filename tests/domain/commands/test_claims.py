"""Names that belong to somebody: who has them, by which token, and for how long."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from tests.journals import CODEC
from tests.room import NAMES, entropy_for
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.commands.claims import NameClaimed
from udpchat.domain.commands.private import LineKept, TooMuchKept
from udpchat.domain.commands.resuming import KeptShown, Resumed, TokenUnknown
from udpchat.domain.commands.talk import Said
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR, ORDER_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms import claims as limits
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.claim import ClaimIndex
from udpchat.domain.rooms.claims import Claims, claims_of
from udpchat.domain.rooms.history.log import DAY
from udpchat.domain.rooms.inputs import Input, Rules, Started, Undelivered, Unreachable
from udpchat.domain.rooms.order import Mute
from udpchat.domain.rooms.rights import operators_of
from udpchat.domain.rooms.sanctions import sanctions_of
from udpchat.domain.rooms.state import ChatState

SERVER, A, B, C, D = (peer(network=number, port=number) for number in range(5))
PEERS = (A, B, C, D)
NAMES_USED = ("annax", "berta", "carla")
DAYS = 2


def new_chat(rules: Rules | None = None, grammar: int = GRAMMAR) -> Chat:
    """Return a chat that nobody is in."""
    chat = Chat(ChatState(NAMES))
    started = Started(rules or Rules(claim_days=DAYS), grammar=grammar)
    chat.handle(Input(0.0, 0, SERVER, started))
    return chat


def say(chat: Chat, who: Address, line: str, at: float = 1.0, name: str = "annax") -> list[Delivery]:
    """Let somebody send a line; a stranger gets this name if it is free."""
    return chat.handle(Input(at, entropy_for(name), who, line))


def events(deliveries: list[Delivery]) -> list[Event]:
    """Return the events of deliveries."""
    return [event for _, event in deliveries]


def told(deliveries: list[Delivery], who: Address) -> list[Event]:
    """Return what one client alone receives."""
    return [event for audience, event in deliveries if audience == Only(who)]


@attrs.define
class Owned:
    """What the model knows of an owned name."""

    tokens: tuple[str, str]  # the current one, and the one that follows
    owner: Peer | None
    left: float = 0.0

    def is_over(self, at: float) -> bool:
        """Return whether the claim ended."""
        return self.owner is None and at - self.left >= DAYS * DAY


@attrs.define
class Model:
    """A chat, and what must be true of the names in it."""

    chat: Chat = attrs.field(factory=new_chat)
    owned: dict[str, Owned] = attrs.field(factory=dict)
    drawn: list[str] = attrs.field(factory=lambda: ["none"])
    at: float = 1.0

    def draw(self) -> str:
        """Return the hash of a new token."""
        self.drawn.append(f"t{len(self.drawn)}")
        return self.drawn[-1]

    def nickname(self, who: Peer) -> str:
        """Return the nickname of a member."""
        return self.chat.state.roster.members[who].nickname

    def step(self, who: Peer, what: str, pick: int) -> None:
        """Let somebody do something, and compare what comes of it with the model."""
        was_member = who in self.chat.state.roster
        match what:
            case "claim":
                hashed = self.draw()
                deliveries = say(self.chat, who, f"/claim {hashed}", self.at)
                assert [type(each) for each in told(deliveries, who)] == [NameClaimed]
                self.release(who)
                self.owned[self.nickname(who)] = Owned((hashed, ""), who)
            case "resume":
                self.resume(who, self.drawn[pick % len(self.drawn)])
            case "leave":
                self.chat.handle(Input(self.at, 0, who, Unreachable()))
                self.part(who)
            case "release":
                say(self.chat, who, "/release", self.at)
                self.release(who)
            case _:
                deliveries = say(self.chat, who, f"/nick {what}", self.at)
                if was_member and self.keeper(what, who) is not None:
                    assert self.nickname(who) != what
                if self.nickname(who) == what and what in self.owned and self.owned[what].owner != who:
                    assert self.owned.pop(what).is_over(self.at)

    def resume(self, who: Peer, hashed: str) -> None:
        """Let somebody show a token."""
        following = self.draw()
        found = [name for name, each in self.owned.items() if hashed in each.tokens and not each.is_over(self.at)]
        deliveries = told(say(self.chat, who, f"/resume {hashed} {following}", self.at), who)
        assert any(isinstance(each, Resumed) for each in deliveries) == bool(found)
        assert any(isinstance(each, TokenUnknown) for each in deliveries) != bool(found)
        for name in found:
            before = self.owned[name]
            if before.owner != who:
                self.part(who)
            if before.owner is None:
                assert self.nickname(who) == name
            elif before.owner != who:
                assert before.owner not in self.chat.state.roster
            self.owned[name] = Owned((hashed, following), who)

    def keeper(self, name: str, but: Peer) -> Owned | None:
        """Return what is known of a name that somebody else owns."""
        found = self.owned.get(name)
        return None if found is None or found.owner == but or found.is_over(self.at) else found

    def part(self, who: Peer) -> None:
        """Note that an owner left."""
        for each in self.owned.values():
            if each.owner == who:
                each.owner, each.left = None, self.at

    def release(self, who: Peer) -> None:
        """Note that an owner owns nothing."""
        self.owned = {name: each for name, each in self.owned.items() if each.owner != who}

    def check(self) -> None:
        """Compare the state with the model."""
        state = self.chat.state
        claims = claims_of(state)
        seen: dict[str, Address] = {}
        for member in state.roster:
            for key in member.keys:
                assert seen.setdefault(key, member.address) == member.address
            keeper = self.keeper(member.nickname, member.address)  # type: ignore[arg-type]
            assert keeper is None
        owners = {name: each.owner for name, each in self.owned.items() if not each.is_over(self.at)}
        found: dict[str, Address | None] = {claim.nickname: owner for owner, claim in claims.held.items()}
        found |= {name: None for name, each in claims.away.items() if not each.is_over(self.at, DAYS)}
        assert found == owners
        again = Claims(claims.held, claims.away, claims.kept)
        for field in attrs.fields(ClaimIndex):
            assert getattr(claims.index, field.name) == getattr(again.index, field.name)
        assert claims.kept_bytes == again.kept_bytes


whats = st.sampled_from(["claim", "claim", "resume", "resume", "resume", "leave", "release", *NAMES_USED])
steps = st.lists(
    st.tuples(st.sampled_from(PEERS), whats, st.integers(0, 30), st.sampled_from([1.0, DAY, DAYS * DAY - 2])),
    max_size=40,
)


@given(steps)
def test_a_name_has_one_owner(drawn: list[tuple[Peer, str, int, float]]) -> None:
    """A name is never copied, only valid tokens count, and a claim ends when it is to end, and not before."""
    model = Model()
    for who, what, pick, passed in drawn:
        model.at += passed
        model.step(who, what, pick)
        model.check()


@given(st.permutations([(B, "n1"), (C, "n2")]), st.booleans())
def test_one_token_at_two_places(order: list[tuple[Peer, str]], away: bool) -> None:  # noqa: FBT001 - hypothesis
    """Whatever comes first, the last one is the owner, and the token that the first one read is of no use."""
    chat = new_chat()
    say(chat, A, "/claim t")
    if away:
        say(chat, A, "/quit")
    for who, following in order:
        say(chat, who, f"/resume t {following}")
    (first, lost), (second, following) = order
    assert [member.nickname for member in chat.state.roster] == ["annax"]
    assert second in chat.state.roster
    assert first not in chat.state.roster
    assert isinstance(told(say(chat, first, f"/resume {lost} x"), first)[0], TokenUnknown)
    assert isinstance(told(say(chat, second, f"/resume {following} y"), second)[0], Resumed)
    assert isinstance(told(say(chat, second, "/resume t z"), second)[0], TokenUnknown)


@pytest.mark.parametrize(("seconds", "kept"), [(30 * DAY - 1, True), (30 * DAY, False)])
def test_how_long_a_name_is_kept(seconds: float, *, kept: bool) -> None:
    """For the days that the rules say after its owner left, to the second. Then anybody may have it."""
    for last in ("/resume t n", "/nick annax"):
        chat = new_chat(Rules())
        say(chat, A, "/claim t", 1.0)
        say(chat, A, "/quit", 2.0)
        say(chat, B, "", 2.0 + seconds, "berta")
        say(chat, B, last, 2.0 + seconds)
        has = chat.state.roster.members[B].nickname == "annax"
        assert has == (kept == last.startswith("/resume"))
        again = told(say(chat, C, "/resume t m", 2.0 + seconds), C)
        assert any(isinstance(each, Resumed) for each in again) == kept


def test_newcomers_never_get_an_owned_name() -> None:
    """Nor do they once the claim is over: the clock may be wrong."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, A, "/quit")
    say(chat, B, "", 9e9)
    assert chat.state.roster.members[B].nickname == "bnnax"


def test_claims_that_are_over_make_room() -> None:
    """When there are too many in all, or in a network, those that ended go, and what was kept for them."""
    chat = new_chat(Rules(claim_days=DAYS, max_claims=2))
    say(chat, A, "/claim t1", 1.0)
    say(chat, A, "/quit", 1.0)
    say(chat, B, "/claim t2", 1.0, "berta")
    say(chat, B, "/msg annax hi", 1.0)
    say(chat, C, "/claim t3", 2.0, "carla")
    assert len(claims_of(chat.state)) == 2
    say(chat, C, "/claim t4", 1.0 + DAYS * DAY, "carla")
    assert {claim.nickname for claim in claims_of(chat.state).held.values()} == {"berta", "carla"}
    assert (claims_of(chat.state).kept, claims_of(chat.state).kept_bytes) == ({}, 0)


def test_a_token_that_is_known_is_not_used_again() -> None:
    """No two names have one token, whatever a journal has."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, B, "/claim t", name="berta")
    say(chat, B, "/claim t2", name="berta")
    say(chat, C, "/resume t2 t", name="carla")
    say(chat, C, "/claim x y", name="carla")
    say(chat, C, "/resume t2 t", name="carla")
    claims = claims_of(chat.state)
    assert {owner: claim.hashes for owner, claim in claims.held.items()} == {A: ("t",), B: ("t2",)}


def test_words_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes of one owner, and of all together."""
    chat = new_chat()
    for who, name in ((A, "annax"), (B, "berta")):
        say(chat, who, f"/claim {name}", name=name)
        say(chat, who, "/quit")
    long = "x" * (limits.MAX_KEPT_BYTES // 4)
    kept = [isinstance(told(say(chat, C, f"/msg annax {long}"), C)[-1], LineKept) for _ in range(5)]
    assert kept == [True] * 4 + [False]
    monkeypatch.setattr(limits, "MAX_ALL_KEPT_BYTES", claims_of(chat.state).kept_bytes + 300)
    assert isinstance(told(say(chat, C, "/msg berta hello"), C)[-1], LineKept)
    assert isinstance(told(say(chat, C, "/msg berta hello"), C)[-1], TooMuchKept)
    say(chat, D, "/resume berta n")
    assert isinstance(told(say(chat, C, "/msg annax x"), C)[-1], TooMuchKept)


def test_whom_an_owner_ignores() -> None:
    """What that one writes is not kept, which it does not notice, and the owner ignores it when it is back."""
    chat = new_chat()
    say(chat, A, "/claim t")
    for who, name in ((B, "berta"), (C, "carla")):
        say(chat, who, "", name=name)
        say(chat, A, f"/ignore {name}")
    say(chat, A, "/quit")
    say(chat, C, "/quit")
    say(chat, C, "", name="carla")
    assert isinstance(told(say(chat, B, "/msg annax hi"), B)[-1], LineKept)
    say(chat, C, "/msg annax hello")
    (shown,) = [each for each in told(say(chat, D, "/resume t n"), D) if isinstance(each, KeptShown)]
    assert [(line.speaker, line.text) for line in shown.lines] == [("carla", "hello")]
    assert set(chat.state.slices.hidden_from(D)) == {B}


def test_an_owner_that_ignores_more_than_it_may() -> None:
    """A member that is an owner again ignores both, each once."""
    chat = new_chat()
    say(chat, A, "/claim t")
    for who, name in ((B, "berta"), (C, "carla"), (D, "doris")):
        say(chat, who, "", name=name)
    say(chat, A, "/ignore berta")
    say(chat, A, "/ignore doris")
    say(chat, A, "/quit")
    say(chat, D, "/ignore berta")
    say(chat, D, "/ignore carla")
    say(chat, D, "/resume t n")
    assert set(chat.state.slices.hidden_from(D)) == {B, C}


@pytest.mark.parametrize("away", [True, False])
def test_a_mute_goes_along(*, away: bool) -> None:
    """The longer one counts if both addresses were muted, and somebody who is at the old one now stays muted."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, A, "/join kitchen")
    for who in (A, B):
        sanctions_of(chat.state).mute(who, Mute(100.0 if who is A else 50.0, "server"))
    room = chat.state.rooms.by_name["kitchen"]
    room.ordered().mute(A, Mute(70.0, "server"))
    room.ordered().kick(A, 80.0)
    say(chat, D, "/join kitchen", name="doris")
    if away:
        say(chat, A, "/quit")
        say(chat, A, "", name="berta")
    say(chat, B, "/resume t n")
    muted = sanctions_of(chat.state).muted
    assert muted[B].until == 100.0
    assert (A in muted) == away
    assert room.ordered().muted[B].until == 70.0
    assert room.ordered().kicked[B] == 80.0
    assert not [each for each in events(say(chat, B, "hello there")) if isinstance(each, Said)]


def test_a_code_does_not_go_along() -> None:
    """A token makes nobody an operator."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, A, "/op ann 1")
    say(chat, B, "/resume t n")
    assert operators_of(chat.state).terms == {}


@pytest.mark.parametrize("grammar", range(ORDER_SINCE, GRAMMAR + 1))
def test_an_owner_comes_back_where_it_was(grammar: int) -> None:
    """It missed what was said meanwhile, and is muted as before, also in a journal of an earlier version."""
    chat = new_chat(grammar=grammar)
    say(chat, A, "/claim t")
    say(chat, B, "", name="berta")
    sanctions_of(chat.state).mute(A, Mute(100.0, "server"))
    say(chat, A, "/quit")
    say(chat, B, "good morning")
    assert told(say(chat, A, "/resume t n"), A) == [Resumed(chat.state.roster.members[A].nickname, "n", missed=True)]
    assert (chat.state.reception.missed[A], [*sanctions_of(chat.state).muted]) == ((0, 1), [A])


def test_another_spelling_of_an_owned_name() -> None:
    """It is claimed in place of the first one. A token of scripts is that of one name, and is not used twice."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, A, "/nick Annax")
    say(chat, A, "/claim u")
    claims = claims_of(chat.state)
    assert [(claim.nickname, claim.hashes) for claim in claims.held.values()] == [("Annax", ("u",))]
    say(chat, B, "/claim v", name="berta")
    say(chat, A, "/token s")
    (refused,) = told(say(chat, B, "/token s"), B)
    assert type(refused).__name__ == "TokenSpoilt"
    assert (claims.held[A].script, claims.held[B].script) == ("s", "")


@pytest.mark.parametrize("member", [True, False])
def test_what_an_owner_missed(*, member: bool) -> None:
    """What was said since it left, or what may not have come; whoever was at the new address before does not count."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, B, "", name="berta")
    say(chat, C, "", name="carla")
    say(chat, C, "one, two")
    say(chat, B, "/quit")
    chat.handle(Input(1.0, 0, A, Unreachable(0)))
    say(chat, C, "three")
    if member:
        say(chat, B, "", name="berta")
        chat.handle(Input(1.0, 0, B, Undelivered(1)))
    (resumed,) = told(say(chat, B, "/resume t n"), B)
    assert resumed == Resumed(chat.state.roster.members[B].nickname, "n", missed=True)
    assert chat.state.reception.missed[B] == (0, 2)
    assert B not in chat.state.reception.absent


def test_the_machine_restores_a_member_that_owned_another_name() -> None:
    """A member that becomes the owner of a name gives up the one it owned before; that is kept for its token."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, A, "/quit")
    say(chat, B, "/claim u", name="berta")
    say(chat, B, "/resume t n")
    assert {claim.nickname: owner for owner, claim in claims_of(chat.state).held.items()} == {"annax": B}
    say(chat, C, "/resume u v")
    assert [member.nickname for member in chat.state.roster] == ["annax", "berta"]


def test_a_name_that_somebody_has_by_other_rules() -> None:
    """Nobody loses its name: the owner is refused, as a stranger and as a member, and so is who would own it too."""
    chat = new_chat()
    say(chat, A, "/claim t")
    say(chat, A, "/quit")
    chat.state.add(B, NAMES.fit("annax"), 1.0)  # type: ignore[arg-type]
    for _ in range(2):
        (refused,) = told(say(chat, C, "/resume t n", name="carla"), C)
        assert type(refused).__name__ == "NameBelongs"
    (refused,) = told(say(chat, B, "/claim u"), B)
    assert type(refused).__name__ == "NameBelongs"


def test_claims_are_stored() -> None:
    """A snapshot has everything, and after it the chat goes on as it was; nodes that disagree notice it."""
    one, two, three = (MemoryAddress("127.0.0.1", port) for port in (1, 2, 3))
    chat = new_chat(Rules(claim_days=3, max_claims=7))
    before = digest(snapshot(chat.state), str)
    say(chat, one, "/claim t1")
    say(chat, two, "/claim t2", name="berta")
    say(chat, two, "/time on")
    say(chat, two, "/ignore annax")
    claimed = digest(snapshot(chat.state), str)
    say(chat, two, "/quit")
    say(chat, three, "/msg berta hi", name="carla")
    state = snapshot(chat.state)
    assert len({before, claimed, digest(state, str)}) == 3
    again = Chat(ChatState(NAMES))
    restore(again.state, CODEC.state(CODEC.document(state)))
    assert snapshot(again.state) == state
    for each in (chat, again):
        say(each, three, "/resume t2 t3")
        say(each, one, "/release")
    assert snapshot(again.state) == snapshot(chat.state)


def test_rules_that_earlier_versions_do_not_have() -> None:
    """With their defaults, a snapshot and its digest are those of an earlier version."""
    digests = []
    for rules in (Rules(), Rules(claim_days=31), Rules(max_claims=9)):
        chat = new_chat(rules)
        digests.append(digest(snapshot(chat.state), str))
        assert ("claim" in CODEC.document(snapshot(chat.state))) == (rules != Rules())
    assert len(set(digests)) == 3
