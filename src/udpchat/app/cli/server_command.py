"""`udpchat [PORT]`: runs a server. Each field of `Settings` is an option."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
import typed_settings as ts
from typed_settings.cli_click import ClickOptionFactory
from typed_settings.exceptions import InvalidSettingsError, TsError

import udpchat
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.udp.sockets.listen import ListenError
from udpchat.app.cli.settings_file import read_toml
from udpchat.app.logs.configuration import configure
from udpchat.app.server.serve import serve
from udpchat.app.settings import Settings

HELP = """Open a chat room on UDP port PORT. The default is 12000; 0 picks a free port. Anyone with netcat can join:

\b
    nc -u localhost 12000

Each client gets a random nickname, and receives what the others say. In the room, /help lists the commands.

`udpchat journal --help` describes the tools for journal files. `udpchat nodes --help` describes the tool for clusters.

Each setting has the value from the command line, or else from the environment variable shown below (UDPCHAT_PORT for
PORT), or else from the table [udpchat] in the TOML file that --config names, or else its default.
"""


def server_command() -> click.Command:
    """Return the command. It loads the settings and serves the room."""
    files: list[Path] = []
    context = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

    @click.command(cls=_ServerCommand, help=HELP, context_settings=context)
    @click.version_option(udpchat.__version__)
    @click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=lambda _, __, path: files.append(path) if path else None,
        is_eager=True,  # the file has the defaults of the other options
        expose_value=False,
        envvar="UDPCHAT_CONFIG",
        show_envvar=True,
        metavar="FILE",
        help="Read settings from this TOML file.",
    )
    @ts.click_options(
        Settings,
        [ts.FileLoader({"*": read_toml}, files)],
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
    """Makes each setting an option, and the port an argument. Each has an environment variable."""

    def get_option_decorator(self) -> Callable[..., Any]:
        def decorate(name: str, **attributes: Any) -> Callable[..., Any]:
            variable = "UDPCHAT_" + name.removeprefix("--").replace("-", "_").upper()
            if name.startswith("--"):
                return click.option(name, envvar=variable, show_envvar=True, **attributes)
            supported = ("type", "default", "expose_value", "callback")  # by an argument
            return click.argument(name, envvar=variable, **{key: attributes[key] for key in supported})

        return decorate


class _ServerCommand(click.Command):
    """A command that reports invalid settings as wrong usage, whether an option, a variable or the file has them."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InvalidSettingsError as exc:
            # typed-settings reports a value out of range as a heading and a list of one reason.
            reasons = (str(each).partition("\n- ValueError: ")[2] or str(each) for each in exc.exceptions)
            raise click.UsageError(f"{'; '.join(reasons)}.", ctx) from exc
        except TsError as exc:
            raise click.UsageError(f"{exc}.", ctx) from exc
