"""A click command that names all faults of its command line, environment and settings file at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource, iter_params_for_processing

from udpchat.app.cli.environment import is_url

SETTINGS_FILE = "udpchat.settings_file"  # the key of its path in the `meta` of a context
ARGUMENTS = "udpchat.arguments"  # the key of the words of the command line there


class PortArgument(click.Argument):
    """The argument PORT. Its environment variable is ignored if an orchestrator has set it to a URL."""

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Return the value in the environment, or None."""
        value = super().value_from_envvar(ctx)
        return None if isinstance(value, str) and is_url(value) else value


class ThoroughCommand(click.Command):
    """A command that goes on after a fault, and reports all of them in one sentence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set the parameters of `ctx`; raise `UsageError`."""
        ctx.meta[ARGUMENTS] = tuple(args)
        faults: list[str] = []
        opts, rest, order = _split(lambda: self.make_parser(ctx), args, faults)
        unclear = bool(faults)  # a word may belong to an option that does not exist, and be no argument
        for param in iter_params_for_processing(order, self.get_params(ctx)):
            if unclear and isinstance(param, click.Argument):
                opts.pop(param.name or "", None)
            try:
                _, rest = param.handle_parse_result(ctx, opts, rest)
            except click.UsageError as exc:
                if isinstance(exc, click.BadParameter) and not isinstance(exc, click.MissingParameter):
                    exc.param_hint = _source(ctx, param)
                faults.append(_words(exc))
        if rest and not unclear:
            faults.append(f"unexpected extra argument {' '.join(rest)}")
        if faults:
            raise click.UsageError("; ".join(faults), ctx)
        return rest


def _split(
    parser: Callable[[], Any], args: list[str], faults: list[str]
) -> tuple[dict[str, Any], list[str], list[click.Parameter]]:
    """Return click's reading of the words of a command line, without those that it refuses; collect its refusals."""
    while True:
        try:
            opts, rest, order = parser().parse_args(args=[*args])
        except (click.NoSuchOption, click.BadOptionUsage) as exc:
            faults.append(_words(exc))
            refused = (exc.option_name, f"{exc.option_name}=")
            kept = [word for word in args if word != refused[0] and not word.startswith(refused[1])]
            if len(kept) == len(args):  # it is one of several letters behind one dash
                return {}, [], []
            args = kept
        else:
            return opts, rest, order


def _source(ctx: click.Context, param: click.Parameter) -> str:
    """Return the place that a value came from, as its user knows it."""
    match ctx.get_parameter_source(param.name or ""):
        case ParameterSource.ENVIRONMENT:
            return str(param.envvar)
        case ParameterSource.DEFAULT_MAP:
            return f"{param.name} in {ctx.meta[SETTINGS_FILE]}"
        case _:
            return param.opts[0] if isinstance(param, click.Option) else (param.name or "").upper()


def _words(exc: click.UsageError) -> str:
    return exc.format_message().rstrip(".")
