"""The port `Carrier`: one suite for every implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.tcp.ends import over_tcp
from tests.adapters.udp.ends import ClientEnd, Ends, MemoryEnds, memory, over_udp
from tests.adapters.websocket.ends import over_websocket
from tests.app.clients.processes import needs_ipv6
from tests.waiting import until
from udpchat.adapters.tcp.address import WebSocketAddress
from udpchat.app.server.metrics.meter import Meter
from udpchat.domain.address import Address, Scope
from udpchat.domain.datagram import Bounce

CONNECTIONS: dict[str, Callable[[], AbstractContextManager[Ends]]] = {
    "tcp4": lambda: over_tcp("127.0.0.1", "127.0.0.1"),
    "tcp6": lambda: over_tcp("::1", "::1"),
    "tcp localhost over IPv6": lambda: over_tcp("localhost", "::1"),
    "tcp any of IPv6, over IPv4": lambda: over_tcp("::", "127.0.0.1"),
    "websocket": lambda: over_websocket("127.0.0.1", "127.0.0.1"),
}


@contextmanager
def metered() -> Iterator[Ends]:
    """Give the carrier in memory as a server with --metrics has it."""
    ends = MemoryEnds()
    (ends.carrier,) = Meter().carriers([ends.carrier])
    yield ends


CARRIERS: dict[str, Callable[[], AbstractContextManager[Ends]]] = {
    "memory": memory,
    "memory, with a meter": metered,
    "portable udp4": lambda: over_udp("127.0.0.1", "127.0.0.1", "sendto"),
    "portable udp6": lambda: over_udp("::1", "::1", "sendto"),
    "portable udp localhost": lambda: over_udp("localhost", "127.0.0.1", "sendto"),
    "udp4": lambda: over_udp("127.0.0.1", "127.0.0.1"),
    "udp6": lambda: over_udp("::1", "::1"),
    "udp localhost over IPv4": lambda: over_udp("localhost", "127.0.0.1"),
    "udp localhost over IPv6": lambda: over_udp("localhost", "::1"),
    "udp any IPv4": lambda: over_udp("0.0.0.0", "127.0.0.1"),  # noqa: S104 - the clients are on loopback
    "udp any of IPv6, over IPv4": lambda: over_udp("::", "127.0.0.1"),
    "udp any of IPv6, over IPv6": lambda: over_udp("::", "::1"),
}


@pytest.fixture(params=[*CARRIERS, *CONNECTIONS])
def ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    """Give each carrier in turn."""
    yield from opened(request.param)


@pytest.fixture(params=CARRIERS)
def datagram_ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    """Give each carrier in turn that has no connections."""
    yield from opened(request.param)


@pytest.fixture(params=CONNECTIONS)
def connected_ends(request: pytest.FixtureRequest) -> Iterator[Ends]:
    """Give each carrier in turn that has connections."""
    yield from opened(request.param)


def opened(kind: str) -> Iterator[Ends]:
    """Yield the carrier of this kind."""
    if "6" in kind or "::" in kind:
        needs_ipv6()
    with (CARRIERS | CONNECTIONS)[kind]() as made:
        yield made


def addresses_of(ends: Ends, clients: Sequence[ClientEnd]) -> tuple[Address, ...]:
    """Let each client write once; return their addresses."""
    for client in clients:
        client.send(b"hi")
    senders = {str(sender): sender for _, sender in ends.received(len(clients))}
    return tuple(senders[str(client)] for client in clients)


def test_nothing_waits(ends: Ends) -> None:
    """Receiving when nothing waits returns nothing, at once."""
    assert ends.carrier.receive(10) == []


def test_payloads_arrive_whole_with_their_sender(datagram_ends: Ends) -> None:
    """A datagram arrives whole, the largest too, and the empty one; its address shows as the client's own."""
    client = datagram_ends.client()
    payloads = [b"hi\n", b"", bytes(range(256)) * 200, b"\x00"]
    for payload in payloads:
        client.send(payload)
    got = datagram_ends.received(len(payloads))
    assert [payload for payload, _ in got] == payloads
    assert {str(sender) for _, sender in got} == {str(client)}


