"""What docs/compared.md shows beside the commands of other programs can be typed, and does something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

import attrs
import pytest
from markdown_it.token import Token

from tests.docs.pages import rows
from tests.room import SERVER, Client, Room, drawing
from tests.wire.acting import Codes, make_operator
from udpchat.app.cli.admin_command import SHOWS
from udpchat.domain.machine.administer import ACTS
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.inputs import Administered, Input

ERROR = "error - "
MACHINE = "udpchat admin "
OPERATORS = "(operators"  # in what a command does: it takes a code
ROWS = list(rows("docs/compared.md"))


def typed(cell: Token) -> list[str]:
    """Return the lines in a cell that can be typed."""
    return [each.content for each in cell.children or () if each.type == "code_inline"]


TOKEN = re.compile("[a-z0-9]{4}(?:-[a-z0-9]{4}){5}")


@attrs.frozen
class Case:
    """The lines of a row, typed one after the other, and whether it takes an operator."""

    name: str
    lines: tuple[str, ...]
    operators: bool


def cases() -> Iterator[Case]:
    """Yield each row that has lines."""
    for heading, row in ROWS:
        if lines := typed(row[-1]):
            does = row[-2].content
            yield Case(f"{heading}: {row[0].content}", tuple(lines), OPERATORS in does)


def workshop(*, operator: bool) -> Client:
    """Return ana, who holds a room in which cleo raised a hand. Dan is in another room; ben wrote from the lobby."""
    room = Room(drawing(), codes=Codes())
    ana, ben, cleo, dan = (room.member() for _ in range(4))
    for client, line in (
        (ana, "/nick ana"),
        (ben, "/nick ben"),
        (cleo, "/nick cleo"),
        (ben, "hello"),
        (ana, "/join workshop"),
        (cleo, "/join workshop"),
        (cleo, "/hand"),
        (dan, "/join kitchen"),
        (ben, "/msg ana hello"),
    ):
        client.say(f"{line}\n")
    if operator:
        make_operator(ana)
    ana.hears()
    return ana


def refusals(ana: Client, *lines: str) -> list[list[str]]:
    """Let ana type lines; return for each the lines that she receives of why it is refused.

    Where the page has a token, she types the last one that she received.
    """
    found, token = [], ""
    for line in lines:
        if line.startswith(MACHINE):
            found.append(on_the_machine(ana.room, line.removeprefix(MACHINE).split()))
            continue
        ana.say(f"{TOKEN.sub(token, line)}\n")
        heard = ana.hears()
        found.append([each for each in heard if each.startswith(ERROR)])
        token = next((match[0] for match in map(TOKEN.search, heard) if match), token)
    return found


def on_the_machine(room: Room, words: list[str]) -> list[str]:
    """Do as `udpchat admin` with these words; return the rejections."""
    where = ""
    if words[0] == "--room":
        _, where, *words = words
    word, *rest = words
    if word in SHOWS:
        return []
    handled = room.chat.handle(Input(room.clock(), 0, SERVER, Administered(word, " ".join(rest), where)))
    return [str(event) for _, event in handled if isinstance(event, Rejection)]


@pytest.mark.parametrize("case", [*cases()], ids=lambda case: case.name)
def test_the_lines_beside_a_command_of_another_program(case: Case) -> None:
    """Ana can type them one after the other, and none is refused."""
    ana = workshop(operator=case.operators)
    assert refusals(ana, *case.lines) == [[]] * len(case.lines)


def test_lines_that_are_refused() -> None:
    """The other test would see it: an unknown command, one that takes an operator, one that the machine refuses."""
    ana = workshop(operator=False)
    assert refusals(ana, "/nosuchcommand") == [[f"{ERROR}unknown command /nosuchcommand, try /help"]]
    lines = ("/lockdown on", "udpchat admin nosuchact", "udpchat admin --room nowhere hush on")
    assert [] not in refusals(ana, *lines)


def test_every_act_is_beside_a_command() -> None:
    """So people who kept order with another program find all that can be done here."""
    shown = {line.split()[0].removeprefix("/") for case in cases() for line in case.lines}
    assert {*ACTS} - shown == set()


def test_every_row_has_a_line_or_a_reason() -> None:
    """The last cell of a row has a line to type, or it begins with a dash."""
    for heading, row in ROWS:
        assert bool(typed(row[-1])) != row[-1].content.startswith("- "), f"{heading}: {row[0].content}"


def test_every_program_has_a_table() -> None:
    """The page has a table for each of the four programs, and one for what three of them lack."""
    tables = [heading for heading, _ in groupby(ROWS, key=lambda row: row[0])]
    assert tables == ["ssh-chat", "devzat", "ngIRCd", "ergo", "Only here"]
