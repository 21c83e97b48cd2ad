"""Printing on a terminal of any encoding: characters that it lacks are written as escapes of Python."""

from __future__ import annotations

import io
import sys

import click


def print_anything() -> None:
    """Let standard output and standard error escape the characters that their encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo(line: str, *, err: bool = False, styled: bool | None = None) -> None:
    """Print a line, to standard error if `err` is set. Control sequences stay if `styled`, by default on terminals.

    click itself writes UTF-8 to a terminal that takes ASCII only.
    """
    click.echo(line, file=sys.stderr if err else sys.stdout, color=styled)


def can_print(characters: str) -> bool:
    """Return whether the encoding of standard output has these characters."""
    try:
        characters.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True