def test_largest_datagram(datagram_ends: Ends) -> None:
    """The largest payload that UDP over IPv4 can carry is received whole."""
    client = datagram_ends.client()
    client.send(b"x" * 65_507)
    ((payload, _),) = datagram_ends.received(1)
    assert payload == b"x" * 65_507


def test_ages(datagram_ends: Ends) -> None:
    """Each datagram has waited at most as long as the caller knows, those of one sender in order, or nobody knows."""
    client = datagram_ends.client()

    def is_stamped() -> bool:
        client.send(b"probe")
        datagram_ends.wait(0.2)
        datagram_ends.received_at_once(1)
        return max(datagram_ends.carrier.ages(1000.0), default=0.0) >= 0.2

    until(is_stamped)  # Linux begins to stamp datagrams a moment after a socket wants that
    client.send(b"first")
    datagram_ends.wait(0.2)
    client.send(b"second")
    assert len(datagram_ends.received_at_once(2)) == 2
    first, second = datagram_ends.carrier.ages(1000.0)
    assert 0.2 <= first <= 1000.0
    assert second <= first - 0.2
    assert max(datagram_ends.carrier.ages(0.1)) == 0.1
    client.send(b"third")
    datagram_ends.received(1)
    datagram_ends.carrier.receive(1)
    assert not datagram_ends.carrier.ages(1000.0)


def test_addresses_tell_clients_apart(ends: Ends) -> None:
    """Addresses of one client are equal and hash alike; those of two clients differ."""
    one, two = ends.client(), ends.client()
    for client in (one, two, one):
        client.send(b"hi")
    senders = [sender for _, sender in ends.received(3)]
    assert sorted(map(str, senders)) == sorted(map(str, (one, two, one)))
    assert len(set(senders)) == 2


def test_receive_takes_no_more_than_the_limit(datagram_ends: Ends) -> None:
    """The rest waits, in order."""
    client = datagram_ends.client()
    for number in range(5):
        client.send(b"%d" % number)
    got = [datagram_ends.received(1)[0][0] for _ in range(5)]
    assert got == [b"0", b"1", b"2", b"3", b"4"]


def test_send_reaches_every_address_in_order(ends: Ends) -> None:
    """Datagrams reach each address of the audience, each once and in order, and no other."""
    clients = [ends.client() for _ in range(3)]
    for client in clients:
        client.send(b"hi")
    senders = {str(sender): sender for _, sender in ends.received(3)}
    one, two, three = (senders[str(client)] for client in clients)
    ends.carrier.send([b"a\n"], (one, two))
    ends.carrier.send([b"b\n"], (two,))
    ends.carrier.send([b"x" * 8192], (one, two, three))
    clients[0].reads([b"a\n", b"x" * 8192])
    clients[1].reads([b"a\n", b"b\n", b"x" * 8192])
    clients[2].reads([b"x" * 8192])


places = st.integers(0, 4)
audiences = st.lists(st.lists(places, unique=True), min_size=1, max_size=10)
runs = st.lists(st.sampled_from([1, 30, 30, 8000]), min_size=1, max_size=4)
sends = st.lists(st.tuples(st.integers(0, 9), runs, st.sets(places, max_size=3)), max_size=25)


@pytest.fixture
def five(ends: Ends) -> tuple[Ends, list[ClientEnd], tuple[Address, ...]]:
    """Give a carrier with five clients, and their addresses."""
    clients = [ends.client() for _ in range(5)]
    return ends, clients, addresses_of(ends, clients)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(audiences, sends)
