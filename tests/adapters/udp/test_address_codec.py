"""Peers as text for a journal."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.clients.processes import needs_ipv6
from udpchat.adapters.udp.address import UdpAddress, address_of
from udpchat.adapters.udp.address_codec import MAX_KNOWN, LenientAddressCodec, NotListening, UdpAddressCodec
from udpchat.adapters.udp.return_paths import SIZE, ReturnPaths

Sockets = Sequence[socket.socket]


@pytest.fixture(scope="module")
def sockets() -> Iterator[Sockets]:
    """Give sockets on wildcard addresses of both families, and on one address."""
    needs_ipv6()
    where = [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"), (socket.AF_INET, "127.0.0.1")]  # noqa: S104
    made = [socket.socket(family, socket.SOCK_DGRAM) for family, _ in where]
    for sock, (family, host) in zip(made, where, strict=True):
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, 0))
    yield made
    for sock in made:
        sock.close()


ports = st.integers(1, 65535)
ipv4 = st.builds(
    lambda host, port, listener: address_of((str(host), port), listener),
    st.ip_addresses(v=4), ports, st.sampled_from([0, 2]),
)  # fmt: skip
ipv6 = st.builds(
    lambda host, port, scope: address_of((str(host), port, 0, scope), 1),
    st.ip_addresses(v=6), ports, st.integers(0, 9),
)  # fmt: skip


@given(st.one_of(ipv4, ipv6), st.binary(min_size=20, max_size=20), st.booleans())
def test_addresses_come_back(sockets: Sockets, address: UdpAddress, path: bytes, known: bool) -> None:  # noqa: FBT001
    """An address is decoded as it was encoded; its path too, if the socket is on a wildcard address."""
    family = sockets[address.listener].family
    before, after = ReturnPaths(), ReturnPaths()
    if known:
        before.learn(address, path[: SIZE[family]])
    text = UdpAddressCodec(sockets, before).encode(address)
    assert "\n" not in text
    assert UdpAddressCodec(sockets, after).decode(text) == address
    wild = address.listener != 2
    assert after.of(address) == (before.of(address) if wild else b"")


def test_a_path_that_changed_is_encoded(sockets: Sockets) -> None:
    """The cached text of an address is not used after its path changed."""
    paths = ReturnPaths()
    address_codec, address = UdpAddressCodec(sockets, paths), address_of(("192.0.2.1", 5), 0)
    for path in (b"a" * 12, b"b" * 12):
        paths.learn(address, path)
        assert address_codec.encode(address) == f"0 192.0.2.1:5 {path.hex()}"


def test_a_forgotten_path_is_not_encoded(sockets: Sockets) -> None:
    """A peer that left and came back by another path is not written to by the first path after a restart."""
    paths = ReturnPaths()
    address_codec, address = UdpAddressCodec(sockets, paths), address_of(("192.0.2.1", 5), 0)
    paths.learn(address, b"a" * 12)
    assert address_codec.encode(address) == f"0 192.0.2.1:5 {(b'a' * 12).hex()}"
    paths.forget([address])
    assert address_codec.encode(address) == "0 192.0.2.1:5"
    paths.learn(address, b"b" * 12)
    assert address_codec.encode(address) == f"0 192.0.2.1:5 {(b'b' * 12).hex()}"


def test_other_sockets_after_a_restart(sockets: Sockets) -> None:
    """A peer gets the first socket of its family; if there is none, it is an error."""
    assert UdpAddressCodec(sockets[:2], ReturnPaths()).decode("2 192.0.2.1:5").listener == 0
    with pytest.raises(ValueError, match="wrote to an address that is not listened on now"):
        UdpAddressCodec(sockets[1:2], ReturnPaths()).decode("0 192.0.2.1:5")


def test_a_peer_that_cannot_be_written_to_is_decoded(sockets: Sockets) -> None:
    """It is encoded to the same text with its path, so nothing is lost until the server listens there again."""
    lenient = LenientAddressCodec(UdpAddressCodec(sockets[1:2], ReturnPaths()))
    text, here = f"0 192.0.2.1:5 {bytes(12).hex()}", lenient.decode("0 [2001:db8::1]:5")
    gone = lenient.decode(text)
    assert str(gone) == "192.0.2.1:5"
    assert lenient.encode(gone) == text
    assert lenient.encode(here) == "0 [2001:db8::1]:5"
    lenient.check([here])
    with pytest.raises(NotListening):
        lenient.check([here, gone])
    with pytest.raises(ValueError, match="no address"):
        lenient.decode("0 x:5")


@pytest.mark.parametrize("text", ["", "0", "0 x:5", "0 192.0.2.1:x", "0 [x]:5", "x 192.0.2.1:5", "0 192.0.2.1:5 zz"])
def test_other_texts(sockets: Sockets, text: str) -> None:
    """Any other text is refused."""
    with pytest.raises(ValueError):  # noqa: PT011 - the message does not matter: it is shown with the file's name
        UdpAddressCodec(sockets, ReturnPaths()).decode(text)


def test_the_cache_is_bounded(sockets: Sockets) -> None:
    """It stays small with more peers than it holds."""
    address_codec = UdpAddressCodec(sockets, ReturnPaths())
    for number in range(MAX_KNOWN + 10):
        address_codec.encode(address_of(("192.0.2.1", number % 65536), number // 65536 * 2))
    assert len(address_codec._known) <= MAX_KNOWN + 1  # noqa: SLF001 - the table
