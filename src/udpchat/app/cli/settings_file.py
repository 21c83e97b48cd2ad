"""Reads the settings file: the table [udpchat] of a TOML file."""

from __future__ import annotations

import json
import tomllib
from datetime import date, time
from pathlib import Path
from typing import Any

import attrs
import click

from udpchat.app.cli.environment import nearest
from udpchat.app.server.files import read_file
from udpchat.app.settings import Settings

_KINDS = {field.name: type(field.default) for field in attrs.fields(Settings)}
_NAMES = {int: "a whole number", str: "text in quotes", bool: "true or false"}


def read_settings(path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the settings in a file that have the right type, and a sentence for each fault; raise `UsageError`.

    Types are checked here, because a conversion would make `true` to 1 and 0.7 to 0.
    """
    try:
        table = tomllib.loads(read_file(path)[0].decode("utf-8-sig")).get("udpchat")
    except (OSError, ValueError, RecursionError) as exc:
        raise click.UsageError(f"cannot read {path}: {exc}") from exc
    if not isinstance(table, dict):
        raise click.UsageError(f"{path} has no table [udpchat]: add the line [udpchat] above the settings")
    settings: dict[str, Any] = {}
    faults: list[str] = []
    for key, value in table.items():
        name = key.replace("-", "_")
        if fault := _fault(name, value, settings):
            faults.append(f"{path} has {json.dumps(key).strip(chr(34))}{fault}")
        else:
            settings[name] = value
    return settings, faults


def _fault(name: str, value: object, before: dict[str, Any]) -> str:
    """Return what is wrong with a setting, as the end of a sentence, or "". `before` are those before it."""
    kind = _KINDS.get(name)
    if kind is None:
        guess = nearest(name, _KINDS)
        return f", which is no setting{f': did you mean {guess}?' if guess else ''}"
    if name in before:
        return " twice, with - and with _"
    if type(value) is not kind:
        shown = value if isinstance(value, date | time) else json.dumps(value, default=str, ensure_ascii=False)
        return f" = {shown}, but it must be {_NAMES[kind]}"
    return ""
