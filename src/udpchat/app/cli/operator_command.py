"""`udpchat operator`: adds, shows and removes the operators of a server."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import NAME, NAME_RULE
from udpchat.app.cli.environment import variable
from udpchat.app.cli.parsing import ThoroughCommand
from udpchat.app.cli.printing import can_print, echo
from udpchat.app.server.compose import operators_module

GROUP = 4  # letters of a secret that are shown together, so that a person can type them


def _checked(_: object, __: object, name: str) -> str:
    if not NAME.fullmatch(name):
        raise click.BadParameter(f"{name!r} cannot be the name of an operator: {NAME_RULE}")
    return name


_NAME = click.argument("name", callback=_checked)
_FILE = click.option(
    "--operators",
    "path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    envvar=variable("operators"),
    show_envvar=True,
    help="The file with the operators, as for the server.",
)


@click.command(cls=ThoroughCommand)
@_NAME
@_FILE
@click.option("--qr", is_flag=True, help="Show the QR code also if standard output is no terminal.")
def add(name: str, path: Path, *, qr: bool) -> None:
    """Add an operator, and show the secret for an authenticator app.

    The file is created if it is missing. The secret is shown once: whoever lost it is removed and added again.
    """
    enrolment = operators_module("enrolment")
    operator = enrolment.new_operator(name)
    OperatorsFile(path).add(operator)
    secret, uri = operator.secret, enrolment.uri(operator)
    echo(f"secret:  {' '.join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))}")
    echo(f"URI:     {uri}")
    if qr or sys.stdout.isatty():
        echo(f"\n{enrolment.qr_code(uri, blocks=can_print(enrolment.BLOCKS))}", styled=True)
    echo(f"Give one of these to an authenticator app, then type in the chat: /op {name} CODE")


@click.command("list", cls=ThoroughCommand)
@_FILE
def show(path: Path) -> None:
    """Show the names of all operators, one a line."""
    for each in OperatorsFile(path).read():
        echo(each.name)


@click.command(cls=ThoroughCommand)
@_NAME
@_FILE
def remove(name: str, path: Path) -> None:
    """Remove an operator.

    A server that uses the file takes no more codes of the operator from the next second on.
    """
    OperatorsFile(path).remove(name)


@click.group(
    commands=[add, show, remove],
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def operator() -> None:
    """Manage the operators of a server, who are known by one-time codes from an authenticator app.

    A server that runs with `--operators FILE` notices a change of the file by itself.
    """
