"""The address that metrics are served at: `HOST:PORT`."""

from __future__ import annotations

import re
from ipaddress import ip_address

import attrs

MAX_PORT = 65_535  # RFC 9293, section 3.1: a port has 16 bits
LOCALHOST = "localhost"  # stands for 127.0.0.1, where every machine listens for it

_FORM = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<host>[^:\]\[]*)):(?P<port>[0-9]{1,5})")


@attrs.frozen
class HostPort:
    """An IP address of this machine, and a port; 0 is for a free one."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> HostPort:
        """Read `HOST:PORT`, where an IPv6 address is in brackets; raise ValueError.

        A name is refused, but for `localhost`: it may have several addresses, and metrics are served at one.
        """
        found = _FORM.fullmatch(text)
        bracketed = found["bracketed"] if found else None
        host = ((bracketed or found["host"]) if found else "").lower()
        host = "127.0.0.1" if host == LOCALHOST else host
        try:
            address = ip_address(host)
        except ValueError:
            address = None
        if not found or not address or (address.version == 4) == bool(bracketed) or int(found["port"]) > MAX_PORT:  # noqa: PLR2004 - IPv4
            raise ValueError(
                f"{text!r} is no address for metrics: use an IP address of this machine and a port, such as "
                "127.0.0.1:9464"
            )
        return cls(host, int(found["port"]))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
