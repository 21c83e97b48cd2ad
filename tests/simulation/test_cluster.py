"""A room on several servers: whatever happens to them and to the log between them, what must hold does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count

import pytest

from tests.simulation.cluster import run
from tests.simulation.replay import assert_found
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.entries import Origin
from udpchat.adapters.nats.replica import Replica
from udpchat.app.hub.hub import Hub
from udpchat.app.server.cluster_monitor import ClusterMonitor
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import FailureDetector
from udpchat.domain.machine import control, join
from udpchat.domain.rooms.audience import IN_ROOM
from udpchat.domain.rooms.history import History
from udpchat.domain.rooms.inputs import Heartbeat, Input
from udpchat.domain.text.nickname_generator import generate

SEEDS = range(10)
PLANTED_SEEDS = range(60)  # the first of them find nearly all
Plant = Callable[[pytest.MonkeyPatch], None]


lived = cache(run)  # without a bug, for the tests that only look


@pytest.mark.parametrize("seed", SEEDS)
def test_what_must_hold_does(seed: int) -> None:
    """On this seed nothing of what `cluster` lists is broken, and something happened."""
    cluster = lived(seed)
    assert len(cluster.log.observer.facts) > 100
    assert len(cluster.nodes.serving) > 1


def test_everything_happens() -> None:
    """In a few seeds nodes end in every way, start twice, take each other over, and start from snapshots."""
    clusters = [lived(seed) for seed in SEEDS]
    counts = sum((cluster.nodes.counts for cluster in clusters), start=Counter[str]())
    assert len(counts) == 9
    assert any(cluster.log.begin for cluster in clusters)
    assert any(cluster.log.refused for cluster in clusters)


def parcels_count_twice(patch: pytest.MonkeyPatch) -> None:
    """A parcel that is published again counts again."""

    def counts(self: Replica, node: str, origin: Origin, after: int, *, first: bool) -> bool:
        known = self.origins.get(node, Origin())
        same = (known.incarnation, known.process) == (origin.incarnation, origin.process)
        return (first and origin.incarnation > known.incarnation) or (same and after <= known.number)

    patch.setattr(Replica, "_counts", counts)


def gaps_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """A parcel counts though one before it was lost."""
    counts = Replica._counts  # noqa: SLF001 - a bug has no manners
    patch.setattr(Replica, "_counts", lambda self, node, origin, _, first: counts(self, node, origin, 0, first=first))


def any_incarnation_counts(patch: pytest.MonkeyPatch) -> None:
    """The parcels of a process count that was replaced."""

    def counts(self: Replica, node: str, origin: Origin, after: int, *, first: bool) -> bool:
        known = self.origins.get(node, Origin())
        return (first and origin.incarnation > known.incarnation) or after <= known.number < origin.number

    patch.setattr(Replica, "_counts", counts)


def snapshots_have_no_origins(patch: pytest.MonkeyPatch) -> None:
    """Who starts from a snapshot does not know which parcels counted."""
    begin = Replica.begin

    def forgetful(self: Replica, document: bytes) -> None:
        begin(self, document)
        self.origins.clear()

    patch.setattr(Replica, "begin", forgetful)


def takeovers_forget_what_was_missed(patch: pytest.MonkeyPatch) -> None:
    """The clients of a node that another takes over are not told what they may have missed."""
    remove = FailureDetector.remove

    def forgetful(self: FailureDetector, name: str) -> None:
        remove(self, name)  # and return nothing

    patch.setattr(FailureDetector, "remove", forgetful)


def starts_forget_what_was_missed(patch: pytest.MonkeyPatch) -> None:
    """What is missed now takes the place of what was missed just before."""

    def maybe_missed(self: History, address: Address, lines: int) -> None:
        self.missed[address] = (self.said - lines, self.said)

    patch.setattr(History, "maybe_missed", maybe_missed)


def everybody_is_here(patch: pytest.MonkeyPatch) -> None:
    """A node writes to the clients of others."""
    patch.setattr(ClusterAddresses, "is_here", lambda *_: True)


def a_third_of_a_lease_is_enough(patch: pytest.MonkeyPatch) -> None:
    """A node is gone when another was in touch for a third of its lease."""
    heartbeat = FailureDetector.heartbeat
    patch.setattr(
        FailureDetector,
        "heartbeat",
        lambda self, name, said, lease, steady: heartbeat(self, name, said, lease, 3 * steady),
    )


def silence_is_counted_in_beats(patch: pytest.MonkeyPatch) -> None:
    """Beats count as time, also those that come late and all at once."""
    heartbeat = FailureDetector.heartbeat
    patch.setattr(
        FailureDetector,
        "heartbeat",
        lambda self, name, said, lease, _: heartbeat(self, name, said, lease, self.beats * lease / 3),
    )


def who_was_gone_is_not_heard_of(patch: pytest.MonkeyPatch) -> None:
    """A node that was gone and has clients again is not known until it beats."""
    patch.setattr(FailureDetector, "mark_alive", lambda *_: None)


def who_leaves_with_its_node_is_not_told(patch: pytest.MonkeyPatch) -> None:
    """The clients of a node that was taken for gone hear no more, and do not know it."""
    remove = control._remove_clients  # noqa: SLF001
    patch.setattr(control, "_remove_clients", lambda *given: [(IN_ROOM, event) for _, event in remove(*given)])


def nicknames_are_numbered(patch: pytest.MonkeyPatch) -> None:
    """What a newcomer is called depends on how many the process let in."""
    numbers = count()
    patch.setattr(join, "generate", lambda _, taken: generate(next(numbers), taken))


def refusals_are_silent(patch: pytest.MonkeyPatch) -> None:
    """Nobody is told that its line was given up."""
    patch.setattr(Hub, "_notify_expired", lambda *_: None)


def what_is_given_up_is_published(patch: pytest.MonkeyPatch) -> None:
    """What waited too long is told to be given up, and published all the same."""

    def expire(self: Replica) -> None:
        now = self.timer()
        for place, (expires, inputs) in enumerate(self._waiting):
            if expires <= now:
                self._refused += inputs
                self._waiting[place] = (now + 1000.0, inputs)

    patch.setattr(Replica, "expire", expire)


def who_is_replaced_goes_on(patch: pytest.MonkeyPatch) -> None:
    """A process that another has replaced still takes what comes."""
    arrived = Replica.arrived

    def unaware(self: Replica, place: int, payload: bytes) -> None:
        told, self.superseded = self.superseded, ""
        arrived(self, place, payload)
        self.superseded = self.superseded or told

    patch.setattr(Replica, "arrived", unaware)


def beats_tell_too_much(patch: pytest.MonkeyPatch) -> None:
    """A beat tells of lines that come as if all had heard them already."""

    def beat(self: ClusterMonitor) -> None:
        self.hub.tell(self.here, Heartbeat(self.hub.chat.state.history.said + 3, self.lease))

    patch.setattr(ClusterMonitor, "beat", beat)


def the_last_given_back_is_lost(patch: pytest.MonkeyPatch) -> None:
    """Of many inputs that are committed together the last is not handled."""
    committed = Replica.committed

    def lossy(self: Replica) -> Sequence[Input]:
        inputs = committed(self)
        return inputs if len(inputs) < 10 else inputs[:-1]

    patch.setattr(Replica, "committed", lossy)


PLANTED: dict[Plant, str] = {
    parcels_count_twice: "twice",
    gaps_are_ignored: "lost",
    any_incarnation_counts: "zombie",
    snapshots_have_no_origins: "agree",
    takeovers_forget_what_was_missed: "missed",
    starts_forget_what_was_missed: "missed",
    everybody_is_here: "home",
    a_third_of_a_lease_is_enough: "lease",
    silence_is_counted_in_beats: "lease",
    who_was_gone_is_not_heard_of: "ghosts",
    who_leaves_with_its_node_is_not_told: "parted",
    nicknames_are_numbered: "states",
    refusals_are_silent: "told",
    what_is_given_up_is_published: "refused",
    who_is_replaced_goes_on: "agree",
    beats_tell_too_much: "missed",
    the_last_given_back_is_lost: "same",
}


RARE: dict[Plant, int] = {  # seeds before these do not show them, which takes long to see
    starts_forget_what_was_missed: 17,
    who_was_gone_is_not_heard_of: 7,
}


@pytest.mark.parametrize(("plant", "name"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, plant: Plant, name: str) -> None:
    """One of the first seeds breaks, by what the bug breaks, and tells how to replay it."""
    plant(monkeypatch)
    assert_found(plant.__name__, name, run, PLANTED_SEEDS[RARE.get(plant, 0) :])
