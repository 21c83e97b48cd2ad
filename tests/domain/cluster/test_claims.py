"""Names that belong to somebody, in a cluster: nodes agree whose they are."""

from __future__ import annotations

import pytest

from tests.domain.cluster.chats import DIRECTORIES, ONE, SERVER, THREE, TWO, Cluster, events
from udpchat.domain.commands.resuming import KeptShown, Resumed, ResumedElsewhere
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.rooms.claims import claims_of
from udpchat.domain.rooms.inputs import Heartbeat, Rules, Started


def started() -> Cluster:
    """Return two nodes that are up."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    return cluster


def members(cluster: Cluster) -> dict[str, str]:
    """Return the nickname of each member, by its address as node a has it."""
    encode = DIRECTORIES["a"].identity
    return {encode(member.address): member.nickname for member in cluster.chats["a"].state.roster}


def test_an_owner_goes_on_at_another_node() -> None:
    """All nodes move it; its rooms go along, and only the nodes of both addresses can write to them."""
    cluster = started()
    cluster.handle("a", "/nick annax", ONE)
    cluster.handle("a", "/claim t", ONE)
    cluster.handle("a", "/join kitchen", ONE)
    delivered = cluster.handle("b", "/resume t n", TWO)
    for node in "ab":
        assert isinstance(events(delivered[node])[0], ResumedElsewhere)
        (owner,) = claims_of(cluster.chats[node].state).held
        member = cluster.chats[node].state.roster.members[owner]
        assert (member.nickname, member.place.room.name) == ("annax", "kitchen")
    assert cluster.here("a") == []
    assert len(cluster.here("b")) == 1
    assert members(cluster) == {"b 10.0.0.2:2": "annax"}
    cluster.handle("b", Heartbeat())


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_one_token_at_two_nodes(order: tuple[str, str]) -> None:
    """Two nodes get it at the same time. The order of inputs decides: the later one has the name, on all nodes."""
    cluster = started()
    cluster.handle("a", "/nick annax", ONE)
    cluster.handle("a", "/claim t", ONE)
    cluster.handle("a", "/quit", ONE)
    senders = {"a": TWO, "b": THREE}
    for node in order:
        delivered = cluster.handle(node, f"/resume t next{node}", senders[node])
        assert any(isinstance(each, Resumed) for each in events(delivered[node]))
    last = order[1]
    assert members(cluster) == {f"{last} {senders[last][2:]}": "annax"}
    claims = claims_of(cluster.chats["a"].state)
    assert [claim.hashes for claim in claims.held.values()] == [("t", f"next{last}")]


def test_a_takeover_takes_claims_along() -> None:
    """Of owners that are here, and of those that left, who can still read what they missed."""
    cluster = started()
    for client, name in ((ONE, "annax"), (TWO, "berta"), (THREE, "carla")):
        cluster.handle("b", f"/nick {name}", client)
        cluster.handle("b", f"/claim {name}", client)
    cluster.handle("b", "/quit", TWO)
    cluster.handle("b", "good morning", ONE)
    cluster.handle("b", "/msg berta hi", ONE)
    cluster.handle("a", Started(Rules(), takes_over="b", grammar=GRAMMAR), SERVER)
    encode = DIRECTORIES["a"].identity
    claims = claims_of(cluster.chats["a"].state)
    assert {encode(owner): claim.nickname for owner, claim in claims.held.items()} == {
        "a 10.0.0.1:1": "annax",
        "a 10.0.0.3:3": "carla",
    }
    delivered = events(cluster.handle("a", "/resume berta n", "0 10.0.0.7:7")["a"])
    assert [type(each) for each in delivered] == [Resumed, KeptShown]
    assert cluster.missed("a", "0 10.0.0.7:7") == ["good morning"]
