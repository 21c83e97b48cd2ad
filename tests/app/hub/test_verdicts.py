"""Codes of operators at the hub: how often they are tried, and that nobody ever reads them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.room import Client, Room
from tests.wire.acting import Codes
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.tries import FEW_NETWORKS, TRIES_AT_ONCE, TRY_SECONDS
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.rights import is_operator

GOOD, NEXT = "/op alice 755224", "/op alice 755224 287082"


def proven(room: Room, host: str) -> Client:
    """Return a member that has proven its address."""
    client = room.client(host)
    client.say(f"/enter {room.hub.admission.challenge.code(client.end.address, room.now)}")
    client.say("hello there")
    if not room.hub.admission.is_proven(client.end.address):
        client.say(f"/enter {room.hub.admission.challenge.code(client.end.address, room.now)}")
    client.hears()
    return client


def is_one(client: Client) -> bool:
    """Return whether a client is an operator now."""
    return is_operator(client.room.chat.state, client.end.address, client.room.clock())


def test_guesses_of_one_network_are_limited() -> None:
    """After a few wrong codes it must wait, and the right one does not count then. Later it does."""
    codes = Codes()
    room = Room(codes=codes)
    one = room.member()
    for number in range(20):
        one.say(f"/op alice {number:06}")
    assert codes.asked == TRIES_AT_ONCE
    one.hears()
    one.say(GOOD)
    assert one.hears() == ["error - too many wrong codes came lately, try again in a minute"]
    assert not is_one(one)
    room.now += TRY_SECONDS
    one.say(GOOD)
    assert is_one(one)


def test_guesses_from_many_networks_lock_nobody_out() -> None:
    """While they go on, one code does not count from a new network, two do, and an operator's own needs one."""
    room = Room(codes=Codes(), policy=Policy(join_rate=0, code_rate=0, rate=0, server_rate=0))
    operator = proven(room, "10.0.1.1")
    operator.say(GOOD)
    operator.say("/deop")
    for number in range(FEW_NETWORKS + 1):
        proven(room, f"10.0.2.{number}").say("/op alice 000000")
    room.now += 10
    other = proven(room, "10.0.3.1")
    other.say(GOOD)
    assert other.hears() == [
        "error - too many wrong codes came lately, type two codes that follow each other: /op NAME CODE CODE"
    ]
    room.now += 10
    other.say(NEXT)
    assert is_one(other)
    operator.say("/op alice 755224")
    assert operator.hears()[-1] == "error - this code was used already, wait for the next one"


def test_a_replayed_code_does_not_count() -> None:
    """Whoever read `/op` on its way, and sends it again from elsewhere, is too late."""
    room = Room(codes=Codes())
    one, two = room.member(), room.member()
    one.say(GOOD)
    two.say(GOOD)
    two.say("/kick " + one_name(one))
    assert is_one(one)
    assert not is_one(two)
    assert two.hears()[0] == "error - this code was used already, wait for the next one"


def one_name(client: Client) -> str:
    """Return the nickname of a client."""
    member = client.room.chat.state.roster.get(client.end.address)
    assert member is not None
    return member.nickname


class Kept(MemoryJournal):
    """A journal of which all lines are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def append(self, inputs: Sequence[Input]) -> None:
        """Keep the lines."""
        self.lines += [str(each.line) for each in inputs]
        super().append(inputs)


@given(
    st.sampled_from(["/op", " /OP  ", "/oP\t", "/op alice", "/op alice 755224 755224"]), st.sampled_from(["", " x y z"])
)
def test_no_code_is_in_journal_or_log(beginning: str, end: str) -> None:
    """Nothing of what follows the word is kept, whether it counts, is wrong, or is typed in the wrong place."""
    journal = Kept()
    room = Room(codes=Codes(), journal=journal, show_lines=True)
    one = room.member()
    with structlog.testing.capture_logs() as logged:
        one.say(f"{beginning} 755224{end}")
        one.say("/op alice 123456")
    assert len(journal.lines) >= 3
    for text in (*journal.lines, *map(str, logged)):
        assert "755224" not in text
        assert "123456" not in text


def test_a_code_in_two_groups() -> None:
    """Some apps show codes so, and people type what they see."""
    room = Room(codes=Codes())
    one = room.member()
    one.say("/op alice 755 224")
    assert is_one(one)


def test_without_operators_nothing_is_tried() -> None:
    """The answer is the same for every code."""
    room = Room()
    one = room.member()
    one.say(GOOD)
    assert one.hears() == ["error - this server has no operators"]
    assert not is_one(one)


def test_a_kind_that_nothing_judges_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new judged command without its judge costs one datagram, which is logged without its text."""
    room = Room()
    one = room.member()
    with pytest.raises(ValueError, match="nothing judges"):
        room.hub.intake.verdicts.judge(one.end.address, "unknown", ("secret",))
    monkeypatch.setattr(room.hub.intake.verdicts.__class__, "judge", lambda *_: 1 / 0)
    with structlog.testing.capture_logs() as logged:
        one.say("/op alice 755224")
    assert "755224" not in str(logged)
    one.say("hello there")
    assert one.hears() == [f"{one_name(one)}: hello there"]


def test_the_log_hides_addresses_by_the_rules_of_now() -> None:
    """After a reload, too."""
    room = Room(codes=Codes())
    member = room.member()
    room.chat.state.show = lambda _: "hidden"
    with structlog.testing.capture_logs() as logged:
        member.say("/op alice 000000")
    assert [each["address"] for each in logged if each["event"].startswith("wrong code")] == ["hidden"]
