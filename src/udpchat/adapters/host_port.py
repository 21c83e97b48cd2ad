"""`HOST:PORT`, as people type it and as browsers send it in `Host` (RFC 3986 section 3.2.2, RFC 9110 section 7.2)."""

from __future__ import annotations

import re
from ipaddress import ip_address

LOCALHOST = "localhost"  # the one name that means this machine everywhere (RFC 6761, section 6.3)
MAX_PORT = 65_535  # RFC 9293, section 3.1: a port has 16 bits

_FORM = re.compile(r"(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(?:%[^\s\]]+)?)\]|([^\s:/?#@\[\]]+))(?::([0-9]{1,5}))?")


def split_host(text: str) -> tuple[str, int | None] | None:
    """Return host and port, None for no port; None if the text has another form.

    The host is in lower case. An IPv6 address must be in brackets, and is returned without them.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    address, name, port = match.groups()
    number = None if port is None else int(port)
    if number is not None and number > MAX_PORT:
        return None
    return (address or name).lower().removesuffix("."), number


def with_port(host: str, port: int) -> str:
    """Return `HOST:PORT`, as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def cannot_be_pointed_here(host: str) -> bool:
    """Return whether no stranger's DNS server can give a host the address of this machine (DNS rebinding)."""
    return host == LOCALHOST or is_address(host)


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
