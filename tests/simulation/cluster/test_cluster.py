"""A room on several servers: whatever happens to them and to the log, the list in `run` holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count

import attrs
import pytest

from tests.simulation.cluster.run import run
from tests.simulation.replay import assert_found
from udpchat.adapters.nats.addresses import RemoteAddress
from udpchat.adapters.nats.replication.origins import Origin, Origins
from udpchat.adapters.nats.replication.publish_queue import PublishQueue
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.app.hub import recovery
from udpchat.app.hub.outbox import Outbox
from udpchat.app.server.cluster_monitor import ClusterMonitor
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import FailureDetector
from udpchat.domain.commands.ignoring import Ignores
from udpchat.domain.machine import control, join
from udpchat.domain.machine.snapshot import restore
from udpchat.domain.rooms.audience import InRoom
from udpchat.domain.rooms.history.reception import Reception
from udpchat.domain.rooms.inputs import Heartbeat, Input
from udpchat.domain.text.nickname_generator import generate

pytestmark = pytest.mark.untraced

SEEDS = range(10)
PLANTED_SEEDS = range(60)  # the first of them find nearly all
Plant = Callable[[pytest.MonkeyPatch], None]


lived = cache(run)  # without a planted bug


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_holds(seed: int) -> None:
    """With this seed everything that `run` lists holds, and enough happened."""
    cluster = lived(seed)
    assert len(cluster.log.observer.facts) > 100
    assert len(cluster.nodes.serving) > 1


def test_everything_happens() -> None:
    """In a few seeds, nodes end in every way, are started twice, take over others, and start from snapshots."""
    clusters = [lived(seed) for seed in SEEDS]
    counts = sum((cluster.nodes.counts for cluster in clusters), start=Counter[str]())
    assert len(counts) == 10
    assert any(cluster.log.begin for cluster in clusters)
    assert any(cluster.log.refused for cluster in clusters)


def entries_count_twice(patch: pytest.MonkeyPatch) -> None:
    """An entry that is published again counts again."""

    def counts(self: Origins, node: str, origin: Origin, after: int) -> bool:
        known = self.of(node)
        same = (known.incarnation, known.process) == (origin.incarnation, origin.process)
        return (after == 0 and origin.incarnation > known.incarnation) or (same and after <= known.number)

    patch.setattr(Origins, "counts", counts)


def gaps_are_ignored(patch: pytest.MonkeyPatch) -> None:
    """An entry counts although the one before it was lost."""

    def counts(self: Origins, node: str, origin: Origin, after: int) -> bool:
        known = self.of(node)
        same = (known.incarnation, known.process) == (origin.incarnation, origin.process)
        return (after == 0 and origin.incarnation > known.incarnation) or (same and known.number < origin.number)

    patch.setattr(Origins, "counts", counts)


def any_process_counts(patch: pytest.MonkeyPatch) -> None:
    """The entries of a replaced process count."""

    def counts(self: Origins, node: str, origin: Origin, after: int) -> bool:
        known = self.of(node)
        return (after == 0 and origin.incarnation > known.incarnation) or after <= known.number < origin.number

    patch.setattr(Origins, "counts", counts)


def snapshots_have_no_origins(patch: pytest.MonkeyPatch) -> None:
    """A node that starts from a snapshot does not know which entries counted."""
    begin = Replica.begin

    def forgetful(self: Replica, document: bytes) -> None:
        begin(self, document)
        self.origins = Origins()

    patch.setattr(Replica, "begin", forgetful)


def takeovers_forget_what_was_missed(patch: pytest.MonkeyPatch) -> None:
    """A takeover forgets what the clients may have missed."""
    forget = FailureDetector.remove

    def forgetful(self: FailureDetector, name: str) -> None:
        forget(self, name)  # it returns None

    patch.setattr(FailureDetector, "remove", forgetful)


def starts_forget_what_was_missed(patch: pytest.MonkeyPatch) -> None:
    """A second start replaces what the clients missed before the first one."""

    def maybe_missed(self: Reception, address: Address, lines: int) -> None:
        self.missed[address] = (self.said - lines, self.said)

    patch.setattr(Reception, "maybe_missed", maybe_missed)


def every_client_is_here(patch: pytest.MonkeyPatch) -> None:
    """A node writes to the clients of other nodes."""
    patch.setattr(RemoteAddress, "carrier", "memory")


def a_third_of_a_lease_is_enough(patch: pytest.MonkeyPatch) -> None:
    """A node is dead when another one was in touch for a third of its lease."""
    beat = FailureDetector.heartbeat
    patch.setattr(
        FailureDetector,
        "heartbeat",
        lambda self, name, said, lease, steady, at: beat(self, name, said, lease, 3 * steady, at),
    )


def silence_is_counted_in_heartbeats(patch: pytest.MonkeyPatch) -> None:
    """Heartbeats count as time, although they may be late and come all at once."""
    beat = FailureDetector.heartbeat
    patch.setattr(
        FailureDetector,
        "heartbeat",
        lambda self, name, said, lease, _, at: beat(self, name, said, lease, self.beats * lease / 3, at),
    )


def returned_nodes_stay_unknown(patch: pytest.MonkeyPatch) -> None:
    """A node that was dead and has clients again is unknown until its next heartbeat."""
    patch.setattr(FailureDetector, "mark_alive", lambda *_: None)


def removed_clients_are_not_notified(patch: pytest.MonkeyPatch) -> None:
    """The clients of a node that seemed dead are removed, and not notified."""
    remove = control._remove_clients  # noqa: SLF001
    patch.setattr(control, "_remove_clients", lambda *given: [(InRoom("lobby"), event) for _, event in remove(*given)])


def nicknames_are_numbered(patch: pytest.MonkeyPatch) -> None:
    """The nickname of a newcomer depends on how many clients the process has admitted."""
    numbers = count()
    patch.setattr(join, "generate", lambda _, taken: generate(next(numbers), taken))


def refusals_are_silent(patch: pytest.MonkeyPatch) -> None:
    """Clients are not notified that their lines were given up."""
    patch.setattr(Outbox, "notify_expired", lambda *_: None)


def given_up_lines_are_published(patch: pytest.MonkeyPatch) -> None:
    """Lines that waited too long are given up, and published all the same."""

    def expire(self: PublishQueue) -> None:
        now = self.timer()
        for place, (expires, inputs) in enumerate(self._waiting):
            if expires <= now:
                self._expired += inputs
                self._waiting[place] = (now + 1000.0, inputs)

    patch.setattr(PublishQueue, "expire", expire)


def replaced_processes_go_on(patch: pytest.MonkeyPatch) -> None:
    """A replaced process still takes entries."""
    arrived = Replica.arrived

    def unaware(self: Replica, place: int, payload: bytes) -> None:
        superseded, self.superseded = self.superseded, ""
        arrived(self, place, payload)
        self.superseded = self.superseded or superseded

    patch.setattr(Replica, "arrived", unaware)


def heartbeats_promise_too_much(patch: pytest.MonkeyPatch) -> None:
    """A heartbeat says that lines were sent that are not even said."""

    def heartbeat(self: ClusterMonitor) -> Heartbeat:
        return Heartbeat(self.chat.state.reception.said + 3, self.lease)

    patch.setattr(ClusterMonitor, "heartbeat", heartbeat)


def the_last_committed_is_lost(patch: pytest.MonkeyPatch) -> None:
    """Of many inputs that are committed together, the last one is not handled."""
    committed = Replica.committed

    def lossy(self: Replica) -> Sequence[Input]:
        inputs = committed(self)
        return inputs if len(inputs) < 10 else inputs[:-1]

    patch.setattr(Replica, "committed", lossy)


def takeovers_leave_the_ignored_behind(patch: pytest.MonkeyPatch) -> None:
    """After a takeover, those who ignore somebody do so at an address where nobody is."""
    patch.setattr(Ignores, "move", lambda *_: None)


def snapshots_have_no_slices(patch: pytest.MonkeyPatch) -> None:
    """A node that starts from a snapshot does not know what families store of members."""
    patch.setattr(recovery, "restore", lambda state, saved: restore(state, attrs.evolve(saved, slices={})))


PLANTED: dict[Plant, str] = {
    entries_count_twice: "twice",
    gaps_are_ignored: "lost",
    any_process_counts: "zombie",
    snapshots_have_no_origins: "agree",
    takeovers_forget_what_was_missed: "missed",
    starts_forget_what_was_missed: "missed",
    every_client_is_here: "home",
    a_third_of_a_lease_is_enough: "lease",
    silence_is_counted_in_heartbeats: "lease",
    returned_nodes_stay_unknown: "ghosts",
    removed_clients_are_not_notified: "parted",
    nicknames_are_numbered: "states",
    refusals_are_silent: "told",
    given_up_lines_are_published: "refused",
    replaced_processes_go_on: "agree",
    heartbeats_promise_too_much: "missed",
    the_last_committed_is_lost: "same",
    takeovers_leave_the_ignored_behind: "one room",
    snapshots_have_no_slices: "states",
}


RARE: dict[Plant, int] = {  # the first seed that shows the bug; the ones before it take long
    starts_forget_what_was_missed: 53,
    returned_nodes_stay_unknown: 15,
    removed_clients_are_not_notified: 8,
}


@pytest.mark.parametrize(("plant", "name"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, plant: Plant, name: str) -> None:
    """One of the first seeds breaks what the bug must break, and says how to replay it."""
    plant(monkeypatch)
    assert_found(plant.__name__, name, run, PLANTED_SEEDS[RARE.get(plant, 0) :])
