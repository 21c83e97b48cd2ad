"""The address that metrics are served at: `HOST:PORT`."""

from __future__ import annotations

from ipaddress import ip_address

import attrs

from udpchat.adapters.host_port import LOCALHOST, is_address, split_host, with_port


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
        host, port = split_host(text) or ("", None)
        host = "127.0.0.1" if host == LOCALHOST else host  # where every machine listens for it
        if port is None or not is_address(host):
            raise ValueError(
                f"{text!r} is no address for metrics: use an IP address of this machine and a port, such as "
                "127.0.0.1:9464"
            )
        return cls(host, port)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return with_port(self.host, self.port)
