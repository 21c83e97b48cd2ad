"""What `/wipe` takes back: everything that somebody said in its own words, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.commands.test_claims import A, B, C, D, new_chat, say
from tests.domain.peers import peer
from tests.journals import CODEC
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.commands.hands import Hands
from udpchat.domain.commands.wiping import LinesWiped
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.claims import KEPT_LINE_BYTES, claims_of
from udpchat.domain.rooms.inputs import Administered, Input, Rules
from udpchat.domain.rooms.state import ChatState

SERVER = peer(network=9, port=9)
WORDS, OTHERS = "zyxwvu", "hello from carla"
# Ways of berta, who is in the lobby or in its kitchen, to say something. Annax and dora own names, and are away.
WAYS = (
    WORDS,
    f"well, {WORDS} it is",
    f"/me {WORDS}",
    f"/shrug {WORDS}",
    f"/msg annax {WORDS}",
    f"/m dora {WORDS}",
    f"/msg carla {WORDS}",
    f"/r {WORDS}",
    f"/hand {WORDS}",
    f"/away {WORDS}",
    f"/topic {WORDS}",
    f"/post s1 {WORDS}",
)
MOVES = ("/join kitchen", "/leave", "/nick bertb", "/nick berta", "/back", "/private on", "/private off")


def text_of(chat: Chat) -> str:
    """Return the state as it is stored, and as it is shown."""
    state = snapshot(chat.state)
    return CODEC.document(state) + repr(state)


def wipe(chat: Chat, rest: str, at: float) -> list[LinesWiped]:
    """Let the machine take something back; return what came of it."""
    deliveries = chat.handle(Input(at, 0, SERVER, Administered("wipe", rest)))
    return [event for _, event in deliveries if isinstance(event, LinesWiped)]


def talked(lines: Sequence[str], *, ends: bool) -> Chat:
    """Return a chat in which berta said these lines, and is not here any more if it `ends`."""
    chat = new_chat(Rules(announce_joins=True))
    for who, name, token in ((A, "annax", "t1"), (D, "dorax", "t2"), (B, "berta", "t3")):
        say(chat, who, f"/claim {token}", name=name)
    say(chat, D, "/nick dora")
    say(chat, D, "/claim t4")
    say(chat, B, "/token s1")
    for who in (A, D):
        say(chat, who, "/quit")
    say(chat, C, OTHERS, name="carla")
    say(chat, C, f"/msg annax {OTHERS}")
    say(chat, C, f"/hand {OTHERS}")
    for at, line in enumerate(lines, 10):
        say(chat, B, line, float(at), name="berta")
    if ends:
        say(chat, B, "/nick berta", 90.0)
        say(chat, B, "/quit", 90.0)
    return chat


@given(st.lists(st.sampled_from(WAYS + MOVES), max_size=12), st.booleans())
def test_nothing_of_it_stays(lines: list[str], ends: bool) -> None:  # noqa: FBT001 - hypothesis passes it by place
    """However it was said, no stored form of the state has it; what others said stays, and others compute the same."""
    chat = talked(lines, ends=ends)
    member = chat.state.roster.members.get(B)
    other = Chat(ChatState(NAMES))
    restore(other.state, CODEC.state(CODEC.document(snapshot(chat.state))))
    for each in (chat, other):
        wiped = wipe(each, "berta" if member is None else member.nickname, 100.0)
        assert len(wiped) <= 1
        assert WORDS not in text_of(each)
        assert text_of(each).count(OTHERS) == 6, "a line, kept words and a hand, twice"
        kept = claims_of(each.state)
        assert kept.kept_bytes == sum(line.size + KEPT_LINE_BYTES for of in kept.kept.values() for line in of)
    assert digest(snapshot(chat.state), str) == digest(snapshot(other.state), str)


@pytest.mark.parametrize("way", [way for way in WAYS if not way.startswith(("/msg carla", "/r "))])
def test_each_way_is_kept_until_then(way: str) -> None:
    """Otherwise the test above would not show anything."""
    chat = talked(["/join kitchen", way], ends=False)
    assert WORDS in text_of(chat)
    assert [act.number for act in wipe(chat, "berta", 100.0)] == [1]
    assert WORDS not in text_of(chat)


def test_a_time_spares_what_is_older() -> None:
    """Lines and kept words have a time; what stands, such as a topic, goes whenever it was said."""
    chat = talked(["/join kitchen", "/topic tea", "old line", "/msg annax old words"], ends=False)
    say(chat, B, "new line", 95.0)
    say(chat, B, "/msg annax new words", 95.0)
    assert [act.number for act in wipe(chat, "berta 10s", 100.0)] == [3]
    text = text_of(chat)
    assert all(each in text for each in ("old line", "old words"))
    assert not any(each in text for each in ("new line", "new words", "tea"))


def test_who_said_nothing_that_is_kept() -> None:
    """The act happens all the same, so that earlier inputs go, for an owner that is away too; not for just any name."""
    chat = talked([], ends=True)
    assert [act.number for act in wipe(chat, "berta", 100.0)] == [0]
    assert wipe(chat, "nobodyhere", 100.0) == []
    assert Act.erases is False
    assert LinesWiped.erases


def test_a_hand_stays_up_and_who_is_away_stays_away() -> None:
    """Only the words go."""
    chat = talked(["/hand why", "/away lunch"], ends=False)
    assert [act.number for act in wipe(chat, "berta", 100.0)] == [2]
    hands = chat.state.slices.by_word["hands"]
    assert isinstance(hands, Hands)
    assert [hand.why for hand in hands.of(chat.state.rooms.lobby).values()] == [OTHERS, ""]
    assert chat.state.slices.absence_of(B) == ""
    assert wipe(chat, "berta", 100.0)[0].number == 0


def nick_of(chat: Chat, address: Address) -> str:
    """Return the nickname of a member."""
    return chat.state.roster.members[address].nickname


def test_a_topic_of_somebody_else_stays() -> None:
    """Also if a room is held by the one who is meant."""
    chat = talked(["/join kitchen"], ends=False)
    say(chat, C, "/join garden")
    say(chat, C, "/topic roses")
    assert nick_of(chat, B) == "berta"
    wipe(chat, "berta", 100.0)
    assert "roses" in text_of(chat)
    wipe(chat, "carla", 100.0)
    assert "roses" not in text_of(chat)