def test_everyone_but_some(
    five: tuple[Ends, list[ClientEnd], tuple[Address, ...]],
    audiences: list[list[int]],
    sends: list[tuple[int, list[int], set[int]]],
) -> None:
    """Whatever audiences alternate, each address gets the datagrams for it in order, and no others."""
    ends, clients, addresses = five
    rooms = [tuple(addresses[place] for place in audience) for audience in audiences]
    expected: list[list[bytes]] = [[] for _ in clients]
    for number, (which, sizes, but) in enumerate(sends):
        datagrams = [bytes([number + 1]) * size for size in sizes]
        room = which % len(rooms)
        ends.carrier.send(datagrams, rooms[room], [addresses[place] for place in but])
        for place in set(audiences[room]) - but:
            expected[place] += datagrams
    ends.carrier.send([b"end"], addresses)
    for client, datagrams in zip(clients, expected, strict=True):
        client.reads([*datagrams, b"end"])


@pytest.mark.parametrize(
    "sizes",
    [[100, 100, 30], [30, 100, 100], [1400] * 16, [1400] * 15 + [7], [8192] * 16, [5, 5, 4, 5, 5, 4, 1], [1] * 150],
    ids=str,
)
def test_a_run_of_datagrams_arrives_unchanged(ends: Ends, sizes: list[int]) -> None:
    """Several datagrams for one audience arrive as they were sent, neither joined nor cut, and in order."""
    clients = [ends.client() for _ in range(3)]
    for client in clients:
        client.send(b"hi")
    addresses = [sender for _, sender in ends.received(3)]
    datagrams = [bytes([65 + number % 26]) * size for number, size in enumerate(sizes)]
    ends.carrier.send(datagrams, addresses)
    for client in clients:
        client.reads(datagrams)


def test_more_clients_than_one_call_takes(ends: Ends) -> None:
    """An audience may be larger than one system call accepts."""
    client, other = ends.client(), ends.client()
    one, two = addresses_of(ends, [client, other])
    ends.carrier.send([b"a\n"], (one,) * 10 + (two,) * 1500)
    ends.carrier.send([b"b\n"], (one,))
    client.reads([b"a\n"] * 10 + [b"b\n"])
    other.reads([b"a\n"] * 1500)


def test_a_client_that_is_gone_does_not_affect_the_others(ends: Ends) -> None:
    """Sending to the address of a closed client raises nothing, and the others get their datagrams."""
    gone, here = ends.client(), ends.client()
    for client in (gone, here):
        client.send(b"hi")
    senders = {str(sender): sender for _, sender in ends.received(2)}
    addresses = (senders[str(gone)], senders[str(here)])
    gone.close()
    for _ in range(3):
        ends.carrier.send([b"a\n"], addresses)
    here.reads([b"a\n"] * 3)


def test_a_datagram_to_a_closed_client_comes_back(datagram_ends: Ends) -> None:
    """The bounce has the whole datagram and its address; nothing comes back while all clients are there."""
    clients = [datagram_ends.client() for _ in range(3)]
    addresses = addresses_of(datagram_ends, clients)
    datagram_ends.carrier.send([b"x" * 1400], addresses)
    assert not datagram_ends.carrier.bounces()
    clients[1].close()
    datagram_ends.carrier.send([b"to another\n"], addresses[:1])
    datagram_ends.carrier.send([b"y" * 1400], addresses)
    assert datagram_ends.bounced(1) == [Bounce(b"y" * 1400, addresses[1])]
    datagram_ends.carrier.send([b"z\n"], addresses[1:2])
    assert datagram_ends.bounced(1) == [Bounce(b"z\n", addresses[1])]
    assert not datagram_ends.carrier.bounces()
    clients[0].reads([b"x" * 1400, b"to another\n", b"y" * 1400])


def test_a_run_that_comes_back(datagram_ends: Ends) -> None:
    """Of several datagrams for a closed client at least the first comes back."""
    clients = [datagram_ends.client() for _ in range(2)]
    addresses = addresses_of(datagram_ends, clients)
    clients[0].close()
    datagram_ends.carrier.send([b"a" * 100, b"b" * 100, b"c" * 30], addresses)
    assert Bounce(b"a" * 100, addresses[0]) in datagram_ends.bounced(1)
    clients[1].reads([b"a" * 100, b"b" * 100, b"c" * 30])


