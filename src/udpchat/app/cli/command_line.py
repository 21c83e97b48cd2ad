"""The command line: what the arguments mean, and one sentence for what is wrong with them.

Exit code 0 after a room, 1 where the machine refused, 2 for wrong usage.
"""

from __future__ import annotations

import asyncio
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, cast

import click
import typed_settings as ts
from typed_settings.cli_click import ClickOptionFactory
from typed_settings.exceptions import ConfigFileLoadError, InvalidSettingsError, TsError
from typed_settings.types import OptionList, SettingsClass, SettingsDict

import udpchat
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.udp.sockets import ListenError
from udpchat.app.cli.journal_tools import journal
from udpchat.app.cli.nodes_tool import nodes
from udpchat.app.logs.configuration import configure
from udpchat.app.server.serve import serve
from udpchat.app.settings import Settings

HELP = """Open a chat room on UDP port PORT. Whoever has netcat is in it:

\b
    nc -u localhost 12000

Everybody gets a nickname of random letters and sees what the others say. In the room, /help shows the commands.
`udpchat journal --help` tells of the tools for what --journal keeps, `udpchat nodes --help` of one for --cluster.

A setting is taken from the command line, else from the environment variable shown below (UDPCHAT_PORT for PORT), else
from the table [udpchat] of the TOML file that --config names, else it has its default.
"""


def main() -> None:
    """Run the command line on `sys.argv`; say in one sentence on standard error what is wrong with it, and exit."""
    arguments = sys.argv[1:]
    try:
        if arguments[:1] == ["journal"]:
            journal.main(arguments[1:], prog_name="udpchat journal", standalone_mode=False)
        elif arguments[:1] == ["nodes"]:
            nodes.main(arguments[1:], prog_name="udpchat nodes", standalone_mode=False)
        else:
            command().main(arguments, prog_name="udpchat", standalone_mode=False)
    except click.UsageError as exc:
        where = exc.ctx.command_path if exc.ctx else "udpchat"
        _exit(f"{exc.format_message().rstrip('.')}. Try: {where} --help", exc.exit_code)
    except click.ClickException as exc:
        _exit(exc.format_message(), exc.exit_code)
    except JournalError as exc:
        _exit(str(exc), 1)
    except OSError as exc:
        _exit(f"cannot write what was to be said here: {exc.strerror}.", 1)


def _exit(sentence: str, code: int) -> NoReturn:
    click.echo(f"udpchat: {sentence}", err=True)
    sys.exit(code)


def command() -> click.Command:
    """Return the command line, which loads the settings and serves the room."""
    files: list[Path] = []
    context = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

    @click.command(cls=_Command, help=HELP, context_settings=context)
    @click.version_option(udpchat.__version__)
    @click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=lambda _, __, path: files.append(path) if path else None,
        is_eager=True,  # its settings are the defaults of the others
        expose_value=False,
        envvar="UDPCHAT_CONFIG",
        show_envvar=True,
        metavar="FILE",
        help="TOML file to read settings from.",
    )
    @ts.click_options(
        Settings,
        [ts.FileLoader({"*": _toml}, files)],
        decorator_factory=_Parameters(),
        reload_settings_on_invoke=True,
    )
    def run(settings: Settings) -> None:
        configure(settings.log_format, settings.log_level)
        try:
            asyncio.run(serve(settings))
        except (ListenError, JournalError) as exc:
            raise click.ClickException(str(exc)) from exc

    return cast("click.Command", run)


class _Parameters(ClickOptionFactory):
    """Makes each setting an option with an environment variable, but for the port, which is an argument with one."""

    def get_option_decorator(self) -> Callable[..., Any]:
        def decorate(name: str, **attributes: Any) -> Callable[..., Any]:
            variable = "UDPCHAT_" + name.removeprefix("--").replace("-", "_").upper()
            if name.startswith("--"):
                return click.option(name, envvar=variable, show_envvar=True, **attributes)
            kept = ("type", "default", "expose_value", "callback")  # an argument has no more of them
            return click.argument(name, envvar=variable, **{key: attributes[key] for key in kept})

        return decorate


class _Command(click.Command):
    """A command for which settings that do not fit are wrong usage, wherever they were given."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidSettingsError as exc:
            # typed-settings words a value out of range as a heading and a list of one; the list says it all.
            reasons = (str(each).partition("\n- ValueError: ")[2] or str(each) for each in exc.exceptions)
            raise click.UsageError(f"{'; '.join(reasons)}.", ctx) from exc
        except TsError as exc:
            raise click.UsageError(f"{exc}.", ctx) from exc


def _toml(path: Path, settings_cls: SettingsClass, options: OptionList) -> SettingsDict:  # noqa: ARG001 - a FileFormat
    """Return the table [udpchat] of a TOML file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("udpchat")
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigFileLoadError(f"cannot read {path}: {exc}") from exc
    if not isinstance(table, dict):
        raise ConfigFileLoadError(f"{path} has no table [udpchat]")
    for option in options:
        for name in {option.path, option.path.replace("_", "-")} & table.keys():
            kind = int if option.cls is int else str
            if type(table[name]) is not kind:
                what = "a whole number" if kind is int else "text in quotes"
                raise ConfigFileLoadError(f"{path} has {name} = {table[name]!r}, which must be {what}")
    return cast("SettingsDict", table)
