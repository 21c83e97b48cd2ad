"""The places of a route."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.sockets.datagram_socket import Route

addresses = st.builds(lambda port: address_of(("192.0.2.1", port), 0), st.integers(1, 9))


@given(st.lists(addresses, unique=True) | st.lists(addresses), st.lists(st.lists(addresses, max_size=4), max_size=3))
def test_everyone_but(everyone: list[bytes], excluded: list[list[bytes]]) -> None:
    """The ranges have every place of the other addresses, in order, and are as few and as long as possible."""
    route = Route(0, b"", everyone)  # type: ignore[arg-type]
    for but in excluded:
        ranges = route.ranges(but)  # type: ignore[arg-type]
        places = [place for start, end in ranges for place in range(start, end)]
        assert places == [place for place, address in enumerate(everyone) if address not in but]
        assert not but or all(start < end for start, end in ranges)
        assert all(end < start for (_, end), (start, _) in pairwise(ranges))
