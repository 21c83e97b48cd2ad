"""The message of the day on joining: an address that may be forged is not sent much of it."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import LateJournal
from tests.room import SERVER, UNLIMITED, Client, Room
from udpchat.domain.admission.policy import Mode, Policy
from udpchat.domain.rooms.inputs import Input, Rules

MOTD = "be kind\nrooms are listed by /rooms\nask Tyvem"  # 10, 29 and 12 bytes as sent
SHOWN = [f"- {line}" for line in MOTD.split("\n")]


def enter(client: Client) -> list[str]:
    """Let a client join, with a code if it needs one; return what it receives then."""
    client.say("/enter me")
    heard = client.hears()
    if heard[0].startswith("/enter "):
        client.say(heard[0])
        heard = client.hears()
    return heard


def room_with_motd(policy: Policy, said: int = 0) -> Room:
    """Return a room with this message, in which a newcomer is also shown so many lines of 18 bytes."""
    room = Room(policy=policy)
    room.hub.start(SERVER, Rules(motd=MOTD, history_on_join=said))
    one = room.client()
    enter(one)
    one.say("hi\n" * said)
    one.hears()
    return room


def test_a_newcomer_with_a_code_reads_all_of_it() -> None:
    """Its code has shown that it receives what is sent to its address."""
    room = room_with_motd(attrs.evolve(UNLIMITED, admission="code"))
    two = room.client()
    assert enter(two)[:-1] == SHOWN


@pytest.mark.parametrize(("mode", "host"), [("open", "203.0.113.7"), ("open", "127.0.0.1"), ("auto", "10.0.0.2")])
@pytest.mark.parametrize(
    ("size", "lines", "messages"),
    [(3, 0, 0), (4, 1, 0), (9, 1, 0), (12, 1, 1), (13, 2, 0), (17, 3, 0), (22, 3, 0), (23, 3, 1), (29, 3, 2)],
)
def test_a_forged_newcomer_is_not_sent_much(mode: Mode, host: str, size: int, lines: int, messages: int) -> None:
    """It receives as many of the first lines as fit into three bytes for each that it sent, then the last messages."""
    room = room_with_motd(attrs.evolve(UNLIMITED, admission=mode), 2)
    two = room.client(host)
    two.say("x" * size)
    heard = two.hears()
    assert heard[:lines] == SHOWN[:lines]
    assert [len(line) for line in heard[lines:-1]] == [17] * messages
    assert heard[-1].endswith(": " + "x" * size)


@given(st.binary(max_size=60), st.integers(0, 9))
def test_what_nobody_asked_for_is_bounded(payload: bytes, said: int) -> None:
    """A greeting apart, an unproven address is sent at most three bytes for each byte of its first datagram."""
    room = room_with_motd(attrs.evolve(UNLIMITED, admission="open"), said)
    two = room.client("10.0.0.7")
    two.say(payload)
    unasked = [line for line in two.hears() if line in SHOWN or line.startswith("[")]
    assert sum(len(line.encode()) + 1 for line in unasked) <= 3 * len(payload)


def test_it_is_paid_for() -> None:
    """It costs its reader as much as if it had asked, and the server's bucket for answers too."""
    room = Room(policy=Policy())
    room.hub.start(SERVER, Rules(motd="x" * 1000))
    plain = Room(policy=Policy())
    quotas = []
    for each in (room, plain):
        client = each.client()
        client.say("y" * 400)
        quotas.append(each.hub.admission.quotas.clients[client.end.address])
    tokens = [quota.buckets[0].tokens(0.0) for quota in quotas]
    assert tokens[1] - tokens[0] == pytest.approx(1003 / 400)
    assert quotas[0].answers.tokens(0.0) < quotas[1].answers.tokens(0.0)


def test_a_newcomer_that_no_gate_knows_is_shown_nothing() -> None:
    """Its line was committed after all, long after it was let in."""
    journal = LateJournal()
    room = Room(journal=journal)
    room.hub.start(SERVER, Rules(motd=MOTD))
    late = room.client()
    journal.commit(elsewhere=[Input(0.0, 6, late.end.address, "late")])
    room.hub.advance()
    assert len(late.hears()) == 1
