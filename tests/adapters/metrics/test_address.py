"""The address of the metrics."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.metrics.address import HostPort


@pytest.mark.parametrize(
    ("text", "host", "loopback"),
    [
        ("127.0.0.1:9464", "127.0.0.1", True),
        ("127.8.8.8:9464", "127.8.8.8", True),
        ("localhost:9464", "127.0.0.1", True),
        ("LOCALHOST:9464", "127.0.0.1", True),
        ("[::1]:9464", "::1", True),
        ("0.0.0.0:9464", "0.0.0.0", False),  # noqa: S104 - what is tested
        ("[::]:9464", "::", False),
        ("192.0.2.1:9464", "192.0.2.1", False),
        ("[2001:db8::1]:9464", "2001:db8::1", False),
    ],
)
def test_an_address(text: str, host: str, loopback: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """It is an IP address or localhost, and a port; it says whether only this machine can connect."""
    found = HostPort.of(text)
    assert (found.host, found.port, found.is_loopback) == (host, 9464, loopback)
    assert HostPort.of(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "9464",
        ":9464",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "::1:9464",
        "[127.0.0.1]:9464",
        "[]:9464",
        "[localhost]:9464",
        "example.org:9464",
        "http://127.0.0.1:9464",
        "127.0.0.1:9464/metrics",
        "127.0.0.1:\N{ARABIC-INDIC DIGIT NINE}",
        "127.0.0.1:94 ",
        "",
    ],
)
def test_no_address(text: str) -> None:
    """Anything else is refused, with an example."""
    with pytest.raises(ValueError, match=r"is no address for metrics: use .* such as 127\.0\.0\.1:9464"):
        HostPort.of(text)


@given(st.text(max_size=20))
def test_any_text(text: str) -> None:
    """No text raises anything else, and what is read is the same when it is written and read again."""
    try:
        found = HostPort.of(text)
    except ValueError:
        return
    assert HostPort.of(str(found)) == found
