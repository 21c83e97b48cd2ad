"""Kinds of settings: each is checked by the class of the settings, and by click, whose message names the option."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import click
import typed_settings as ts

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

    def check(_: object, __: object, found: str) -> str:
        try:
            return check_name(kind, found)
        except ValueError as exc:
            raise click.BadParameter(str(exc)) from exc

    return check


def name(kind: str, default: str, help_text: str) -> str:
    """Return a setting that is the name of a node or a cluster, or "". As with numbers, class and click check it."""
    return ts.option(
        default=default,
        help=help_text,
        validator=lambda _, __, found: check_name(kind, found),
        click={"callback": name_callback(kind), "metavar": "NAME"},
    )


def words(check: Callable[[str], object], help_text: str, metavar: str) -> str:
    """Return a setting with words and commas between them, or "". `check` raises ValueError for what is not valid."""

    def callback(_: object, __: object, found: str) -> str:
        try:
            check(found)
        except ValueError as exc:
            raise click.BadParameter(str(exc)) from exc
        return found

    return ts.option(
        default="",
        help=help_text,
        validator=lambda _, __, found: check(found),
        click={"callback": callback, "metavar": metavar},
    )
