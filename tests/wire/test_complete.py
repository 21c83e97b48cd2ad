"""Every sentence of the server stands in a table `SENTENCES` of this folder and in docs/wire.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from tests import wire
from tests.room import whole_lines
from tests.wire.completeness import events, full_name, gaps, quoted
from tests.wire.example import TEDDC, Example
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.event import Event, Sentence
from udpchat.domain.limits import MAX_DATAGRAM, MIN_DATAGRAM
from udpchat.domain.text.nickname import RESERVED

PAGE = Path(__file__).parents[2] / "docs" / "wire.md"
TABLES: dict[str, tuple[Example, ...]] = {
    module.name: import_module(f"{wire.__name__}.{module.name}").SENTENCES
    for module in iter_modules(wire.__path__)
    if module.name.startswith("test_") and f"{wire.__name__}.{module.name}" != __name__
}
EXAMPLES = [example for table in TABLES.values() for example in table]
BELL = b"\x07"  # has no words
LINES = [line for example in EXAMPLES if example.lines not in {b"", BELL} for line in whole_lines(example.lines)]
LINES += [f"error - {why.sentence}" for why in Ending if why is not Ending.NO_IRC]  # which end a connection
FOR_IRC = f"ERROR :{Ending.NO_IRC.sentence}"


@pytest.mark.parametrize("limit", [MIN_DATAGRAM, MAX_DATAGRAM])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example.event).__name__)
def test_an_event_reads_as_its_table_says(example: Example, limit: int) -> None:
    """Every example renders to the bytes beside it."""
    assert b"".join(render(example.event, limit, own=example.own)) == example.lines


def test_events_are_values() -> None:
    """Two events are the same if they are the same fact, so a replay can be compared with what was delivered before."""
    for example in EXAMPLES:
        assert copy(example.event) == example.event


def test_which_events_may_have_thousands_of_lines() -> None:
    """They are made and sent in parts: all that lists clients, rooms, hands or messages."""
    assert {event.__name__ for event in events().values() if event.long} == {
        *(
            "BansShown",
            "CaughtUp",
            "ClientsListed",
            "HandsShown",
            "HistoryShown",
            "HistoryShownOnJoin",
            "KeptShown",
            "NamesShown",
            "RoomsListed",
            "Welcome",
        )
    }


def test_every_event_has_an_example() -> None:
    """The tables show each wording of every event of the package, and every text in it."""
    missing = gaps(events().values(), EXAMPLES)
    assert not missing, "\n".join(missing)


def test_every_family_has_its_table() -> None:
    """The events of a family of commands are in the table of the file that has the family's name."""
    families = {name.split(".")[3] for name in events() if name.startswith("udpchat.domain.commands.")}
    assert "names" in families
    for family in families:
        elsewhere = [each for name, table in TABLES.items() if name != f"test_{family}" for each in table]
        assert not [each for each in elsewhere if type(each.event).__module__.endswith(f".commands.{family}")]


def test_the_page_has_every_sentence_and_no_other() -> None:
    """The sentences in the tables and code blocks of docs/wire.md are those of the examples."""
    on_page = quoted(PAGE.read_text(encoding="utf-8"))
    sentences = {*LINES, FOR_IRC}
    missing, invented = sentences - on_page, on_page - sentences
    assert not missing, "\n".join(missing)
    assert not invented, "\n".join(invented)


def not_reserved(lines: Iterable[str]) -> list[str]:
    """Return the sentences that a nickname, which begins with a letter, could imitate. TEDDC is in the examples."""
    known = {*RESERVED, TEDDC}
    return [line for line in lines if line[0].isalpha() and line.split()[0].removesuffix(":") not in known]


def test_the_first_word_of_every_sentence_is_reserved() -> None:
    """Every sentence that begins with a letter begins with a nickname or a reserved word."""
    assert not_reserved(LINES) == []


@pytest.fixture
def waved() -> Iterator[type[Event]]:
    """Return an event that is in no table, and is an event of the package until the test ends."""

    class Waved(Event):
        def sentences(self) -> Iterable[Sentence]:
            return (Sentence(("hands are waved",)),)

        def own_sentences(self) -> Iterable[Sentence]:
            return (Sentence(("you wave",)),)

    Waved.__module__ = "udpchat.domain.commands.fake"
    yield Waved
    Waved.__module__ = __name__


def test_an_event_without_example_is_reported(waved: type[Event]) -> None:
    """A new event fails the check until the tables have both of its wordings, and every text in it."""
    name = full_name(waved)
    assert events()[name] is waved
    others, own = Example(waved(), b"hands are waved\n"), Example(waved(), b"you wave\n", own=True)
    assert gaps([waved], EXAMPLES) == [
        f"{name}: the wording for the others",
        f"{name}: the wording for the client that caused it",
        f"{name}: 'hands are waved'",
        f"{name}: 'you wave'",
    ]
    assert gaps([waved], [others]) == [f"{name}: the wording for the client that caused it", f"{name}: 'you wave'"]
    assert gaps([waved], [own]) == [f"{name}: the wording for the others", f"{name}: 'hands are waved'"]
    assert gaps([waved], [others, own]) == []
    assert not_reserved(["hands are waved", "you wave"]) == ["hands are waved"]


def test_sentences_are_found_on_a_page() -> None:
    """A page quotes sentences in code blocks, and in all columns of its tables but the first."""
    page = "`a`\n\n| `b` | `c` |\n| --- | --- |\n| `d` | `e`, then `f g` |\n\n`h`\n\n    i\n\n```text\nj\nk\n```\n"
    assert quoted(page) == {"e", "f g", "i", "j", "k"}
