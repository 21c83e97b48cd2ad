"""`udpchat journal show`: prints the inputs of a journal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import click

from udpchat.adapters.journal.errors import JournalError
from udpchat.app.cli.journal import redaction
from udpchat.app.cli.journal.reading import FILE, open_journal, utc
from udpchat.app.cli.printing import echo
from udpchat.domain.rooms.inputs import (
    Administered,
    ControlInput,
    Heartbeat,
    Idle,
    Input,
    Reloaded,
    SessionOver,
    Started,
    Undelivered,
    Unreachable,
)
from udpchat.domain.rooms.requests import Numbered, Request
from udpchat.domain.text.line import Line, LineTooLong


@click.command()
@FILE
@redaction.PRIVATE
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each input, one a line.")
@click.option("--acts", is_flag=True, help="Print only what operators, holders and the machine did.")
def show(file: Path, *, private: bool, as_json: bool, acts: bool) -> None:
    """Print the inputs of a journal.

    Each line has the number of the input, its time in UTC, the address and the nickname of the client, and the text.
    """
    with open_journal(file) as journal:
        try:
            inputs = journal.named(journal.snapshots())
        except JournalError as exc:  # then no nicknames are known
            echo(f"udpchat: {exc}", err=True)
            inputs = ((number, given, "") for number, given in journal.inputs())
        for number, given, nickname in inputs:
            if acts and not _is_act(given):
                continue
            if as_json:
                kind = journal.codec.row(given)[3]
                echo(json.dumps({"number": number, **_fields(kind, given, nickname, private=private)}))
            else:
                sender = f"{given.sender}:{nickname}" if nickname else str(given.sender)
                echo(f"{number} {utc(given.at)} {sender} {_described(given.line, private=private)}")


def _is_act(given: Input) -> bool:
    """Return whether an input is an act, or tried to be one."""
    line = given.line.line if isinstance(given.line, Numbered) else given.line
    return redaction.is_act(line) if isinstance(line, str) else isinstance(line, Administered)


def _fields(kind: str, given: Input, nickname: str, *, private: bool) -> dict[str, Any]:
    """Return the fields of the JSON object for an input of a kind, by the word that the journal has for it."""
    line, asked = given.line, dict[str, Any]()
    if isinstance(line, Numbered):
        asked, line = {"id": line.id, "room": line.room or None}, line.line
    return {
        "at": given.at,
        "time": f"{utc(given.at).replace(' ', 'T')}Z",
        "address": str(given.sender),
        "nickname": nickname or None,
        "kind": kind,
        **({"line": redaction.typed(line, private=private)} if isinstance(line, str) else attrs.asdict(line)),
        **asked,
    }


def _described(  # noqa: C901 - one case for each kind of input
    line: Line | ControlInput | Request, *, private: bool
) -> str:
    line = line.line if isinstance(line, Numbered) else line
    match line:
        case Unreachable():
            return "(unreachable)"
        case Undelivered():
            return "(a datagram to it was dropped)"
        case Idle(seconds, makes_room):
            if makes_room:
                return "(made room)"
            return f"(idle timeout{f', {seconds} seconds' if seconds else ''})"
        case Started(_, unsent):
            return f"(server started{f', {unsent} lines may be unsent' if unsent else ''})"
        case Reloaded():
            return "(settings reloaded)"
        case Heartbeat():
            return "(heartbeat)"
        case Administered(act, rest):
            return f"(admin: {' '.join((act, *rest.split()))})"
        case LineTooLong(size, _):
            return f"(line too long: {size} bytes)"
        case SessionOver():
            return "(did not come back)"
        case str():
            return redaction.typed(line, private=private)
        case _:
            return f"(program: {line.__class__.__name__.lower()})"
