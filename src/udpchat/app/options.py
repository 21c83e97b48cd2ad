"""Kinds of settings: each is checked by the class of the settings, and by click, whose message names the option."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs
import click
import typed_settings as ts

from udpchat.adapters.metrics.address import HostPort
from udpchat.adapters.nats.addresses import check_name

LIVE = "live"  # the key, in the metadata of a setting, of whether it can change while the server runs
SECRET = "secret"  # noqa: S105 - the same, of whether its value may have a password in it, so that no log has it


def number(low: int, high: int, default: int, help_text: str, *, live: bool = False, **attributes: str) -> int:
    """Return a setting with a range. The class checks it, and so does click, whose message names the option."""
    kind = click.IntRange(low, high)
    kind.name = "integer"  # click prints it: "'abc' is not a valid integer"
    return ts.option(
        default=default,
        help=help_text,
        validator=[attrs.validators.ge(low), attrs.validators.le(high)],
        metadata={LIVE: live},
        click={"type": kind, **attributes},
    )


def live_number(low: int, high: int, default: int, help_text: str, **attributes: str) -> int:
    """Return a setting with a range that can change while the server runs."""
    return number(low, high, default, help_text, live=True, **attributes)


def name_callback(kind: str) -> Callable[[object, object, str], str]:
    """Return a callback with which click checks a name."""
    return _callback(partial(check_name, kind))


def name(kind: str, default: str, help_text: str) -> str:
    """Return a setting that is the name of a node or a cluster, or "". As with numbers, class and click check it."""
    return _checked(partial(check_name, kind), default, help_text, "NAME")


def endpoint(help_text: str) -> str:
    """Return a setting that is an address to serve metrics at, or "", the default."""
    return _checked(_check_endpoint, "", help_text, "HOST:PORT")


def _check_endpoint(found: str) -> str:
    if found:
        HostPort.of(found)
    return found


def _checked(check: Callable[[str], str], default: str, help_text: str, metavar: str) -> str:
    return ts.option(
        default=default,
        help=help_text,
        validator=lambda _, __, found: check(found),
        click={"callback": _callback(check), "metavar": metavar},
    )


def words(check: Callable[[str], object], help_text: str, metavar: str) -> str:
    """Return a setting with words and commas between them, or "". `check` raises ValueError for what is not valid."""

    def checked(found: str) -> str:
        check(found)
        return found

    return ts.option(
        default="",
        help=help_text,
        validator=lambda _, __, found: checked(found),
        click={"callback": _callback(checked), "metavar": metavar},
    )


def _callback(check: Callable[[str], str]) -> Callable[[object, object, str], str]:
    """Return a callback with which click calls a function that raises ValueError."""

    def checked(_: object, __: object, found: str) -> str:
        try:
            return check(found)
        except ValueError as exc:
            raise click.BadParameter(str(exc)) from exc

    return checked