def test_no_client_misses_a_line_because_others_left(ends: Ends) -> None:
    """Half of 60 clients go at once: each of them bounces, and all others get every datagram, in order and once."""
    clients = [ends.client() for _ in range(60)]
    addresses = addresses_of(ends, clients)
    for client in clients[::2]:
        client.close()
    lines = [b"%d\n" % number for number in range(5)]
    gone: set[Address] = set()
    for line in lines:
        ends.carrier.send([line], addresses)
        gone |= {bounce.address for bounce in ends.carrier.bounces()}
    gone |= {bounce.address for bounce in ends.carrier.bounces()}
    for client in clients[1::2]:
        client.reads(lines)
    assert gone == set(addresses[::2])


def test_500_closed_clients_all_bounce(ends: Ends) -> None:
    """However many clients go at once, one line makes each of them bounce."""
    clients = [ends.client() for _ in range(501)]
    addresses = addresses_of(ends, clients)
    for client in clients[1:]:
        client.close()
    ends.carrier.send([b"a\n"], addresses)
    assert {bounce.address for bounce in ends.bounced(500)} == set(addresses[1:])
    clients[0].reads([b"a\n"])


def test_a_forgotten_address_can_be_sent_to(ends: Ends) -> None:
    """Forgetting an address does not end the exchange with it, even if it is done twice."""
    client = ends.client()
    addresses = addresses_of(ends, [client])
    ends.carrier.forget(addresses)
    ends.carrier.forget(addresses)
    ends.carrier.send([b"a\n"], addresses)
    client.reads([b"a\n"])


def test_networks(ends: Ends) -> None:
    """Clients of one host are in one network with the scope of the address, and know their carrier by its name."""
    one, two = addresses_of(ends, [ends.client(), ends.client()])
    assert one.carrier == two.carrier
    assert one.carrier in {ends.carrier.name, WebSocketAddress.carrier}  # those have a carrier beside that of TCP
    assert one.network == two.network
    assert one.network.scope in (Scope.LOOPBACK, Scope.PRIVATE)


def test_empty_payload_is_never_sent(ends: Ends) -> None:
    """An empty payload is refused: it ends some netcats, and others receive nothing after it."""
    client = ends.client()
    client.send(b"hi")
    ((_, sender),) = ends.received(1)
    with pytest.raises(ValueError, match="empty"):
        ends.carrier.send([b"a\n", b""], (sender,))


def test_what_is_sent_before_the_end_arrives(ends: Ends) -> None:
    """Ending is for connections alone: over one, all that was sent before comes, and then the end."""
    one, two = ends.client(), ends.client()
    addresses = addresses_of(ends, [one, two])
    ends.carrier.send([b"a\n"], addresses)
    ends.carrier.end(addresses[:1])
    ends.carrier.end(addresses[:1])
    ends.carrier.send([b"b\n"], addresses[1:])
    one.reads([b"a\n"])
    two.reads([b"a\n", b"b\n"])


def test_an_ended_connection_is_reported_once(connected_ends: Ends) -> None:
    """Whoever ends a connection, it comes back once, and nothing can be sent to it."""
    one, two, three = clients = [connected_ends.client() for _ in range(3)]
    addresses = addresses_of(connected_ends, clients)
    carrier = connected_ends.carrier
    carrier.end(addresses[:1])
    assert carrier.bounces() == [Bounce(b"", addresses[0], ended=True)]
    two.close()
    assert connected_ends.bounced(1) == [Bounce(b"", addresses[1], ended=True)]
    carrier.send([b"a\n"], addresses)
    three.reads([b"a\n"])
    one.reads([])
    assert not carrier.bounces()


def test_one_payload_of_each_connection_at_most(connected_ends: Ends) -> None:
    """The rest waits, and each connection has its turn."""
    clients = [connected_ends.client() for _ in range(5)]
    for client in clients:
        client.send(b"hi")
    senders = {str(connected_ends.received(1)[0][1]) for _ in clients}
    assert senders == set(map(str, clients))
