"""The HTTP server of the metrics: the standard library's, in threads of its own, with bounds.

The threads share the interpreter with the event loop, so what anybody can make them do is bounded: how many connections
there are, how often one is accepted, how long a request is, and how long it may take. A flood waits in the kernel.

Limit: whoever can connect can keep others from reading the metrics. The chat goes on.
"""

from __future__ import annotations

import io
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

import attrs

from udpchat.adapters.metrics.address import HostPort
from udpchat.adapters.metrics.errors import MetricsError

MAX_CONNECTIONS = 8  # at once, each with a thread; a Prometheus needs one, and so does a health check
MAX_HEAD = 8192  # bytes of a request, head and body: a browser's has some 1,000
HEAD_SECONDS = 2.0  # until a request must be here whole: a client sends it as soon as it is connected
SEND_SECONDS = 5.0  # until an answer must be taken
ACCEPT_PAUSE = 0.05  # seconds from one connection to the next: 20 a second take some 3 % of a core
POLL_SECONDS = 0.1  # until `close` is noticed


class _Handler(WSGIRequestHandler):
    """Answers one request, and writes no log: whoever can connect could fill it."""

    def setup(self) -> None:
        """Read the request, within the bounds."""
        super().setup()
        self.rfile.close()
        self.rfile = io.BytesIO(self._head())
        self.connection.settimeout(SEND_SECONDS)

    def _head(self) -> bytes:
        """Return what comes until the first blank line, or as much as may come; raise TimeoutError."""
        end, head = time.monotonic() + HEAD_SECONDS, b""
        while b"\r\n\r\n" not in head and b"\n\n" not in head and len(head) < MAX_HEAD:
            self.connection.settimeout(max(0.001, end - time.monotonic()))  # 0 would mean not to wait at all
            part = self.connection.recv(MAX_HEAD - len(head))
            if not part:
                break
            head += part
            if time.monotonic() > end:
                raise TimeoutError
        return head

    def get_stderr(self) -> Any:
        """Return a place for the library's tracebacks."""
        return io.StringIO()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """Accepts connections, and answers each in a thread."""

    daemon_threads = True
    request_queue_size = 16  # connections that wait in the kernel

    def __init__(self, at: HostPort, application: WSGIApplication, failed: Callable[[BaseException], object]) -> None:
        self.address_family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
        self._failed = failed
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._ended = threading.Event()
        super().__init__((at.host, at.port), _Handler)
        self.set_app(application)

    def server_bind(self) -> None:
        """Bind the socket. The library would ask for the name of the address, for which DNS may need long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # of an IP socket
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; raise OSError."""
        try:
            return super().get_request()
        except OSError:  # such as too many open files, for which the socket stays readable
            self._ended.wait(ACCEPT_PAUSE)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, or close the connection if as many as allowed are open."""
        if self._slots.acquire(blocking=False):
            try:
                super().process_request(request, client_address)
            except BaseException:
                self._slots.release()
                raise
        else:
            self.shutdown_request(request)
        self._ended.wait(ACCEPT_PAUSE)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and close the connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, *_: object) -> None:
        """Report what is no fault of the client or of the network."""
        exc = sys.exception()
        if exc is not None and not isinstance(exc, OSError):
            self._failed(exc)

    def end(self) -> None:
        """Accept no more, and close the socket. Open connections end with their answers."""
        self._ended.set()
        self.shutdown()
        self.server_close()


@attrs.frozen
class MetricsServer:
    """A running server. It listens `at` an address."""

    at: HostPort
    _server: _Server

    @classmethod
    def start(
        cls, at: HostPort, application: WSGIApplication, failed: Callable[[BaseException], object]
    ) -> MetricsServer:
        """Listen at an address, and answer from now on; raise `MetricsError`.

        `failed` gets bugs of ours, in any thread.
        """
        try:
            server = _Server(at, application, failed)
        except OSError as exc:
            raise MetricsError(
                f"cannot serve metrics at {at}: {exc.strerror}; name another address with --metrics"
            ) from exc
        thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), name="metrics", daemon=True)
        # Threads inherit what is blocked. A signal that one of them took would end the server, once the event loop
        # does not handle it any more.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return cls(HostPort(at.host, server.server_port), server)

    def close(self) -> None:
        """Stop listening, within `POLL_SECONDS` and a little."""
        self._server.end()
