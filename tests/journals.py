"""Journals for tests: how addresses in memory are spelt, inputs of every kind, and one that commits late."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import attrs
from hypothesis import strategies as st

from tests.domain import strategies
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.programs import text_of
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.address import Address
from udpchat.domain.dialects.json.encoder import Numbers
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.snapshot import Snapshot, snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.audience import Audience, Delivery, Only
from udpchat.domain.rooms.inputs import (
    Administered,
    Heartbeat,
    Idle,
    Input,
    Reloaded,
    Rules,
    SessionOver,
    Started,
    Undelivered,
    Unreachable,
)
from udpchat.domain.rooms.programs.answers import CaughtUp, Done, Kept, Resent
from udpchat.domain.rooms.requests import Hello, Malformed, Numbered, Ping, Places, Since
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import LineTooLong
from udpchat.domain.text.lines import clean_lines


class MemoryAddresses:
    """`codec.AddressCodec` of the network in memory."""

    def encode(self, address: Address) -> str:
        """Return `0 HOST:PORT`, as for the first of our sockets."""
        return f"0 {address}"

    def decode(self, spelt: str) -> MemoryAddress:
        """Return the address that was spelt so."""
        host, _, port = spelt.split(" ")[1].rpartition(":")
        return MemoryAddress(host.strip("[]"), int(port))


CODEC = Codec(MemoryAddresses())


def stored(state: ChatState) -> tuple[Snapshot, object]:
    """Return what a journal stores of a state, as values that are the same for equal states.

    Events that are no messages are stored as objects, and are other events when they are restored.
    """
    saved = snapshot(state)
    return attrs.evolve(saved, programs=None), json.loads(CODEC.document(saved))["state"].get("programs")


def as_sent(deliveries: Iterable[Delivery]) -> list[tuple[object, object]]:
    """Return deliveries with objects in the place of events that a snapshot stores as objects."""
    return [(audience, _as_sent(audience, event)) for audience, event in deliveries]


def _as_sent(audience: Audience, event: Event) -> object:
    if isinstance(event, CaughtUp):
        return [_resent(each) if isinstance(each, Resent) else each for each in event.items]
    if isinstance(event, Kept | Done | Rejection) and isinstance(audience, Only):
        return text_of(event, Numbers(id=0 if isinstance(event, Done) else audience.id))
    return event


def _resent(item: Resent) -> str:
    return text_of(item.event, Numbers(item.room, item.seq, item.own, at=item.at))


addresses = st.builds(MemoryAddress, st.just("127.0.0.1"), st.integers(1, 5))
rules = st.builds(
    Rules,
    history_keep=st.integers(0, 20),
    history_days=st.integers(0, 3),
    history_on_join=st.integers(0, 3),
    show_addresses=st.sampled_from(["auto", "yes", "no"]),
    history_bytes=st.integers(0, 20_000),
    max_rooms=st.integers(1, 4),
    announce_joins=st.booleans(),
    motd=st.sampled_from(["", "be kind", "one\ntwo"]),
    claim_days=st.sampled_from([1, 30]),
    log_events=st.sampled_from([0, 3, 1000]),
    session_seconds=st.sampled_from([0, 1_000_000_000]),
    max_claims=st.sampled_from([1, 10_000]),
)
grammars = st.integers(1, GRAMMAR)
lines = st.one_of(
    strategies.payloads.map(lambda payload: clean_lines(payload, 100)[0]),
    st.sampled_from(["/quit", "/history", "/missed", "/nick bob", "/list", "hello"]),
    st.sampled_from(["/msg bob hi", "/r hi", "msg bob hi", "/me waves", "/shrug", "/roll 2d6", "/seen bob"]),
    st.sampled_from(["help", "quit", "/history 1 hour", "/nick bob jr", "/nope"]),  # which versions read differently
    st.sampled_from(["/color on", "/time +2", "/bell on", "/bell off", "to bob"]),
    st.sampled_from(
        ["/join kitchen", "/join den key", "/join den", "/join #Kitchen", "/leave", "/rooms", "/topic tea"]
    ),
    st.sampled_from(["/key key", "/key off", "/private on", "/private off", "/invite bob", "/who den", "/whois bob"]),
    st.sampled_from(["/op ann 1", "/op ann 2", "/op bea 1", "/op wrong", "/deop", "/kick bob", "/unmute bob", "/bans"]),
    st.sampled_from(["/mute bob", "/mute bob 30s why", "/mute carol forever", "/ban bob 1h why", "/ban 10.0.0.0/8 1h"]),
    st.sampled_from(["/unban 1", "/unban bob", "/slow 5", "/slow off", "/hush on", "/hush off", "/announce tea"]),
    st.sampled_from(["/wipe bob", "/wipe carol 1h", "/wipe nobody"]),
    st.sampled_from(["/lockdown on", "/lockdown off", "/close kitchen", "/kick carol why", "/ban carol all 2d"]),
    st.sampled_from(["/away", "/away lunch", "/back", "/ignore bob", "/unignore bob", "/ignored", "/nick carol"]),
    st.sampled_from(
        ["/hand", "/hand why", "/hand down", "/hands", "/next", "/motd", "/help", "/whoami", "/invite carol"]
    ),
    st.sampled_from(["/claim", "/claim t1", "/claim t2", "/claim t3", "/release", "/release bob", "/restore bob"]),
    st.sampled_from(["/resume t1 t2", "/resume t2 t3", "/resume t3 t1", "/resume t1", "/resume wait", "/msg bob hi"]),
    st.sampled_from(["/token", "/token s1", "/token s2", "/token off", "/post s1 done", "/post s2 bob: done", "/post"]),
    st.builds(Idle, st.integers(0, 90), st.booleans()),
    st.builds(Unreachable, st.none() | st.integers(0, 20)),
    st.builds(Undelivered, st.integers(0, 20)),
    st.builds(
        Administered,
        st.sampled_from(
            ["kick", "mute", "unmute", "ban", "unban", "slow", "hush", "lockdown", "announce", "close", "no"]
        ),
        st.sampled_from(["", "bob", "on", "off", "5", "1", "kitchen", "bob 1h why"]),
        st.sampled_from(["", "kitchen"]),
    ),
    st.builds(Started, rules, st.integers(0, 5), grammar=grammars),
    st.builds(Reloaded, rules),
    st.just(SessionOver()),
)
places = st.builds(
    Places,
    st.lists(st.tuples(st.sampled_from(["lobby", "kitchen", "den"]), st.integers(0, 40)), max_size=2).map(tuple),
    st.none() | st.integers(0, 9),
    st.sampled_from(["", "0000000000000007"]),
)
secrets = st.sampled_from(["", "s1", "s2", "s3", "s4", "s5", "s6"])
requests = st.one_of(
    st.builds(Hello, st.sampled_from(["", "bob", "carol", "no name"]), secrets, places, secrets),
    st.builds(Since, places),
    st.builds(Ping, st.integers(0, 9)),
    st.builds(
        Numbered,
        lines.filter(lambda line: isinstance(line, str | LineTooLong)),
        st.none() | st.integers(1, 9),
        st.sampled_from(["", "", "lobby", "kitchen"]),
    ),
    st.builds(Malformed, st.sampled_from(["malformed", "unknown-message"])),
)
sent = st.one_of(lines, requests)


def inputs(max_size: int = 30) -> st.SearchStrategy[list[Input]]:
    """Return lists of inputs of every kind, of a few peers."""
    times = st.floats(0, 2e9).map(lambda at: round(at, 3))
    one = st.builds(Input, at=times, entropy=st.integers(0, 2**64 - 1), sender=addresses, line=sent)
    return st.lists(one, max_size=max_size)


def cluster_inputs(addresses: ClusterAddresses, max_size: int = 30) -> st.SearchStrategy[list[Input]]:
    """Return lists of inputs of every kind, of peers of three nodes and of the nodes themselves."""
    senders = st.tuples(st.sampled_from("abc"), st.integers(1, 3)).map(
        lambda drawn: addresses.decode(f"{drawn[0]} 0 127.0.0.1:{drawn[1]}")
    )
    notices = st.one_of(
        st.builds(Heartbeat, st.integers(0, 5), st.sampled_from([3.0, 15.0]), st.sampled_from([0.0, 5.0, 20.0])),
        st.builds(Started, rules, st.just(0), st.sampled_from(["", "", "a", "b", "c"]), grammars),
    )
    one = st.builds(
        Input,
        at=st.just(0.0),
        entropy=st.integers(0, 2**64 - 1),
        sender=senders,
        line=st.one_of(sent.filter(lambda line: not isinstance(line, Started)), notices),
    )
    return st.lists(one, max_size=max_size)


@attrs.define(eq=False)
class LateJournal:
    """A `Journal` that commits when it is told to: late, many at a time, and what others said in between."""

    commit_timeout: float = attrs.field(default=5.0, init=False)
    snapshot_due: bool = attrs.field(default=False, init=False)
    full: bool = attrs.field(default=False, init=False)
    _refused: list[Input] = attrs.field(factory=list, init=False)
    _taken: list[Input] = attrs.field(factory=list, init=False)
    _committed: list[Input] = attrs.field(factory=list, init=False)

    def recover(self) -> Recovered:
        """Return nothing."""
        return Recovered(Snapshot())

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, and commit none."""
        self._taken += inputs

    def commit(self, count: int | None = None, elsewhere: Sequence[Input] = ()) -> None:
        """Commit the next inputs, all of them by default, after those that came from elsewhere."""
        count = len(self._taken) if count is None else count
        self._committed += [*elsewhere, *self._taken[:count]]
        del self._taken[:count]

    def committed(self) -> Sequence[Input]:
        """Return what was committed since the last call."""
        committed, self._committed = self._committed, []
        return committed

    def give_up(self) -> None:
        """Commit none of what was taken."""
        self._refused += self._taken
        self._taken.clear()

    def expired(self) -> Sequence[Input]:
        """Return what was given up since the last call."""
        refused, self._refused = self._refused, []
        return refused

    def tick(self) -> None:
        """Do nothing."""

    def forget(self) -> None:
        """Do nothing."""

    def save(self, state: Snapshot) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
