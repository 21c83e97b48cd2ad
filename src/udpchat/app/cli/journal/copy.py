"""`udpchat journal copy`: copies a journal, also while a server writes it."""

from __future__ import annotations

from pathlib import Path

import click

from udpchat.adapters.sqlite import maintenance
from udpchat.app.cli.journal.reading import FILE, open_journal


@click.command()
@FILE
@click.argument("to", type=click.Path(path_type=Path))
def copy(file: Path, to: Path) -> None:
    """Copy a journal to the new file TO.

    Use this instead of cp, which misses the newest lines if they are in a second file beside the journal.
    """
    with open_journal(file) as journal:
        maintenance.copy(journal.tables, to)
