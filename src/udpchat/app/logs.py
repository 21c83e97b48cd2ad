"""Where log lines go and what they look like. What people say is in them only at level debug."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

import structlog

from udpchat.app.settings import LogFormat, LogLevel

log = structlog.get_logger(__name__)


class _BestEffort(structlog.PrintLogger):
    """A logger that goes on when nobody reads the log any more or its disk is full: the room comes first."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = msg


def configure(log_format: LogFormat, log_level: LogLevel) -> None:
    """Send every log line from here on to standard error."""
    stream = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - closed at start, and for good
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    timestamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console)
    render: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[structlog.processors.add_log_level, timestamp, render],
        wrapper_class=structlog.make_filtering_bound_logger(log_level),
        logger_factory=lambda *_: _BestEffort(stream),
    )


def bug(exc: BaseException) -> None:
    """Log an exception that is our own mistake: what and where, but its text, which may quote people, only at debug."""
    frames = "".join(traceback.format_tb(exc.__traceback__))
    log.error("internal error, the room goes on", exception=type(exc).__name__, at=frames)
    log.debug("internal error", text=str(exc))
