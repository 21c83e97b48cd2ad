"""Reads the settings again while the server runs, and applies what can change: on SIGHUP, or whoever calls `reload`.

All is read before anything changes, so a mistake in a file changes nothing. What the chat itself depends on is given to
it as an input; see `Reloaded` in `domain/rooms/inputs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_args

import attrs
import structlog

from udpchat.app.hub.hub import Hub
from udpchat.app.logs.configuration import LogLevel, configure
from udpchat.app.options import LIVE, SECRET
from udpchat.app.server.compose import key_for, policy, watch_for
from udpchat.app.server.key_file import KeyFileError, read_key
from udpchat.app.server.motd import MotdError
from udpchat.app.server.storage import Storage, rules_of
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.rooms.inputs import Reloaded, Rules

log = structlog.get_logger(__name__)


class SettingsError(Exception):
    """The settings cannot be read, or are not valid. The text says why."""


@attrs.frozen
class Loaded:
    """The settings, and what is in the files that they name."""

    settings: Settings
    rules: Rules
    key: str = attrs.field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Loaded:
        """Read the files that settings name; raise `MotdError` or `KeyFileError`."""
        return cls(settings, rules_of(settings), read_key(settings.key_file))


@attrs.frozen
class Outcome:
    """What came of a reload: the names of settings that changed, and of those that wait for a restart.

    `motd` and `key_file` are named if only the content of the file changed, too. If there was an `error`, nothing
    changed. If the reload is `postponed`, the server reloads as soon as it has started.
    """

    changed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    error: str = ""
    postponed: bool = False


@attrs.frozen
class Running:
    """A server that serves its rooms at `here`. `wake` is called after the hub was given something."""

    hub: Hub
    storage: Storage
    here: Address
    wake: Callable[[], None]


@attrs.define(eq=False)
class Reloader:
    """What a server goes by: the settings in force are in `loaded`. `read` reads them again; it raises `SettingsError`.

    Settings that need a restart keep the values that they had at the start.
    """

    loaded: Loaded
    read: Callable[[], Settings]
    _running: Running | None = attrs.field(default=None, init=False)
    _postponed: bool = attrs.field(default=False, init=False)

    def begin(self, running: Running) -> None:
        """Change this server from now on. Reload if that was asked for before."""
        self._running = running
        if self._postponed:
            self.reload()

    def end(self) -> None:
        """Postpone what is asked for from now on: the server ends, or starts again."""
        self._running = None

    def reload(self) -> Outcome:
        """Read the settings again and apply what has changed and can; log each change, or why nothing changed."""
        running, before = self._running, self.loaded
        self._postponed = running is None
        if running is None:
            return Outcome(postponed=True)
        try:
            wanted = self.read()
            new = Loaded.of(attrs.evolve(before.settings, **_differing(before.settings, wanted, live=True)))
        except (SettingsError, MotdError, KeyFileError) as exc:
            log.error("settings not reloaded, nothing has changed", reason=str(exc))  # noqa: TRY400 - no bug of ours
            return Outcome(error=str(exc))
        early: tuple[str, ...] = ()  # rules that nodes of an earlier version do not know how to change
        if running.hub.chat.state.grammar < ORDER_SINCE:
            early = _changed(before.rules, new.rules)
            kept = {name: getattr(before.settings, name) for name in early}
            new = attrs.evolve(new, rules=before.rules, settings=attrs.evolve(new.settings, **kept))
        self.loaded = new
        with _log_level(before.settings, new.settings):
            outcome = _log_changes(before, new, wanted, early)
        _apply(running, before, new)
        return outcome


@contextmanager
def _log_level(before: Settings, after: Settings) -> Iterator[None]:
    """Log by the level of `after` from the end of the block on, and in it by the one of both that logs more."""
    levels = before.log_level, after.log_level
    if levels[0] == levels[1]:
        yield
        return
    configure(after.log_format, min(levels, key=get_args(LogLevel).index))
    yield
    configure(after.log_format, after.log_level)


def _apply(running: Running, before: Loaded, new: Loaded) -> None:
    """Let all parts of a server go by what was loaded."""
    hub, settings, allowed = running.hub, new.settings, policy(new.settings)
    gate, state = hub.admission, hub.chat.state
    if allowed != gate.policy:
        gate.use(allowed, hub.timer())
    if new.key != before.key:
        gate.use_key(key_for(new.key, running.storage))
    gate.watch, hub.show_lines = watch_for(settings), settings.log_level == "debug"
    running.storage.use(new.rules)
    if new.rules != state.rules and state.grammar >= ORDER_SINCE:  # also if another node has changed them since
        hub.tell(running.here, Reloaded(new.rules))
        running.wake()


def _differing(before: Settings, wanted: Settings, *, live: bool) -> dict[str, Any]:
    """Return the settings that have another value, with that: those that can change while running, or the others."""
    names = [each.name for each in attrs.fields(Settings) if each.metadata.get(LIVE, False) is live]
    return {name: getattr(wanted, name) for name in names if getattr(wanted, name) != getattr(before, name)}


def _changed(before: Any, after: Any) -> tuple[str, ...]:
    """Return the names of the fields in which two objects of an attrs class differ."""
    names = [each.name for each in attrs.fields(before.__class__)]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _log_changes(before: Loaded, after: Loaded, wanted: Settings, early: tuple[str, ...]) -> Outcome:
    """Log what has changed, and what waits for a restart; return it."""
    changed = dict.fromkeys(_changed(before.settings, after.settings))
    for name in changed:
        log.info("setting changed", **_shown(name, before.settings, after.settings))
    if before.rules.motd != after.rules.motd:
        log.info("message of the day changed")
        changed["motd"] = None
    if before.key != after.key:
        log.info("key changed")
        changed["key_file"] = None
    restart = tuple(_differing(before.settings, wanted, live=False))
    for name in restart:
        log.warning("setting needs a restart", **_shown(name, before.settings, wanted))
    for name in early:
        log.warning("setting needs a restart, the other nodes are of an earlier version", setting=name)
    log.info("settings reloaded", changed=len(changed), waiting=len(restart) + len(early))
    return Outcome(tuple(changed), restart + early)


def _shown(name: str, before: Settings, after: Settings) -> dict[str, Any]:
    """Return how the log shows that a setting has changed: without its values if they may have a password in them."""
    if attrs.fields_dict(Settings)[name].metadata.get(SECRET):
        return {"setting": name}
    return {"setting": name, "old": getattr(before, name), "new": getattr(after, name)}
