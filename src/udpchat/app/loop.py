"""The event loop of a node: uvloop, as each parcel comes by there several times, which costs with asyncio's."""

from __future__ import annotations

import selectors
from collections.abc import Callable
from typing import Any

import uvloop

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

Callbacks = dict[int, tuple[Callable[..., Any], tuple[Any, ...]]]


class NodeLoop(uvloop.Loop):
    """uvloop, for which a socket that has an error to tell goes on to be watched.

    libuv watches it no more (uv__poll_io in its unix/poll.c), and each client that goes away is such an error to a
    server's socket. So readers and writers are watched by a selector, and the loop watches that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._watched = selectors.DefaultSelector()
        super().add_reader(self._watched, self._ready)

    def close(self) -> None:
        """Close the loop."""
        if not self.is_closed():
            super().remove_reader(self._watched)
            self._watched.close()
        super().close()

    def add_reader(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]  # looser
        """Call back whenever something is to be read, or an error to be told."""
        self._watch(fd, {**self._callbacks(fd), _READ: (callback, args)})

    def add_writer(self, fd: Any, callback: Callable[..., Any], *args: Any) -> None:  # type: ignore[override]  # looser
        """Call back whenever something can be written."""
        self._watch(fd, {**self._callbacks(fd), _WRITE: (callback, args)})

    def remove_reader(self, fd: Any) -> bool:  # type: ignore[override]  # as asyncio has it
        """Call back no more when something is to be read; return whether there was a callback for that."""
        return self._forget(fd, _READ)

    def remove_writer(self, fd: Any) -> bool:  # type: ignore[override]  # as asyncio has it
        """Call back no more when something can be written; return whether there was a callback for that."""
        return self._forget(fd, _WRITE)

    def _callbacks(self, fd: Any) -> Callbacks:
        key = self._watched.get_map().get(fd)
        return key.data if key else {}

    def _watch(self, fd: Any, callbacks: Callbacks) -> None:
        if self._callbacks(fd):
            self._watched.unregister(fd)
        if callbacks:
            self._watched.register(fd, sum(callbacks), callbacks)

    def _forget(self, fd: Any, event: int) -> bool:
        callbacks = self._callbacks(fd)
        if event not in callbacks:
            return False
        self._watch(fd, {each: callback for each, callback in callbacks.items() if each != event})
        return True

    def _ready(self) -> None:
        for key, events in self._watched.select(0):
            for event in (_READ, _WRITE):
                callback, args = key.data.get(event, (None, ()))
                if events & event and callback is not None:
                    self._call(callback, args)

    def _call(self, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            callback(*args)
        except Exception as exc:  # noqa: BLE001 - it goes where failures of all callbacks go
            self.call_exception_handler({"message": "a callback failed", "exception": exc})
