"""Which names this server answers to, and which pages may speak with it.

A page of somebody else runs in the browser of a member, inside the network of the server. It must not read a room: so
the page and the socket are only for pages that came from this server (`Origin`), and only under names that a stranger
cannot point here. With DNS rebinding, a stranger gives a name of its own the address of this server; so `Host` is an
address, `localhost`, or a name that the operator has named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address

from udpchat.adapters.host_port import cannot_be_pointed_here, split_host

_ORIGIN = re.compile(r"(https?)://(.+)")
_USUAL = {"http": 80, "https": 443}  # RFC 9110 sections 4.2.1 and 4.2.2: a port that may be left out


def read_names(names: Iterable[str]) -> frozenset[str]:
    """Return names of hosts as they are compared."""
    return frozenset(name for each in names if (name := each.strip().lower().removesuffix(".")))


def check_names(text: str) -> None:
    """Raise ValueError if these are not names of hosts with commas between them."""
    for name in read_names(text.split(",")):
        if split_host(name) != (name, None) or "*" in name:
            raise ValueError(f"{name!r} is no name of a host: it looks like chat.example.org, without a port")


def plain(address: str) -> str:
    """Return an address as a browser takes it: without a zone, and an IPv4-mapped one as IPv4."""
    bare = address.partition("%")[0]
    mapped = IPv6Address(bare).ipv4_mapped if ":" in bare else None
    return str(mapped or bare)


def is_ours(name: str, names: frozenset[str]) -> bool:
    """Return whether the server answers to a name, which is in lower case, as `names` are."""
    return name in names or cannot_be_pointed_here(name)


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
