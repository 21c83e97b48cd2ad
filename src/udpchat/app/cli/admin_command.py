"""`udpchat admin`: acts on a running server from its own machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from udpchat.adapters.admin.messages import Request
from udpchat.adapters.admin.socket import ask
from udpchat.app.cli.environment import nearest, variable
from udpchat.app.cli.parsing import ThoroughCommand
from udpchat.app.cli.printing import echo
from udpchat.app.server.admin import FOLDER, default_path
from udpchat.domain.commands import COMMANDS
from udpchat.domain.machine.administer import ACTS

SHOWS = {
    "who": "show all clients, with their true addresses",
    "rooms": "show all rooms, private ones too",
    "reload": "read the settings again, as SIGHUP does",
    "status": "show how many clients there are, and what was dropped",
}
_WIDTH = 28  # characters of the longest usage, and a gap


def _help() -> str:
    """Return the help text, with a line for each word."""
    usages = {COMMANDS[f"/{word}"].usage.removeprefix("/"): COMMANDS[f"/{word}"].does for word in ACTS}
    rows = [f"{usage:{_WIDTH}}{does}" for usage, does in (usages | SHOWS).items()]
    text = "Act on a running server from its own machine, by its admin socket.\n\n\b\n" + "\n".join(rows)
    return f"{text}\n\nThe exit code is 0 if it was done, 1 if it was refused or no server answered, 2 for wrong usage."


@click.command(
    cls=ThoroughCommand,
    help=_help(),
    context_settings={
        "help_option_names": ["-h", "--help"],
        "show_default": True,
        "allow_interspersed_args": False,  # a reason may have a word that begins with a dash
    },
)
@click.option(
    "--admin",
    "path",
    default="",
    show_default=False,
    metavar="PATH",
    envvar=variable("admin"),
    show_envvar=True,
    help="The admin socket of the server, if it is not the default one of its port.",
)
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=12_000, metavar="PORT", help="The port that the server serves."
)
@click.option("--room", default="", metavar="ROOM", help="The room to act in. The default is the lobby.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object, or a list of them.")
@click.argument("word", metavar="COMMAND")
@click.argument("rest", metavar="[WORDS]...", nargs=-1)
def admin(word: str, rest: tuple[str, ...], path: str, port: int, room: str, *, as_json: bool) -> None:  # noqa: PLR0913 - click gives each option
    """Send one request, and print the answer."""
    words = list(rest)
    if not as_json and "--json" in words and word in SHOWS:  # where everybody types it
        words.remove("--json")
        as_json = True
    if word not in {*ACTS, *SHOWS}:
        guess = nearest(word, (*ACTS, *SHOWS))
        raise click.UsageError(f"there is no command {word}{f', did you mean {guess}?' if guess else ''}")
    where = Path(path) if path else default_path(port)
    if where is None:
        raise click.UsageError(f"{FOLDER} is not set: name the admin socket with --admin PATH")
    answer = ask(where, Request(word, " ".join(words), room))
    if not answer.done:
        raise click.ClickException("; ".join(answer.lines).removeprefix("error - "))
    if as_json:
        echo(json.dumps(list(answer.lines) if answer.data is None else answer.data, ensure_ascii=False))
        return
    for line in answer.lines:
        echo(line)
