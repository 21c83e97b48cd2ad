"""How addresses are shown to the others in a room."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Scope
from udpchat.domain.rooms.cloak import Cloak

KEY = b"k" * 32
peers = st.builds(peer, st.sampled_from(Scope), st.integers(1, 3), st.integers(1, 3))


@given(peers, peers)
def test_cloaks(one: Peer, two: Peer) -> None:
    """A cloak has a fixed width; it is the same for one network, and differs for two networks and for two keys."""
    cloak = Cloak("no", KEY)
    assert re.fullmatch(r"[a-km-np-z2-9]{8}", cloak(one))
    assert (cloak(one) == cloak(two)) == (one.network.prefix == two.network.prefix)
    assert cloak(one) != Cloak("no", b"j" * 32)(one)


@given(peers)
def test_which_addresses_are_cloaked(address: Peer) -> None:
    """By default only global addresses are cloaked; `yes` shows all addresses."""
    assert Cloak("yes", KEY)(address) == str(address)
    assert (Cloak("auto", KEY)(address) == str(address)) == (address.network.scope is not Scope.GLOBAL)


@pytest.mark.parametrize(("key", "cloak"), [(KEY, "625jw86c"), (bytes(range(32)), "tecch664")])
def test_a_key_makes_the_same_cloaks_in_every_version(key: bytes, cloak: str) -> None:
    """A client keeps its cloak when a new version of the server opens its room."""
    assert Cloak("no", key)(peer()) == cloak


def test_the_key_is_not_shown() -> None:
    """The key does not get into a log by mistake."""
    assert "kkk" not in repr(Cloak("no", KEY))
