"""What the pages of the metrics endpoint are: a WSGI application (PEP 3333).

A page of another origin can make a browser ask, but not read the answer. With DNS rebinding it could, under a name of
its own. So a request must name this server by an IP address, or as `localhost`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

import attrs

from udpchat.adapters.host_port import cannot_be_pointed_here, split_host
from udpchat.adapters.metrics.asking import Asker, Unanswered
from udpchat.adapters.metrics.exposition import text
from udpchat.adapters.metrics.families import Reading

METRICS = "text/plain; version=0.0.4; charset=utf-8"  # prometheus.io, "Exposition formats"
PLAIN = "text/plain; charset=utf-8"

Page = tuple[str, str, bytes]
"""The status line, the content type and the content."""


class Watched(Protocol):
    """The server that is watched. Both methods are called in the thread of its event loop."""

    def readings(self) -> Sequence[Reading]:
        """Return all metrics."""

    def obstacle(self) -> str:
        """Return why the server is not ready for clients, "" if it is."""


@attrs.frozen
class Application:
    """Answers requests, in any thread. `failed` gets what was a bug of ours."""

    asker: Asker
    watched: Watched
    failed: Callable[[BaseException], object]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        status, kind, content = self._page(environ)
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ]
        start_response(status, [*headers, ("Allow", "GET, HEAD")] if status.startswith("405") else headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else content]

    def _page(self, environ: dict[str, Any]) -> Page:
        """Return the page that is asked for."""
        if not is_own_name(environ.get("HTTP_HOST", "")):
            return plain("403 Forbidden", "ask for this server by its IP address, or as localhost")
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return plain("405 Method Not Allowed", "only GET and HEAD are answered")
        page = {"/metrics": self._metrics, "/healthz": self._healthz, "/readyz": self._readyz}.get(environ["PATH_INFO"])
        if page is None:
            return plain("404 Not Found", "there are /metrics, /healthz and /readyz")
        try:
            return page()
        except Unanswered as exc:
            return plain("503 Service Unavailable", str(exc))
        except Exception as exc:  # noqa: BLE001 - our own bug costs this answer
            self.failed(exc)
            return plain("500 Internal Server Error", "internal error, see the log of the server")

    def _metrics(self) -> Page:
        return "200 OK", METRICS, text(self.asker.ask(self.watched.readings))

    def _healthz(self) -> Page:
        self.asker.ask(lambda: None)
        return plain("200 OK", "the server is alive")

    def _readyz(self) -> Page:
        obstacle = self.asker.ask(self.watched.obstacle)
        return plain("503 Service Unavailable", obstacle) if obstacle else plain("200 OK", "the server is ready")


def plain(status: str, sentence: str) -> Page:
    """Return a page with one sentence."""
    return status, PLAIN, f"{sentence}\n".encode()


def is_own_name(host: str) -> bool:
    """Return whether a `Host` is one that no DNS server can give a meaning: an IP address, `localhost`, or none.

    Without a `Host` (HTTP/1.0), it is no browser that asks.
    """
    name, _ = split_host(host) or ("", None)
    return not host or cannot_be_pointed_here(name)
