"""`HOST:PORT` is read in one way, wherever it comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.host_port import is_address, split_host, with_port

ports = st.none() | st.integers(0, 65_535)


def ended(host: str, port: int | None) -> str:
    """Return a host with its port."""
    return host if port is None else f"{host}:{port}"


@given(st.ip_addresses(), ports)
def test_an_address(address: IPv4Address | IPv6Address, port: int | None) -> None:
    """An IPv6 address needs its brackets; an IPv4 address has none."""
    bare, bracketed = ended(str(address), port), ended(f"[{address}]", port)
    if address.version == 4:
        assert (split_host(bare), split_host(bracketed)) == ((str(address), port), None)
    else:
        assert split_host(bracketed) == (str(address), port)
        assert split_host(bare) is None
    assert is_address(str(address))


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}(\.[A-Za-z0-9-]{1,20}){0,3}", fullmatch=True), ports)
def test_a_name(name: str, port: int | None) -> None:
    """It is in lower case, without the dot of an absolute name."""
    assert split_host(ended(name, port)) == split_host(ended(f"{name}.", port)) == (name.lower(), port)
    assert not is_address(name)


@given(st.one_of(st.ip_addresses().map(str), st.just("localhost"), st.just("a.example")), st.integers(0, 65_535))
def test_what_is_written_is_read(host: str, port: int) -> None:
    """An IPv6 address gets its brackets."""
    assert split_host(with_port(host, port)) == (host, port)


def test_a_zone() -> None:
    """A link-local address may have one (RFC 4007)."""
    assert split_host("[fe80::1%eth0]:9") == ("fe80::1%eth0", 9)


@pytest.mark.parametrize(
    "text",
    [
        *("", ":9", "a:", "a:b", "a:-1", "a:65536", "a:b:c", "a: 9", "a:9 ", " a", "a/b:9", "http://a:9", "u@a:9"),
        *("[]:9", "[a]:9", "[::1", "::1]:9", "[::1]9", "[::1%]:9", "a:\N{ARABIC-INDIC DIGIT NINE}"),
    ],
)
def test_anything_else(text: str) -> None:
    """What has another form is refused whole."""
    assert split_host(text) is None


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Whatever is read has no blank, no bracket and no slash in its host."""
    found = split_host(text)
    assert found is None or (found[0] and not set(found[0]) & set("[]/@?# \t\n"))
