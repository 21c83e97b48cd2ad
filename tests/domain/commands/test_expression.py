"""Dice that are fair and replay, and who was here before."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.journals import CODEC, MemoryAddresses
from tests.room import NAMES, entropy_for
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.expression import MAX_SEEN, Acted, Rolled, Seen, SeenBefore, Shrugged, rolls
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

ONE, TWO = (MemoryAddresses().decode(f"0 127.0.0.1:{port}") for port in (1, 2))


def chat_of_two(grammar: int = GRAMMAR) -> Chat:
    """Return a chat with Anna and Berta."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(grammar)
    for address, name in ((ONE, "annax"), (TWO, "berta")):
        chat.handle(Input(0.0, entropy_for(name), address, ""))
    return chat


def said(chat: Chat, line: str, at: float = 10.0, entropy: int = 7) -> Event:
    """Let Anna say a line, and return the event that comes of it."""
    ((_, event),) = chat.handle(Input(at, entropy, ONE, line))
    return event


@given(st.integers(0, 2**64 - 1), st.integers(1, 20), st.integers(2, 1000))
def test_a_roll_follows_from_the_input(entropy: int, dice: int, sides: int) -> None:
    """The same input gives the same roll, and each face is one of the die."""
    first, second = (said(chat_of_two(), f"/roll {dice}d{sides}", entropy=entropy) for _ in range(2))
    assert first == second
    assert isinstance(first, Rolled)
    faces = [*islice(rolls(entropy, sides), dice)]
    assert all(1 <= face <= sides for face in faces)
    assert first.text.startswith(f"{dice}d{sides}: {' + '.join(map(str, faces))}")
    assert first.text.endswith(f"{sum(faces)}")


@pytest.mark.parametrize("sides", [2, 6, 20, 1000])
def test_each_face_is_equally_likely(sides: int) -> None:
    """Of many inputs, and of many dice of one input, each face comes as often as the others, nearly."""
    number = 200 * sides
    for drawn in (
        Counter(islice(rolls(3, sides), number)),
        Counter(next(rolls(entropy * 0x9E3779B97F4A7C15 % 2**64, sides)) for entropy in range(number)),
    ):
        assert drawn.keys() == set(range(1, sides + 1))
        # The statistic of the chi-squared test: its mean is sides - 1, its standard deviation that of `spread`.
        spread = (2 * (sides - 1)) ** 0.5
        statistic = sum((count - 200) ** 2 / 200 for count in drawn.values())
        assert abs(statistic - (sides - 1)) < 4 * spread


def test_the_faces_of_a_roll_are_a_format() -> None:
    """A replay of a journal by another version shows the rolls that people saw."""
    assert [*islice(rolls(0, 6), 6)] == [4, 2, 5, 6, 4, 1]
    assert [*islice(rolls(2**64 - 1, 1000), 34)][-2:] == [63, 272]
    assert next(rolls(61, 1000)) == 753  # the first number drawn, 65108, would make faces up to 536 likelier


def test_an_earlier_grammar_has_none_of_these() -> None:
    """A replay of an earlier journal says what was said then: unknown commands. Nor does it keep who was here."""
    chat = chat_of_two(ROOMS_SINCE - 1)
    for line in ("/me waves", "/shrug", "/roll", "/seen berta"):
        assert isinstance(said(chat, line), UnknownCommand)
    chat.handle(Input(5.0, 7, TWO, "/quit"))
    assert not snapshot(chat.state).slices.get("seen")


def test_all_is_part_of_the_state() -> None:
    """After a snapshot, the history has the same messages, and it is known who was here."""
    chat, after = chat_of_two(), Chat(ChatState(NAMES))
    for line in ("/me waves", "/shrug", "/roll 2d6"):
        said(chat, line)
    chat.handle(Input(5.0, 7, TWO, "/quit"))
    restore(after.state, CODEC.state(CODEC.document(snapshot(chat.state))))
    assert [message.__class__ for message in after.state.rooms.lobby.log.messages] == [Acted, Shrugged, Rolled]
    assert snapshot(after.state) == snapshot(chat.state)
    assert said(after, "/history") == said(chat, "/history")
    assert said(after, "/seen berta") == said(chat, "/seen berta") == SeenBefore(Nickname("berta"), 5.0)


def test_who_was_here_last_is_kept_for_so_many_names() -> None:
    """The oldest go first. Somebody who was here twice is as new as the last time."""
    seen = Seen()
    chat = chat_of_two()
    (anna, berta) = chat.state.roster
    seen.give_up(anna, 1.0)
    seen.give_up(berta, 2.0)
    seen.give_up(anna, 3.0)
    assert [at for _, at in seen.before.values()] == [2.0] * len(berta.keys) + [3.0] * len(anna.keys)
    for number in range(MAX_SEEN):
        name = Nickname(f"x{number}")
        seen.give_up(Member(peer(), name, (name,), anna.place), 4.0 + number)
        assert len(seen.before) <= MAX_SEEN
    assert not seen.before.keys() & {*anna.keys, *berta.keys}
    assert seen.before["x0"] == ("x0", 4.0)


@pytest.mark.parametrize(("seconds", "when"), [(0.99, "just now"), (1.0, "1 second ago"), (60.0, "1 minute ago")])
def test_how_long_ago_is_told_in_words(seconds: float, when: str) -> None:
    """Less than a second is just now."""
    (sentence,) = SeenBefore(Nickname("berta"), seconds).sentences()
    assert sentence.head[1] == f" was here {when}"


def test_which_commands_say_something() -> None:
    """Whoever says, does or rolls something is not away any more; whoever asks may be."""
    words = ("/me", "/shrug", "/roll", "/seen")
    assert [COMMANDS[word].speaks for word in words] == [True, True, True, False]


def test_of_several_names_alike_the_last_one_is_shown() -> None:
    """A word may look like the names of several who were here."""
    chat = chat_of_two()
    for at, name in enumerate(("bill", "biil", "other")):
        chat.handle(Input(float(at), 7, TWO, f"/nick {name}"))
    assert said(chat, "/seen biIl") == SeenBefore(Nickname("biil"), 8.0)
    assert said(chat, "/seen biIl", at=1.0) == SeenBefore(Nickname("biil"), -1.0)
    assert said(chat, "/seen bill") == SeenBefore(Nickname("bill"), 9.0)
