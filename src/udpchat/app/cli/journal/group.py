"""The command `udpchat journal` with its subcommands."""

from __future__ import annotations

import click

from udpchat.app.cli.journal.check import check
from udpchat.app.cli.journal.copy import copy
from udpchat.app.cli.journal.replay import replay
from udpchat.app.cli.journal.show import show


@click.group(
    commands=[check, copy, replay, show],
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def journal() -> None:
    """Inspect a journal file, as `udpchat --journal FILE` writes it. A server may be writing it at the same time."""
