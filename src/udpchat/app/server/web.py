"""What a server shows to browsers, made from its settings; and the QR code of its address on a terminal."""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Sequence

import structlog

from udpchat.adapters.host_port import is_address, with_port
from udpchat.adapters.networks import network_of_host
from udpchat.adapters.tcp.protocols.protocol import HttpFactory
from udpchat.adapters.websocket.hosts import read_names
from udpchat.adapters.websocket.proxies import read_networks
from udpchat.app.server.greeting import own_address
from udpchat.app.settings import Settings
from udpchat.domain.address import Scope

WING = "udpchat.adapters.websocket"
BLOCKS = "\u2580\u2584\u2588"  # the characters of a QR code on a terminal: upper half, lower half, full

log = structlog.get_logger(__name__)


def http_for(settings: Settings, sockets: Sequence[socket.socket]) -> HttpFactory | None:
    """Return what serves browsers over connections to these listening sockets, or None without the extra `web`."""
    try:
        connection = importlib.import_module(f"{WING}.connection")
        site = importlib.import_module(f"{WING}.site")
    except ModuleNotFoundError as exc:
        log.warning("no page for browsers", missing=exc.name, remedy="pip install 'udpchat[web]'")
        return None
    elsewhere = reached_at(sockets)
    # The name that the server itself shows to people who want to join is one that it answers to.
    shown = [each for each in (settings.host, elsewhere) if not is_address(each)]
    names = read_names([*settings.web_hosts.split(","), *shown])
    web = connection.Web(site.Site(names, elsewhere), read_networks(settings.trusted_proxies), settings.max_line)
    factory: HttpFactory = web.factory()
    return factory


def reached_at(sockets: Sequence[socket.socket]) -> str:
    """Return the address by which other machines reach these sockets, or "" if none does."""
    bound = {str(sock.getsockname()[0]).partition("%")[0] for sock in sockets}
    if bound & {"0.0.0.0", "::"}:  # noqa: S104 - this asks whether others can reach the server
        return own_address(sockets)
    beyond = sorted(each for each in bound if network_of_host(each).scope is not Scope.LOOPBACK)
    return beyond[0] if beyond else ""


def terminal_code(sockets: Sequence[socket.socket]) -> str:
    """Return the address of the page and its QR code, for a terminal; "" if nobody there can use them."""
    address = reached_at(sockets)
    if not address or sys.stdout is None or not sys.stdout.isatty() or not _prints(BLOCKS):
        return ""
    url = f"http://{with_port(address, sockets[0].getsockname()[1])}/"
    code: str = importlib.import_module(f"{WING}.qr").blocks(url)
    return f"{code}\n{url}"


def _prints(characters: str) -> bool:
    """Return whether the encoding of standard output has these characters."""
    try:
        characters.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True
