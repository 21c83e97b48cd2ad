"""Lines become datagrams of whole lines. A run goes on although one client receives something else."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.dialects.packing import CARRIERS, LIMIT, PEERS, Packing, actions, played
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.dialects import packer as module
from udpchat.domain.dialects.packer import MAX_RUN, MAX_TAILS, MIN_RUNS
from udpchat.domain.rooms.members import crowd as crowd_module
from udpchat.domain.rooms.members.crowd import Crowd


@given(actions)
def test_every_client_receives_its_lines_in_order(given_actions: list[tuple[object, ...]]) -> None:
    """Whoever joins, leaves and is replied to in between: the bytes are those as if there were no packing."""
    packing = played(given_actions)
    assert packing.received() == {address: owed for address, owed in packing.owed.items() if owed}


@given(actions)
def test_the_same_with_small_bounds(given_actions: list[tuple[object, ...]]) -> None:
    """Also where runs, tails and remembered changes reach their bounds again and again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_TAILS", 1)
        patch.setattr(module, "MAX_RUN", 2)
        patch.setattr(crowd_module, "MAX_CHANGES", 2)
        packing = played(given_actions)
        assert packing.received() == {address: owed for address, owed in packing.owed.items() if owed}


@given(actions)
def test_datagrams_fit_and_are_never_empty(given_actions: list[tuple[object, ...]]) -> None:
    """No datagram is empty, over the limit, or has a part of a line; sends are counted to the last."""
    packing = played(given_actions)
    packing.received()
    for datagrams, _, _ in packing.calls:
        assert 1 <= len(datagrams) <= MAX_RUN
        for payload in datagrams:
            assert 0 < len(payload) <= LIMIT
            assert payload.endswith((b"\n", b"\x07"))
    assert packing.sends == counted(packing)


def counted(packing: Packing) -> int:
    """Return how many datagrams were sent, counted for each recipient."""
    return sum(len(datagrams) * len({*to} - {*but}) for datagrams, to, but in packing.calls)


@given(actions)
def test_sends_are_counted_for_each_recipient(given_actions: list[tuple[object, ...]]) -> None:
    """Also for those who join or leave while lines are under way."""
    packing = Packing()
    for address in PEERS[:4]:
        packing.join(address)
    for number, (name, *arguments) in enumerate(given_actions):
        packing.add(b"%d\n" % number)
        getattr(packing, str(name))(*arguments)
    packing.received()
    assert packing.sends == counted(packing)


@given(st.lists(st.integers(1, LIMIT), min_size=1, max_size=100))
def test_no_more_datagrams_than_needed(sizes: list[int]) -> None:
    """While nobody comes or goes, two datagrams in a row never fit into one, and runs are as long as they may be."""
    packing = Packing()
    packing.join(PEERS[0])
    for size in sizes:
        packing.add(b"x" * (size - 1) + b"\n")
    packing.received()
    payloads = [payload for datagrams, _, _ in packing.calls for payload in datagrams]
    assert all(len(one) + two.index(b"\n") + 1 > LIMIT for one, two in pairwise(payloads))
    assert all(len(datagrams) == MAX_RUN for datagrams, _, _ in packing.calls[:-1])


def test_replies_to_one_client_fill_a_run_too() -> None:
    """A reply without end is sent in runs that are as long as they may be."""
    packing = Packing()
    packing.join(PEERS[0])
    for _ in range(3 * MAX_RUN):
        packing.reply(PEERS[0], b"x" * (LIMIT - 1) + b"\n")
    packing.flush()
    assert [len(datagrams) for datagrams, _, _ in packing.calls] == [*[MAX_RUN - 1] * 3, 3]


def test_a_newcomer_ends_nobodys_run() -> None:
    """Ten newcomers, each with a line: the members receive all lines in one send, each newcomer its own tail."""
    packing = Packing()
    for number in range(100):
        packing.join(MemoryAddress("127.0.0.1", 100 + number))
    packing.flush()
    for number in range(10):
        packing.join(MemoryAddress("127.0.0.1", 1000 + number))
        packing.add(b"%d\n" % number)
    assert packing.received() == packing.owed
    to_many = [call for call in packing.calls if len(call[1]) > 1]
    assert [datagrams for datagrams, _, _ in to_many] == [[b"".join(b"%d\n" % number for number in range(10))]]
    assert len(packing.calls) == 10  # the first newcomer was there before the first line


