"""`udpchat journal check|show|replay|copy FILE`: looking into a journal, be it of a server that runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import attrs
import click

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import JournalError, Unreadable
from udpchat.adapters.sqlite import maintenance
from udpchat.adapters.sqlite.reading import open_read_only
from udpchat.adapters.sqlite.tables import Tables
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.server.storage import KEY
from udpchat.domain.address import Address
from udpchat.domain.commands import grammar as command
from udpchat.domain.dialects import wording
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot, restore, snapshot
from udpchat.domain.rejection import LineTooLong, Rejected
from udpchat.domain.rooms.event import Audience, Everyone, EveryoneBut, Only
from udpchat.domain.rooms.inputs import Heartbeat, Input, News, Started, Unreachable
from udpchat.domain.secret import KEY_BYTES, Cloak, Secret, ShowAddresses
from udpchat.domain.text import lines as text
from udpchat.domain.text.nickname import NicknameRules

FILE = click.argument("file", type=click.Path(path_type=Path))
PRIVATE = click.option("--private", is_flag=True, help="Show also what only one person said or was told.")


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
def journal() -> None:
    """Look into a journal, as `udpchat --journal FILE` writes it. A server may be writing it meanwhile."""


@attrs.define(eq=False)
class Record:
    """What a journal has: states by place, and inputs; reading raises `JournalError`."""

    file: Tables
    codec: Codec = attrs.field(factory=lambda: Codec(OfflineAddressCodec()))

    def states(self) -> list[tuple[int, Snapshot]]:
        """Return the states that are kept, with their places."""
        with self._named():
            return [(place, self.codec.state(document)) for place, document in self.file.snapshots()]

    def inputs(self, after: int) -> Iterator[tuple[int, Input]]:
        """Yield the inputs after a place."""
        with self._named():
            for place, row in self.file.inputs(after):
                yield place, self.codec.input(row)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Have it told which file cannot be read."""
        try:
            yield
        except Unreadable as exc:
            raise JournalError(f"the journal {self.file.path} {exc}") from exc

    def chat(self, state: Snapshot) -> Chat:
        """Return a chat in a state, which shows addresses as the server did."""
        key = self.file.fact(KEY)
        secret = Secret(key if isinstance(key, bytes) else bytes(KEY_BYTES))

        def show(address: Address) -> str:
            return Cloak(cast("ShowAddresses", chat.rules.show_addresses), secret)(address)

        chat = Chat(NicknameRules(UnicodeTables()), show)
        restore(chat, state)
        return chat


@journal.command()
@FILE
def check(file: Path) -> None:
    """Say whether a journal is whole.

    As a file, in its order, and in what its inputs make of its states.
    """
    record = Record(open_read_only(file))
    problems = maintenance.integrity_problems(record.file)
    summary = ""
    if not problems:
        problems, summary = _compared(record)
    record.file.close()
    for problem in problems:
        click.echo(f"{file}: {problem}", err=True)
    if problems:
        raise click.ClickException(f"{file} is damaged")
    click.echo(f"{file} is whole: {summary}")


def _compared(record: Record) -> tuple[list[str], str]:
    """Return what is wrong with the order and the states, and what there is."""
    states = record.states()
    if not states and not any(True for _ in record.inputs(0)):
        states = [(0, Snapshot())]  # as a server that has only just begun the file leaves it
    if not states:
        return ["there is no snapshot to begin with"], ""
    (begin, first), *later = states
    chat, problems, count, at = record.chat(first), [], 0, 0.0
    place = begin

    def compare(up_to: int) -> None:
        while later and later[0][0] <= up_to:
            where, state = later.pop(0)
            if where != place:  # what came in between is in no journal: it could not be written then
                chat_now = record.chat(state)
                chat.roster, chat.history, chat.rules = chat_now.roster, chat_now.history, chat_now.rules
            elif snapshot(chat) != state:
                problems.append(f"the snapshot after input {where} is not what the inputs before it make")

    for found, given in record.inputs(begin):
        compare(found - 1)
        if found != place + 1 and found - 1 not in {where for where, _ in states}:
            problems.append(f"there is no input {place + 1}")
        chat.handle(given)
        place, count, at = found, count + 1, given.at
    compare(states[-1][0])
    last = f", the last at {_time(at)}" if count else ""
    return problems, f"{count:,} inputs after a snapshot of {len(first.members):,} members{last}"


@journal.command()
@FILE
@click.argument("to", type=click.Path(path_type=Path))
def copy(file: Path, to: Path) -> None:
    """Copy a journal to another file, which must not be there yet.

    To copy the file alone is not enough: what was said last may be in another one beside it.
    """
    source = open_read_only(file)
    maintenance.copy(source, to)
    source.close()


@journal.command()
@FILE
@PRIVATE
def show(file: Path, *, private: bool) -> None:
    """Print what came in: place, time in UTC, from where, and what."""
    record = Record(open_read_only(file))
    for place, given in record.inputs(0):
        click.echo(f"{place} {_time(given.at)} {given.sender} {_told(given, private)}")
    record.file.close()


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


def _told(given: Input, private: bool) -> str:  # noqa: FBT001 - as the option
    """Return what an input was, safe for a terminal."""
    match given.line:
        case Unreachable():
            return "(gone)"
        case News.IDLE:
            return "(idle)"
        case Started(_, unsent):
            return f"(server started{f', {unsent} lines may be unsent' if unsent else ''})"
        case Heartbeat():
            return "(alive)"
        case LineTooLong(size, _):
            return f"(a line of {size} bytes, which is too long)"
        case line:
            return text.clean(line) if private or _is_public(line) else _hidden(line)


def _is_public(line: str) -> bool:
    """Say whether everybody in the room heard a line."""
    try:
        return isinstance(command.parse(line), command.Say | command.Join)
    except Rejected:
        return False


def _hidden(line: str) -> str:
    """Return the command of a line that only its sender saw, if it is one, without what else was typed."""
    word = line.split(maxsplit=1)[0]
    known = any(entry.usage.split()[0] == word.lower() for entry in command.TABLE)
    return f"{word if known else '/'}{' ...' if line != word or not known else ''}"


@journal.command()
@FILE
@PRIVATE
def replay(file: Path, *, private: bool) -> None:
    """Print what was sent, and to whom, by telling the chat anew."""
    record = Record(open_read_only(file))
    states = dict(record.states())
    begin = min(states, default=0)
    chat, place = record.chat(states.get(begin, Snapshot())), begin
    for found, given in record.inputs(begin):
        if found != place + 1 and found - 1 in states:
            chat = record.chat(states[found - 1])
            click.echo(f"({found - 1 - place} inputs could not be written)")
        place = found
        for audience, event in chat.handle(given):
            if not chat.roster.recipients(audience):
                continue
            for sentence in wording.sentences(event, chat.rules.max_datagram):
                shown = private or not isinstance(audience, Only)
                click.echo(f"{_who(audience)}: {sentence.decode().rstrip() if shown else '(private)'}")
    record.file.close()


def _who(audience: Audience) -> str:
    match audience:
        case Everyone():
            return "everyone"
        case EveryoneBut(address):
            return f"everyone but {address}"
        case Only(address):
            return f"only {address}"
