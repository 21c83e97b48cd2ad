"""Asks an event loop from another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import attrs

PATIENCE = 5.0  # seconds to wait for an answer: half of what Prometheus waits for a scrape by default

Answer = TypeVar("Answer")


class Unanswered(Exception):  # noqa: N818 - a finding, not an error of ours
    """The event loop did not answer. The text says why."""


@attrs.frozen
class Asker:
    """Lets the thread of an event loop answer questions, one at a time.

    What it answers is of one moment, because nothing else runs there meanwhile, and no lock is needed.
    """

    loop: asyncio.AbstractEventLoop
    patience: float = PATIENCE

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Call `question` in the thread of the event loop, and return its result; raise `Unanswered`.

        What it raises goes to the exception handler of the event loop.
        """
        answer: Future[Answer] = Future()

        def reply() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(question())
            except BaseException:
                answer.set_exception(Unanswered("the server met an internal error"))
                raise

        try:
            self.loop.call_soon_threadsafe(reply)
            return answer.result(self.patience)
        except TimeoutError as exc:
            answer.cancel()
            raise Unanswered(f"the server did not answer within {self.patience:g} seconds") from exc
        except RuntimeError as exc:  # the event loop is closed
            raise Unanswered("the server has ended") from exc
