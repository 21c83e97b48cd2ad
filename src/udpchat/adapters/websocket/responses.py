"""Responses of the server, as bytes (RFC 9112), with what keeps the page to itself."""

from __future__ import annotations

from hashlib import blake2b
from http import HTTPStatus

import attrs

ETAG_BYTES = 12  # of a hash: two versions of a file never share it

# What the page may load, and who may show it: only this server, and nobody. `connect-src` names the WebSocket for the
# browsers in which 'self' does not cover it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{socket}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


@attrs.frozen
class Resource:
    """Something that the server shows: its media type, its bytes, and what tells its versions apart."""

    media: str
    body: bytes
    etag: str = attrs.field(init=False)

    @etag.default
    def _(self) -> str:
        return f'"{blake2b(self.body, digest_size=ETAG_BYTES).hexdigest()}"'


def shown(resource: Resource, *, host: str, known: str | None, body: bool, persists: bool) -> bytes:
    """Return the response with a resource; without its bytes if the client has them (`known`, an `If-None-Match`).

    A client asks each time whether there is a new version, so after an update nobody uses an old page.
    """
    tags = {each.strip().removeprefix("W/") for each in (known or "").split(",")}
    fresh = resource.etag in tags or "*" in tags
    status = HTTPStatus.NOT_MODIFIED if fresh else HTTPStatus.OK
    fields = [("ETag", resource.etag), ("Cache-Control", "no-cache")]
    if not fresh:
        fields += [("Content-Type", resource.media), ("Content-Length", str(len(resource.body)))]
    return _response(status, fields, resource.body if body and not fresh else b"", host=host, persists=persists)


def refused(status: int, sentence: str, *, body: bool = True, persists: bool = False) -> bytes:
    """Return the response with a sentence for people."""
    text = f"{sentence}\n".encode()
    fields = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(text))),
        ("Cache-Control", "no-store"),
    ]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        fields.append(("Allow", "GET, HEAD"))
    if status == HTTPStatus.UPGRADE_REQUIRED:
        fields += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    return _response(HTTPStatus(status), fields, text if body else b"", persists=persists)


def _response(
    status: HTTPStatus, fields: list[tuple[str, str]], body: bytes, *, host: str = "", persists: bool
) -> bytes:
    policy = _POLICY.format(socket=f" ws://{host} wss://{host}" if host else "")
    every = [*fields, *_ALWAYS, ("Content-Security-Policy", policy)]
    if not persists:
        every.append(("Connection", "close"))
    head = "".join(f"{name}: {value}\r\n" for name, value in every)
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode("latin-1") + body
