"""Log lines for our own bugs."""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter

import attrs
import structlog

MAX_PLACES = 10  # innermost calls in a log line: more would make it too long for a pipe

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Bugs:
    """Counts unexpected exceptions, and logs each bug once. Its id is made of the exception's class and traceback."""

    counts: Counter[str] = attrs.field(factory=Counter, init=False)

    def log(self, exc: BaseException, *, secret: bool = False, **given: object) -> None:
        """Count a bug, and log its place if it is new. Its message and its cause may quote people: only at debug.

        If the bug happened on a secret, its message is not logged at all. Raise a `MemoryError` again. It is no bug,
        and it may have left the state half changed, so the room must not go on.
        """
        if isinstance(exc, MemoryError):
            raise exc
        frames = traceback.extract_tb(exc.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        kind = type(exc).__name__
        bug = hashlib.blake2b(f"{kind} {places}".encode(), digest_size=4).hexdigest()
        self.counts[bug] += 1
        if self.counts[bug] == 1:
            log.error("internal error, the room goes on", bug=bug, exception=kind, at=places[-MAX_PLACES:])
            log.debug("internal error", bug=bug, text="(hidden)" if secret else exc, **given)
