"""`udpchat say`: says a line, or each line of its standard input, and tells whether that was done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from udpchat.adapters.host_port import split_host
from udpchat.app.cli.parsing import ThoroughCommand
from udpchat.app.cli.say.connection import Connection, Refused, connected, reason

TOO_SOON = "post-too-soon"  # the code of a post that comes too soon after others
MAX_TRIES = 60  # of a post, one a second: a token lets pass one in two seconds


class HostAndPort(click.ParamType[tuple[str, int]]):
    """HOST:PORT, with brackets around an IPv6 address."""

    name = "HOST:PORT"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:  # an override has these
        """Return the two parts."""
        host, port = split_host(value) or ("", None)
        if not port:
            self.fail(f"{value} is no HOST:PORT, such as localhost:12000 or [::1]:12000", param, ctx)
        return host, port


@click.command(cls=ThoroughCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--token-file",
    default="",
    metavar="FILE",
    help="A file with the token that /token showed: say it in the name of its owner, with the mark (script).",
)
@click.option("--room", default="", metavar="ROOM", help="The room to say it in. The default is the lobby.")
@click.argument("server", type=HostAndPort(), metavar="HOST:PORT")
@click.argument("text", nargs=-1, metavar="[TEXT]")
def say(server: tuple[str, int], text: tuple[str, ...], room: str, token_file: str) -> None:
    """Say TEXT, or each line of standard input, on a server.

    Each line is repeated until the server says what became of it, and counts once. The exit code is 0 if all was done,
    1 if something was refused, 2 if no server answered within 5 seconds, or for wrong usage.
    """
    if room and token_file:
        raise click.UsageError("--room and --token-file exclude each other: a script writes where the owner is")
    token = _token_in(token_file) if token_file else ""
    lines = iter(" ".join(text).splitlines()) if text else sys.stdin
    with connected(*server) as connection:
        if room:
            _say(connection, f"/join {room}")
        for number, line in enumerate(_filled(lines), 1):
            said = f"/post {token} {line}" if token else line
            try:
                _say(connection, said, room)
            except Refused as exc:
                raise Refused(exc.message if text else f"line {number}: {exc.message}") from exc


def _token_in(file: str) -> str:
    """Return the token in a file. Raise `click.UsageError`."""
    try:
        words = Path(file).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as exc:
        raise click.UsageError(f"cannot read {file}: {getattr(exc, 'strerror', None) or 'it is no text'}") from exc
    if len(words) != 1:
        raise click.UsageError(f"there is no token in {file}: it is one word, as /token shows it")
    return words[0]


def _filled(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines that are not blank."""
    return (line.rstrip("\r\n") for line in lines if line.strip())


def _say(connection: Connection, line: str, room: str = "") -> None:
    """Say a line, as often as it takes. Raise `Refused` or `NoAnswer`."""
    for _ in range(MAX_TRIES):
        outcome = connection.say(line, room)
        if outcome["event"] == "done":
            return
        if outcome["code"] != TOO_SOON:
            break
        connection.wait()
    raise Refused(reason(outcome))
