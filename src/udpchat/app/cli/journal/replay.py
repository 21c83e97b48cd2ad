"""`udpchat journal replay`: prints what the server sent, computed again from the inputs."""

from __future__ import annotations

from pathlib import Path

import click

from udpchat.app.cli.journal import redaction
from udpchat.app.cli.journal.reading import FILE, open_journal
from udpchat.app.cli.printing import echo
from udpchat.domain.machine.snapshot import Snapshot


@click.command()
@FILE
@redaction.PRIVATE
def replay(file: Path, *, private: bool) -> None:
    """Print what the server sent.

    The inputs of the journal are replayed, and each sentence is printed with its recipients.
    """
    with open_journal(file) as journal:
        chat, last = journal.chat(Snapshot()), None
        for number, entry in journal.entries():
            if not isinstance(entry, Snapshot):
                for line in redaction.sent(chat, entry, private=private):
                    echo(line)
            elif number != last:
                if last is not None:
                    echo(f"({number - last} inputs are missing: the server could not write them)")
                chat = journal.chat(entry)
            last = number
