"""Reads the settings file: the table [udpchat] of a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import cast

from typed_settings.exceptions import ConfigFileLoadError
from typed_settings.types import OptionList, SettingsClass, SettingsDict


def read_toml(path: Path, settings_cls: SettingsClass, options: OptionList) -> SettingsDict:  # noqa: ARG001
    """Return the settings in a file, as a `FileFormat` of typed-settings; raise `ConfigFileLoadError`.

    Types are checked here, because typed-settings would convert `true` to 1 and 0.7 to 0.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("udpchat")
    except (OSError, ValueError, RecursionError) as exc:
        raise ConfigFileLoadError(f"cannot read {path}: {exc}") from exc
    if not isinstance(table, dict):
        raise ConfigFileLoadError(f"{path} has no table [udpchat]: add the line [udpchat] above the settings")
    for option in options:
        for name in {option.path, option.path.replace("_", "-")} & table.keys():
            kind = int if option.cls is int else str
            if type(table[name]) is not kind:
                expected = "a whole number" if kind is int else "text in quotes"
                raise ConfigFileLoadError(f"{path} has {name} = {table[name]!r}, but {name} must be {expected}")
    return cast("SettingsDict", table)
