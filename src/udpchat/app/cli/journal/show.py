"""`udpchat journal show`: prints the inputs of a journal."""

from __future__ import annotations

from pathlib import Path

import click

from udpchat.app.cli.journal import redaction
from udpchat.app.cli.journal.reading import FILE, open_journal, utc
from udpchat.domain.rooms.inputs import Heartbeat, Idle, Input, Started, Unreachable
from udpchat.domain.text.line import LineTooLong


@click.command()
@FILE
@redaction.PRIVATE
def show(file: Path, *, private: bool) -> None:
    """Print the inputs of a journal.

    Each line has the number of the input, its time in UTC, the address of the client, and the text.
    """
    with open_journal(file) as journal:
        for number, given in journal.inputs():
            click.echo(f"{number} {utc(given.at)} {given.sender} {_described(given, private=private)}")


def _described(given: Input, *, private: bool) -> str:
    match given.line:
        case Unreachable():
            return "(unreachable)"
        case Idle(makes_room):
            return "(made room)" if makes_room else "(idle timeout)"
        case Started(_, unsent):
            return f"(server started{f', {unsent} lines may be unsent' if unsent else ''})"
        case Heartbeat():
            return "(heartbeat)"
        case LineTooLong(size, _):
            return f"(line too long: {size} bytes)"
        case line:
            return redaction.typed(line, private=private)
