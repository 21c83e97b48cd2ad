"""Which names this server answers to, and which pages may speak with it.

A page of somebody else runs in the browser of a member, inside the network of the server. It must not read a room: so
the page and the socket are only for pages that came from this server (`Origin`), and only under names that a stranger
cannot point here. With DNS rebinding, a stranger gives a name of its own the address of this server; so `Host` is an
address, `localhost`, or a name that the operator has named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/?#@\[\]]+))(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(r"(https?)://(.+)")
_USUAL = {"http": "80", "https": "443"}  # RFC 9110 sections 4.2.1 and 4.2.2: a port that may be left out


def split_host(host: str) -> tuple[str, str] | None:
    """Return name and port of a `Host` field, in lower case and without brackets; the port may be "". None if unfit."""
    match = _HOST.fullmatch(host.strip())
    if match is None:
        return None
    address, name, port = match.groups()
    return (address or name).lower().removesuffix("."), port or ""


def read_names(names: Iterable[str]) -> frozenset[str]:
    """Return names of hosts as they are compared."""
    return frozenset(name for each in names if (name := each.strip().lower().removesuffix(".")))


def check_names(text: str) -> None:
    """Raise ValueError if these are not names of hosts with commas between them."""
    for name in read_names(text.split(",")):
        if split_host(name) != (name, "") or "*" in name:
            raise ValueError(f"{name!r} is no name of a host: it looks like chat.example.org, without a port")


def is_address(name: str) -> bool:
    """Return whether a name is an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def plain(address: str) -> str:
    """Return an address as a browser takes it: without a zone, and an IPv4-mapped one as IPv4."""
    bare = address.partition("%")[0]
    mapped = IPv6Address(bare).ipv4_mapped if ":" in bare else None
    return str(mapped or bare)


def is_ours(name: str, names: frozenset[str]) -> bool:
    """Return whether the server answers to a name, which is in lower case, as `names` are."""
    return name == "localhost" or name in names or is_address(name)


def is_same_origin(origin: str, host: str) -> bool:
    """Return whether a page of this `Origin` came from this `Host`. Behind a proxy the scheme may be https."""
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        return False
    scheme, where = match.groups()
    ours, theirs = split_host(host), split_host(where)
    if ours is None or theirs is None:
        return False
    usual = _USUAL[scheme]
    return (ours[0], ours[1] or usual) == (theirs[0], theirs[1] or usual)
