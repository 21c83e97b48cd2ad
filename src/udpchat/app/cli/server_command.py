"""`udpchat [PORT]`: runs a server. Each field of `Settings` is an option."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
import typed_settings as ts
from typed_settings.cli_click import ClickOptionFactory

import udpchat
from udpchat.adapters.admin.messages import AdminError
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.metrics.errors import MetricsError
from udpchat.adapters.operators.lines import OperatorsError
from udpchat.adapters.udp.sockets.listen import ListenError
from udpchat.app.cli.environment import variable, warn
from udpchat.app.cli.parsing import ARGUMENTS, SETTINGS_FILE, PortArgument, ThoroughCommand
from udpchat.app.cli.settings_file import read_settings
from udpchat.app.logs.configuration import configure
from udpchat.app.server.key_file import KeyFileError
from udpchat.app.server.motd import MotdError
from udpchat.app.server.reload import SettingsError
from udpchat.app.server.serve import serve
from udpchat.app.settings import Settings

HELP = """Open a chat room on port PORT. The default is 12000; 0 picks a free port. Anyone with netcat can join:

\b
    nc -u localhost 12000
    nc localhost 12000

Each client gets a random nickname, and receives what the others say. In the room, /help lists the commands.

`udpchat journal --help` describes the tools for journal files. `udpchat nodes --help` describes the tool for clusters.
`udpchat operator --help` describes the tools for operators, `udpchat admin --help` what acts on a running server.
`udpchat say --help` describes what says lines from scripts.

Each setting has the value from the command line, or else from the environment variable shown below (UDPCHAT_PORT for
PORT), or else from the table [udpchat] in the TOML file that --config names, or else its default. An environment
variable UDPCHAT_... that is no setting is ignored, with a warning in the log.
"""


def server_command() -> click.Command:
    """Return the command. It loads the settings and serves the room."""

    def run(settings: Settings) -> None:
        ctx = click.get_current_context()
        configure(settings.log_format, settings.log_level)
        warn(str(parameter.envvar) for parameter in ctx.command.params if parameter.envvar)
        try:
            asyncio.run(serve(settings, partial(read_again, ctx.meta[ARGUMENTS])))
        except (AdminError, ListenError, JournalError, KeyFileError, MetricsError, MotdError, OperatorsError) as exc:
            raise click.ClickException(str(exc)) from exc

    return _command(run)


def read_again(arguments: Sequence[str]) -> Settings:
    """Return the settings of a command line, with the environment and the file of now; raise `SettingsError`."""
    made: list[Settings] = []
    try:
        _command(made.append).main([*arguments], prog_name="udpchat", standalone_mode=False)
    except click.ClickException as exc:
        raise SettingsError(exc.format_message().rstrip(".")) from exc
    return made[0]


def _command(use: Callable[[Settings], None]) -> click.Command:
    """Return the command that reads the settings, from all of their sources, and then does something with them."""
    context = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

    @click.command(cls=ThoroughCommand, help=HELP, context_settings=context)
    @click.version_option(udpchat.__version__)
    @click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        callback=_read_file,
        is_eager=True,  # the file has the defaults of the other options
        expose_value=False,
        envvar=variable("config"),
        show_envvar=True,
        metavar="FILE",
        help="Read settings from this TOML file.",
    )
    @ts.click_options(Settings, [], decorator_factory=_Parameters())
    def run(settings: Settings) -> None:
        use(settings)

    return cast("click.Command", run)


def _read_file(ctx: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Make the settings in a file the defaults of the options; raise `UsageError` with all faults of the file."""
    if path:
        ctx.meta[SETTINGS_FILE] = path
        ctx.default_map, faults = read_settings(path)
        if faults:
            raise click.UsageError("; ".join(faults), ctx)


class _Parameters(ClickOptionFactory):
    """Makes each setting an option, and the port an argument. Each has an environment variable."""

    def get_option_decorator(self) -> Callable[..., Any]:
        def decorate(name: str, **attributes: Any) -> Callable[..., Any]:
            if name.startswith("--"):
                setting = name.partition("/")[0]  # a flag has two names: --announce-joins/--no-announce-joins
                return click.option(name, envvar=variable(setting), show_envvar=True, **attributes)
            supported = ("type", "default", "expose_value", "callback")  # by an argument
            given = {key: attributes[key] for key in supported}
            return click.argument(name, cls=PortArgument, envvar=variable(name), **given)

        return decorate