def test_a_reply_and_a_departure_end_nobodys_run() -> None:
    """What one client receives alone, or no more, is no reason to begin another datagram for the others."""
    packing = Packing()
    for address in PEERS:
        packing.join(address)
    packing.add(b"one\n")
    packing.reply(PEERS[0], b"alone\n")
    packing.add(b"two\n", PEERS[2])
    packing.join(PEERS[4])
    packing.add(b"three\n")
    assert packing.received() == packing.owed
    shared = [datagrams for datagrams, to, but in packing.calls if len({*to} - {*but}) > 1]
    assert shared == [[b"one\ntwo\nthree\n"]]
    assert packing.sends == counted(packing)


def test_a_long_reply_ends_nobodys_run() -> None:
    """What fills many datagrams of one client is sent to it alone; the others receive their lines in one send."""
    packing = Packing()
    for address in PEERS:
        packing.join(address)
    packing.add(b"one\n")
    for number in range(5 * MAX_RUN):
        packing.reply(PEERS[0], b"%019d\n" % number)
        packing.add(b"\n") if number % MAX_RUN == 0 else None
    assert packing.received() == packing.owed
    shared = [datagrams for datagrams, to, but in packing.calls if PEERS[2] in to and PEERS[2] not in but]
    assert shared == [[b"one\n" + b"\n" * 5]]
    assert packing.sends == counted(packing)


def test_what_one_client_receives_is_sent_when_it_is_as_long_as_a_run() -> None:
    """A client with a reply among the lines of the room has a full run sooner, and does not wait."""
    packing, line = Packing(), b"x" * (LIMIT - 1) + b"\n"
    packing.join(PEERS[0])
    packing.join(PEERS[2])
    packing.flush()
    packing.add(line)
    packing.reply(PEERS[0], line)
    for _ in range(MAX_RUN - 3):
        packing.add(line)
    assert packing.calls == []
    packing.add(line)
    assert packing.calls == [([line] * (MAX_RUN - 1), (PEERS[0],), ())]
    assert packing.received() == packing.owed


def test_a_run_is_bounded_by_its_hearers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits while very many receive very much: a run ends sooner, the more hear it."""
    monkeypatch.setattr(module, "MAX_RUN_SENDS", 100)
    packing = Packing()
    for number in range(50):
        packing.join(MemoryAddress("127.0.0.1", 100 + number))
    for number in range(100):
        packing.add(b"%019d\n" % number)
    assert packing.received() == packing.owed
    assert max(len(datagrams) * len(to) for datagrams, to, _ in packing.calls) <= 100 + 50


def test_who_comes_and_goes_does_not_cost_the_audience_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers that say nothing to the room come and leave: who hears the room is found out once, at its next line."""
    packing, found, group = Packing(), 0, Crowd.group

    def counted(self: Crowd, carrier: str) -> tuple[Address, ...]:
        nonlocal found
        found += carrier not in self.groups
        return group(self, carrier)

    monkeypatch.setattr(Crowd, "group", counted)
    for _ in range(50):
        packing.join(PEERS[0])
        packing.join(PEERS[0])
        packing.reply(PEERS[0], b"bye\n")
    packing.join(PEERS[2])
    packing.add(b"hello\n")
    assert packing.received() == packing.owed
    assert found <= 2 * len(CARRIERS)


def test_tails_are_bounded() -> None:
    """So many clients that receive something else end a run, since each line of the room costs them all."""
    packing = Packing()
    packing.join(PEERS[0])
    for number in range(2 * MAX_TAILS + 2):
        packing.add(b"x\n")
        packing.reply(MemoryAddress("127.0.0.1", 1000 + number), b"y\n")
    shared = [call for call in packing.calls if PEERS[0] in call[1]]
    assert len(shared) > 1
    assert max(len(but) for _, _, but in shared) <= MAX_TAILS + 1
    assert len({id(to) for _, to, _ in shared}) == 1


