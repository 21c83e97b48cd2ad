"""What is derived from the server's key."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Scope
from udpchat.domain.secret import Cloak, Secret

SECRET = Secret(b"k" * 32)
times = st.floats(0, 2e9)
peers = st.builds(peer, st.sampled_from(Scope), st.integers(1, 3), st.integers(1, 3))


@given(peers, times, st.floats(0, 60))
def test_a_code_is_valid_for_60_seconds(address: Peer, now: float, later: float) -> None:
    """The code that an address was given counts for 60 s, and is six letters or digits that are not mistaken."""
    code = SECRET.code(address, now)
    assert re.fullmatch(r"[a-km-np-z2-9]{6}", code)
    assert SECRET.accepts(code.encode(), address, now + later)


@given(peers, peers, times)
def test_a_code_is_of_one_address_and_one_time(one: Peer, two: Peer, now: float) -> None:
    """A code counts for no other address, for no other key, not before its time and not after 75 s."""
    code = SECRET.code(one, now).encode()
    assert SECRET.accepts(code, two, now) == (one == two)
    assert not SECRET.accepts(code, one, now + 75.1)
    assert not SECRET.accepts(code, one, now - 15.1)
    assert not Secret(b"j" * 32).accepts(code, one, now)


@given(st.binary(max_size=20), peers, times)
def test_any_bytes_may_be_tried(code: bytes, address: Peer, now: float) -> None:
    """Whatever is sent as a code can be compared, and is not the code."""
    assert not SECRET.accepts(code, address, now)


@given(peers, peers)
def test_cloaks(one: Peer, two: Peer) -> None:
    """A cloak is of fixed width, the same for one network and different for two, and for two keys."""
    cloak = Cloak("no", SECRET)
    assert re.fullmatch(r"[a-km-np-z2-9]{8}", cloak(one))
    assert (cloak(one) == cloak(two)) == (one.network.prefix == two.network.prefix)
    assert cloak(one) != Cloak("no", Secret(b"j" * 32))(one)


@given(peers)
def test_who_is_cloaked(address: Peer) -> None:
    """By default, global addresses are; `yes` shows all."""
    assert Cloak("yes", SECRET)(address) == str(address)
    assert (Cloak("auto", SECRET)(address) == str(address)) == (address.network.scope is not Scope.GLOBAL)


def test_the_key_is_not_shown() -> None:
    """Nothing that is logged by mistake gives the key away."""
    assert "kkk" not in repr(SECRET)
