"""What the server shows by its path: the files of the page, the commands, and a QR code of its address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import attrs

from udpchat.adapters.host_port import split_host, with_port
from udpchat.adapters.websocket.hosts import plain
from udpchat.adapters.websocket.qr import svg
from udpchat.adapters.websocket.responses import Resource
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.spec import each_once

FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"
SOCKET = "/ws"
QR = "/qr.svg"
COMMANDS_FILE = "/commands.json"
SVG = "image/svg+xml"
MAX_CODES = 64  # addresses whose QR codes are kept; a server has a few

_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": SVG,
}


def static_files(folder: Path = FOLDER) -> dict[str, Resource]:
    """Read the files of the page, by their path in a URL."""
    files = {f"/{file.name}": Resource(_MEDIA[file.suffix], file.read_bytes()) for file in sorted(folder.iterdir())}
    return {"/": files[f"/{INDEX}"], **files, COMMANDS_FILE: commands()}


def commands() -> Resource:
    """Return the table of commands, with which the page completes what is typed."""
    rows = [
        {"usage": each.usage, "does": each.does, "example": each.example, "words": [each.word, *each.aliases]}
        for each in each_once(COMMANDS)
    ]
    return Resource(_MEDIA[".json"], json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())


@attrs.frozen
class Site:
    """The page of a server.

    `names` are those that the operator has named, in lower case. `elsewhere` is the address by which other machines
    reach the server, or "" if none does.
    """

    names: frozenset[str] = frozenset()
    elsewhere: str = ""
    files: Mapping[str, Resource] = attrs.field(factory=static_files, repr=False)

    def find(self, path: str, host: str, own: str, port: int, *, secure: bool = False) -> Resource | None:
        """Return what is shown for a path, or None.

        `host` is the field of the request; `own` and `port` are where our socket was reached. `secure` tells that a
        proxy in front has TLS.
        """
        if path == QR:
            return code_of(self.address(host, own, port, secure=secure))
        return self.files.get(path)

    def address(self, host: str, own: str, port: int, *, secure: bool) -> str:
        """Return the URL that others open.

        It is made of what the server knows, and of names that the operator has named: so a stranger who asks under a
        thousand names or ports does not cause a thousand codes.
        """
        name, asked = split_host(host) or ("", None)
        scheme = "https" if secure else "http"
        if name in self.names:
            return f"{scheme}://{name}{f':{port}' if asked == port else ''}/"
        reached = plain(self.elsewhere or own)
        return f"http://{with_port(reached, port)}/"


@lru_cache(maxsize=MAX_CODES)
def code_of(address: str) -> Resource:
    """Return the QR code of a URL, for a projector."""
    return Resource(SVG, svg(address))
