"""What docs/compared.md shows beside the commands of other programs can be typed."""

from __future__ import annotations

from itertools import groupby

import pytest
from markdown_it.token import Token

from tests.docs.pages import rows
from tests.room import Client, Room

UNKNOWN = "error - unknown command"
ROWS = list(rows("docs/compared.md"))


def typed(cell: Token) -> list[str]:
    """Return the lines in a cell that can be typed."""
    return [each.content for each in cell.children or () if each.type == "code_inline"]


LINES = sorted({line for _, row in ROWS for line in typed(row[-1])})


@pytest.fixture
def ana() -> Client:
    """Return ana, who holds a room in which cleo raised a hand. Dan is in another room; ben wrote from the lobby."""
    room = Room()
    ana, ben, cleo, dan = (room.member() for _ in range(4))
    for client, line in (
        (ana, "/nick ana"),
        (ben, "/nick ben"),
        (ana, "/join workshop"),
        (cleo, "/join workshop"),
        (cleo, "/hand"),
        (dan, "/join kitchen"),
        (ben, "/msg ana hello"),
    ):
        client.say(f"{line}\n")
    ana.hears()
    return ana


def refused(client: Client, line: str) -> list[str]:
    """Let a client send a line; return the lines it receives that say there is no such command."""
    client.say(f"{line}\n")
    return [each for each in client.hears() if each.startswith(UNKNOWN)]


@pytest.mark.parametrize("line", LINES)
def test_a_line_beside_a_command_of_another_program(ana: Client, line: str) -> None:
    """A member can type it, because the command exists."""
    assert refused(ana, line) == []


def test_a_command_that_does_not_exist(ana: Client) -> None:
    """Its reply is the sentence by which the other test knows an unknown command."""
    assert refused(ana, "/nosuchcommand") == [f"{UNKNOWN} /nosuchcommand, try /help"]


def test_every_row_has_a_line_or_a_reason() -> None:
    """The last cell of a row has a line to type, or it begins with a dash."""
    for heading, row in ROWS:
        assert bool(typed(row[-1])) != row[-1].content.startswith("- "), f"{heading}: {row[0].content}"


def test_every_program_has_a_table() -> None:
    """The page has a table for each of the three programs, and one for what none of them has."""
    tables = [heading for heading, _ in groupby(ROWS, key=lambda row: row[0])]
    assert tables == ["ssh-chat", "devzat", "ngIRCd", "Only here"]
