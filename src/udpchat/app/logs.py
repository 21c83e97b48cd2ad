"""Where log lines go and what they look like. What people say is in them only at level debug.

The log never holds up the room, and no flood fills a disk with it.
"""

from __future__ import annotations

import hashlib
import os
import select
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import attrs
import structlog

from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.drop_reason import DropCounts, DropReason

LogFormat = Literal["auto", "console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

RATE = 20  # lines/s of one level; six seconds' worth at once
MAX_TEXT = 500  # characters of one value: a line stays under what a pipe with room takes without waiting (PIPE_BUF)
MAX_PLACES = 10  # of the innermost calls: they fit in a line

log = structlog.get_logger(__name__)


class _BestEffort(structlog.PrintLogger):
    """A logger that goes on when nobody reads the log any more or its disk is full: the room comes first."""

    def msg(self, message: str) -> None:
        """Write a line, if that can be done without waiting."""
        with suppress(OSError):
            if _has_room(self._file.fileno()):
                super().msg(message)

    debug = info = warning = error = msg


def _has_room(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(0))


@attrs.define(eq=False)
class Throttle:
    """A structlog processor that drops the lines of a level that has too many, and tells with the next how many."""

    timer: Callable[[], float] = time.monotonic
    _buckets: dict[str, TokenBucket] = attrs.field(factory=dict, init=False)
    _dropped: Counter[str] = attrs.field(factory=Counter, init=False)

    def __call__(self, _: object, level: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Return the line, or raise DropEvent where its level has had too many; what was `asked_for` is let through."""
        if event.pop("asked_for", False):
            return event
        now = self.timer()
        bucket = self._buckets.setdefault(level, TokenBucket(RATE))
        if not bucket.has(1, now):
            self._dropped[level] += 1
            raise structlog.DropEvent
        bucket.take(1, now)
        if dropped := self._dropped.pop(level, 0):
            event["lines_dropped_before"] = dropped
        return event


def shorten(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Cut long texts, as a structlog processor."""
    return {
        key: f"{value[:MAX_TEXT]}..." if isinstance(value, str) and len(value) > MAX_TEXT else value
        for key, value in event.items()
    }


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
        processors=[Throttle(), shorten, structlog.processors.add_log_level, timestamp, render],
        wrapper_class=structlog.make_filtering_bound_logger(log_level),
        logger_factory=lambda *_: _BestEffort(stream),
    )


def dropped(sender: object, reason: DropReason, number: int = 1) -> None:
    """Log that something of one sender, or to one, was dropped."""
    log.debug("dropped", sender=str(sender), reason=reason.value, number=number)


@attrs.define(eq=False)
class DropLog:
    """Logs how much was dropped for which reason, whoever it was from, as it comes to that."""

    drops: DropCounts
    _told: DropCounts = attrs.field(factory=DropCounts, init=False)

    def tell(self) -> None:
        """Log what was dropped since this was last called, if anything was."""
        if new := self.drops - self._told:
            log.debug("dropped of late", **{reason.value: number for reason, number in new.items()})
            self._told = DropCounts(self.drops)


@attrs.define(eq=False)
class Bugs:
    """Our own mistakes, told apart by what was raised where. Each is logged once, and counted from then on."""

    counts: Counter[str] = attrs.field(factory=Counter, init=False)

    def log(self, exc: BaseException, **given: str) -> None:
        """Log what went wrong and where; its text and what caused it, which may quote people, only at debug."""
        frames = traceback.extract_tb(exc.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        what = type(exc).__name__
        bug = hashlib.blake2b(f"{what} {places}".encode(), digest_size=4).hexdigest()
        self.counts[bug] += 1
        if self.counts[bug] == 1:
            log.error("internal error, the room goes on", bug=bug, exception=what, at=places[-MAX_PLACES:])
            log.debug("internal error", bug=bug, text=str(exc), **given)