def test_a_run_that_was_sent_for_its_tails_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the middle of several lines: the rest is for whoever is there, and left out are the same clients."""
    monkeypatch.setattr(module, "MAX_TAILS", 0)
    packing, (reader, other, *_) = Packing(), [each for each in PEERS if each.carrier == PEERS[0].carrier]
    packing.join(reader)
    packing.join(other)
    packing.paste([b"x\n", b"y\n"], other)
    assert packing.received() == {reader: b"x\ny\n"}
    assert [datagrams for datagrams, _, _ in packing.calls] == [[b"x\n"], [b"y\n"]]


def test_newcomers_and_those_who_speak_are_bounded_too() -> None:
    """It is the same whoever has a tail: one who joins, or one who reads its own words."""
    packing = Packing()
    packing.join(PEERS[0])
    for number in range(2 * MAX_TAILS + 2):
        newcomer = MemoryAddress("127.0.0.1", 1000 + number)
        packing.add(b"x\n", newcomer)
        packing.join(newcomer)
    assert packing.received() == packing.owed
    assert max(len(but) for _, _, but in packing.calls) <= MAX_TAILS + 2


def test_the_line_of_the_room_is_sent_last() -> None:
    """A carrier keeps the last few sends, to send them again: replies must not push out what the room was sent."""
    packing = Packing()
    for address in PEERS:
        packing.join(address)
    packing.add(b"room\n")
    for address in PEERS[:4:2]:
        packing.reply(address, b"reply\n")
    assert packing.received() == packing.owed
    assert [to for _, to, _ in packing.calls][:2] == [(PEERS[0],), (PEERS[2],)]
    assert packing.calls[2][0] == [b"room\n"]


def test_a_long_reply_that_could_not_be_sent_costs_its_reader_only() -> None:
    """The carrier raises for what is full; the rest of the reply and the lines of the room are sent."""
    packing = Packing()
    packing.join(PEERS[0])
    packing.join(PEERS[2])
    sent = packing.carriers["memory"]

    def failing(datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        raise RuntimeError(datagrams, addresses, but)

    packing.add(b"room\n")
    packing.carriers["memory"] = failing
    for number in range(MAX_RUN):
        packing.reply(PEERS[0], b"%019d\n" % number)
    packing.carriers["memory"] = sent
    assert [type(fault) for fault in packing.faults] == [RuntimeError]
    received = packing.received()
    assert received[PEERS[2]] == b"room\n"
    assert received[PEERS[0]] == b"%019d\n%019d\n" % (MAX_RUN - 2, MAX_RUN - 1)


def test_a_bell_goes_with_the_next_line() -> None:
    """It shares a datagram with what the room receives next, also if that is the first line of the turn."""
    packing = Packing()
    packing.join(PEERS[0])
    packing.join(PEERS[2])
    packing.reply(PEERS[0], b"\x07")
    packing.add(b"room\n")
    packing.reply(PEERS[2], b"\x07")
    packing.add(b"more\n")
    assert packing.received() == {PEERS[0]: b"\x07room\nmore\n", PEERS[2]: b"room\n\x07more\n"}
    assert all(payload.endswith(b"\n") for datagrams, _, _ in packing.calls for payload in datagrams)


def test_what_could_not_be_sent_is_not_sent_again() -> None:
    """A carrier that raises does so once: the next line is sent without those before."""
    packing = Packing()
    packing.join(PEERS[0])
    sent = packing.carriers["memory"]

    def failing(datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        raise RuntimeError(datagrams, addresses, but)

    packing.carriers["memory"] = failing
    packing.add(b"lost\n")
    packing.flush()
    assert [type(fault) for fault in packing.faults] == [RuntimeError]
    packing.carriers["memory"] = sent
    packing.add(b"kept\n")
    assert packing.received() == {PEERS[0]: b"kept\n"}


def test_who_comes_just_after_a_run_was_sent_is_in_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is under way then, so nobody needs a tail."""
    monkeypatch.setattr(module, "MAX_RUN", 2)
    packing, line = Packing(), b"x" * (LIMIT - 1) + b"\n"
    packing.join(PEERS[0])
    packing.paste([line, line])
    packing.join(PEERS[2])
    packing.add(b"hello\n")
    assert packing.received() == packing.owed
    assert [to for _, to, _ in packing.calls] == [(PEERS[0],), (PEERS[0], PEERS[2])]


def test_a_crowd_that_changes_too_often_begins_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under way goes to those who were there before."""
    monkeypatch.setattr(crowd_module, "MAX_CHANGES", 2)
    packing = Packing()
    packing.join(PEERS[0])
    packing.add(b"one\n")
    for address in (PEERS[1], PEERS[2], PEERS[3], PEERS[4]):
        packing.join(address)
    packing.add(b"two\n")
    assert packing.received() == packing.owed
    assert packing.calls[0] == ([b"one\n"], (PEERS[0],), ())


def test_crowds_that_ended_are_forgotten() -> None:
    """Who is alone with a look ends a crowd with each change: the packer keeps no more than a few that are empty."""
    packing, crowds = Packing(), list[weakref.ref[Crowd]]()
    packing.join(PEERS[0])
    for _ in range(4 * MIN_RUNS):
        packing.dress(PEERS[0])
        packing.add(b"hello\n")
        packing.flush()
        crowds += map(weakref.ref, packing.rooms.lobby.crowds.values())
    assert sum(each() is not None for each in crowds) <= MIN_RUNS + 2
    assert packing.received() == packing.owed
