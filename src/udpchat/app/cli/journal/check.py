"""`udpchat journal check`: checks the file, the order of its inputs, and its snapshots."""

from __future__ import annotations

from pathlib import Path

import click

from udpchat.adapters.sqlite.errors import damaged
from udpchat.adapters.sqlite.maintenance import integrity_problems
from udpchat.app.cli.journal.reading import FILE, JournalReader, open_journal, utc
from udpchat.app.cli.printing import echo
from udpchat.domain.machine.snapshot import Snapshot, snapshot


@click.command()
@FILE
def check(file: Path) -> None:
    """Check whether a journal is intact.

    The file must be a sound database, no input may be missing, and the inputs must lead to the stored snapshots. The
    exit code is 1 if anything is wrong.
    """
    with open_journal(file) as journal:
        problems, summary = integrity_problems(journal.tables), ""
        if not problems:
            problems, summary = _replayed(journal)
    for problem in problems:
        echo(f"{file}: {problem}", err=True)
    if problems:
        raise damaged(file, "see above")
    echo(f"{file} is intact: {summary}")


def _replayed(journal: JournalReader) -> tuple[list[str], str]:
    """Replay the inputs, and compare the state with each snapshot; return the problems and a summary."""
    entries = journal.entries()
    first, begin = next(entries, (0, Snapshot()))  # empty: a server has only just created the file
    if not isinstance(begin, Snapshot):
        return ["there is no snapshot to begin with"], ""
    chat, problems, last, count, at = journal.chat(begin), [], first, 0, 0.0
    for number, entry in entries:
        if isinstance(entry, Snapshot):
            if number != last:  # the server could not write the inputs in between: that is no damage
                chat = journal.chat(entry)
            elif snapshot(chat.state) != entry:
                problems.append(f"the snapshot after input {number} differs from the state that the inputs lead to")
        else:
            if number != last + 1:
                problems.append(f"there is no input {last + 1}")
            chat.handle(entry)
            count, at = count + 1, entry.at
        last = number
    end = f", the last at {utc(at)}" if count else ""
    return problems, f"{count:,} inputs after a snapshot of {len(begin.members):,} members{end}"
