"""Help is made of the table of commands, whatever is in it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands import COMMANDS, FAMILIES
from udpchat.domain.commands.help import (
    COLUMNS,
    CommandExplained,
    FamiliesShown,
    Help,
    HelpShown,
    help_for,
    shown_by_family,
)
from udpchat.domain.commands.spec import Command, Family, each_once, table_of
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.characters.gaps import MAX_GAP
from udpchat.domain.text.nickname import Nickname

WHO = peer(port=1)
titles = st.from_regex("[a-c]{1,4}( [a-c]{1,4}){0,2}", fullmatch=True)
usages = st.lists(st.sampled_from(["/a", "/bb NAME", "/ccc [N, 10m, 2h, 3d]", "/dd on|off|+02:00"]), min_size=1)


def text_of(event: FamiliesShown) -> list[str]:
    """Return the lines of an event, which are of plain text."""
    return ["".join(str(part) for part in sentence.head) for sentence in event.sentences()]


@given(st.lists(st.tuples(titles, usages.map(tuple)), min_size=1, max_size=20))
def test_any_families_fit_on_a_terminal(families: list[tuple[str, tuple[str, ...]]]) -> None:
    """No line is longer than a row of a terminal, and each command stands in one line, in order, and none alone."""
    *rows, last = text_of(FamiliesShown(tuple(families)))
    assert last.startswith("/help COMMAND ")
    assert max(map(len, rows)) <= COLUMNS
    assert all(row.startswith(" ") for row in rows)
    width = max(len(title) for title, _ in families) + 1
    shown = [usage for row in rows for usage in row[width:].split("  ") if usage]
    assert shown == [usage for _, some in families for usage in some]
    assert [row[:width].strip() for row in rows if row[:width].strip()] == [title for title, _ in families]
    for row, after in pairwise(rows):
        if not after[:width].strip():  # it goes on because there was no room left
            assert len(row) + 2 + len(after[width:].split("  ")[1]) > COLUMNS


def test_all_commands_fit_on_one_screen() -> None:
    """By family, the table of today has 24 lines at most, each of 79 characters at most."""
    lines = text_of(shown_by_family(each_once(COMMANDS), FAMILIES))
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 79
    assert not [line for line in lines if " " * (MAX_GAP + 1) in line], "no line has a gap as lines of members may not"


@pytest.mark.parametrize("word", COMMANDS)
def test_each_word_is_explained(word: str) -> None:
    """/help with any word or alias shows how its command is typed, what it does, an example and its aliases."""
    command = COMMANDS[word]
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    chat.handle(Input(0.0, 1, WHO, ""))
    assert chat.handle(Input(0.0, 1, WHO, f"/help {word}")) == [
        (Only(WHO), CommandExplained(command.usage, command.does, command.example, command.aliases))
    ]


@pytest.mark.parametrize("word", COMMANDS)
def test_a_word_is_explained_since_it_is_known(word: str) -> None:
    """In a journal of the version that brought it, and in none before, since there is such help."""
    known = COMMANDS[word].known_since[word]
    for grammar in range(ROOMS_SINCE, GRAMMAR + 1):
        chat = Chat(ChatState(NAMES))
        chat.state.use_grammar(grammar)
        chat.handle(Input(0.0, 1, WHO, ""))
        ((_, event),) = chat.handle(Input(0.0, 1, WHO, f"/help {word}"))
        assert isinstance(event, CommandExplained) == (grammar >= known)
        if isinstance(event, CommandExplained):
            since = COMMANDS[word].known_since
            assert event.aliases == tuple(each for each in COMMANDS[word].aliases if since[each] <= grammar)


def test_help_is_of_the_table_that_it_is_made_of() -> None:
    """A command that is not in the table is not shown, nor are aliases that are not known yet."""
    listing = COMMANDS["/list"]
    first = Command(
        "/first", "be first", listing.parse, listing.handle, aliases=("/one",), aliases_since=ROOMS_SINCE + 1
    )
    family = Family((first,), title="order")
    table = table_of(family.commands)
    help_ = help_for(table, (family,))
    state = ChatState(NAMES)
    state.use_grammar(ROOMS_SINCE)
    member = state.add(WHO, Nickname("TEDDC"), 0.0)
    ((_, event),) = help_.handle(state, member, Help("/first"), Input(0.0, 1, WHO, ""))
    assert event == CommandExplained("/first", "be first")
    ((_, event),) = help_.handle(state, member, Help(), Input(0.0, 1, WHO, ""))
    assert event == HelpShown((("/first", "be first"),))
