"""Where log lines go and how they look. The log never blocks the room."""

from __future__ import annotations

import os
import select
import sys
from contextlib import suppress
from typing import Literal

import structlog

from udpchat.app.logs.limits import Throttle, shorten
from udpchat.app.logs.plain import Console, plain

LogFormat = Literal["auto", "console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


def configure(log_format: LogFormat, log_level: LogLevel) -> None:
    """Send all log lines from now on to standard error."""
    stream = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open until the end
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    timestamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console)
    render: structlog.typing.Processor = (
        Console(colours=stream.isatty()) if console else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[Throttle(), plain, shorten, structlog.processors.add_log_level, timestamp, render],
        wrapper_class=structlog.make_filtering_bound_logger(log_level),
        logger_factory=lambda *_: _BestEffort(stream),
    )


class _BestEffort(structlog.PrintLogger):
    """A logger that drops a line rather than wait for a full pipe, or fail because of a full disk."""

    def msg(self, message: str) -> None:
        """Write a line, if that is possible without waiting."""
        with suppress(OSError):
            if _is_writable(self._file.fileno()):
                super().msg(message)

    debug = info = warning = error = msg


def _is_writable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(0))
