"""What a few ask for costs the many little: one budget of the server, and a price for what others hear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.room import Client, Room
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.app.hub import pacer
from udpchat.app.hub.pacer import PACE, PART, ROUND
from udpchat.domain.admission.drop_notices import QUIET
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.admission.quota import ANSWER_RATE, FREE_RECIPIENTS, LINE_BYTES
from udpchat.domain.commands import COMMANDS
from udpchat.domain.dialects import rendering
from udpchat.domain.dialects.text_encoder import render_lazily
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.text.nickname import Nickname


def crowd(room: Room, members: int) -> None:
    """Let so many others be in a room. They are on no network, so what they would receive is not kept."""
    for number in range(members):
        room.chat.state.add(MemoryAddress("10.0.0.1", 1 + number, ""), Nickname(f"n{number}"), 0.0)


def empty(room: Room) -> None:
    """Let the server have answered as much as it may, and more."""
    room.hub.admission.quotas.answers.take(2 * BURST_SECONDS * ANSWER_RATE, room.now)


def size(client: Client) -> int:
    """Return how many bytes came since the last call."""
    return sum(map(len, client.gets()))


def test_a_long_list_comes_in_parts() -> None:
    """Every part is small enough for a receive buffer; together they are the list, as it was when it was asked for."""
    room = Room()
    asking = room.member()
    crowd(room, 2000)
    asking.send("/list")
    room.settle()
    listed = [f"{member.address}:{member.nickname}" for member in room.chat.state.roster]
    parts = [asking.gets()]
    while room.hub.pacing:
        room.chat.state.add(MemoryAddress("10.0.0.2", len(parts), ""), Nickname(f"late{len(parts)}"), 0.0)
        room.hub.pace()
        parts.append(asking.gets())
    assert len(parts) > 2
    assert all(sum(map(len, part)) <= PART + room.max_datagram for part in parts)
    lines = b"".join(b"".join(part) for part in parts).decode().splitlines()
    assert all(line.startswith("showing connected clients: ") for line in lines)
    assert ", ".join(line.removeprefix("showing connected clients: ") for line in lines).split(", ") == listed


@pytest.mark.untraced
@pytest.mark.parametrize("question", ["/list", "/history 500"])
def test_all_answers_together_are_bounded(question: str) -> None:
    """Whatever all members ask for at once, the server makes no more than its budget. Answers wait; none is lost."""
    room = Room()
    members = [room.member() for _ in range(300)]
    crowd(room, 2000)
    members[0].say("x" * 1000 + "\n")
    for _ in range(500):
        members[0].send("x" * 1000)
    room.settle()
    for member in members:
        size(member)
    for member in members:
        member.send(question)
    room.settle()
    before = dict(zip(members, map(size, members), strict=True))
    budget = BURST_SECONDS * ANSWER_RATE * LINE_BYTES
    assert 0 < sum(before.values()) <= budget
    assert room.hub.pacing
    while room.hub.pacing:
        room.now += PACE
        room.hub.pace()
        parts = [(member, size(member)) for member in members]
        assert sum(part for _, part in parts) <= ROUND + PART + room.max_datagram
        for member, part in parts:
            before[member] += part
    assert min(before.values()) > 2 * PART, "each was answered to the end"


def test_many_who_ask_for_the_same_cost_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """All receive the same lines, each at its own pace, and each line was made once, until the room changes."""
    made = 0

    def counted(event: Event, limit: int, *_: object) -> Iterator[bytes]:
        nonlocal made
        for line in render_lazily(event, limit):
            made += 1
            yield line

    monkeypatch.setattr(rendering, "render_lazily", counted)
    room = Room()
    members = [room.member() for _ in range(2 * pacer.MAX_SHARED)]
    crowd(room, 2000)
    received = dict.fromkeys(members, b"")
    for member in members:
        member.say("/list")
        room.hub.pace()
    while room.hub.pacing:
        room.hub.pace()
    for member in members:
        lines = b"".join(member.gets()).splitlines(keepends=True)
        received[member] = b"".join(line for line in lines if line.startswith(b"showing"))
    assert len({*received.values()}) == 1
    assert made == received[members[0]].count(b"\n")
    for number, member in enumerate(members):
        members[0].say(f"/nick n{number}x")
        member.say("/list")
        assert len(room.hub.outbox.replies.pacer._shared) <= pacer.MAX_SHARED  # noqa: SLF001 - the bound itself


def test_a_list_does_not_end_the_history() -> None:
    """A client that asks for both receives both, to the end; asking for one again ends the one before."""
    room = Room()
    asking = room.member()
    crowd(room, 2000)
    for number in range(100):
        asking.send(f"{number} {'x' * 500}")
    asking.say("first")
    asking.gets()
    asking.say("/history 101\n/list\n/list")
    lines = asking.hears()
    while room.hub.pacing:
        room.hub.pace()
        lines += asking.hears()
    assert sum(line.startswith("[00:00]") for line in lines) == 101
    listed = [line for line in lines if line.startswith("showing")]
    assert sum(f":{name}" in line for line in listed for name in ("n1999",)) == 1, "the second list to its end"


def test_an_answer_that_waits_comes_later() -> None:
    """While the budget is empty, a long answer begins later, and the line after it is heard at once."""
    room = Room()
    asking = room.member()
    empty(room)
    asking.say("/history\nhello")
    assert asking.hears() == ["showing history: nothing was said", "aaaaa: hello"]
    asking.say("/history\nagain")
    assert asking.hears() == ["aaaaa: again"]
    room.hub.pace()
    assert asking.hears() == []
    room.now += 2 * BURST_SECONDS
    room.hub.pace()
    assert asking.hears() == ["[00:00] aaaaa: hello"]
    assert not room.hub.pacing


@given(commands=st.lists(st.sampled_from(["/list", "/nick n", "/LIST", "/help", "hello", "/", "//list"]), max_size=8))
@settings(max_examples=30)
def test_while_the_budget_is_empty_others_hear_of_no_command(commands: list[str]) -> None:
    """A command that others would hear of is refused with a sentence and counted. All other lines are handled."""
    room = Room()
    one, two = room.member(), room.member()
    crowd(room, FREE_RECIPIENTS)
    empty(room)
    one.say("\n".join(commands))
    heard = [line for line in two.hears() if not line.startswith("error")]
    said = [line.removeprefix("//") for line in commands if line == "hello" or line[:2] == "//"]
    assert heard == [f"aaaaa: {line if line == 'hello' else '/' + line}" for line in said]
    refused = sum(line.lower() in {"/list", "/nick n"} for line in commands)
    assert room.hub.admission.drops[DropReason.SERVER_RATE] == refused
    room.pass_time(QUIET)
    told = [line for line in one.hears() if "slow down" in line]
    assert told == (
        [f"error - slow down, {'1 line was' if refused == 1 else f'{refused} lines were'} not sent"] if refused else []
    )
    room.now += 2 * BURST_SECONDS
    two.say("/list")
    assert one.hears() == ["aaaab queried connected client list"] or one.hears() == []


def test_commands_that_others_hear_of_are_known() -> None:
    """A new command that notifies others says so in its row."""
    assert {word for word, command in COMMANDS.items() if command.announced} == {
        "/list",
        "/nick",
        "/quit",
        "/exit",
        "/bye",
        "/away",
        "/back",
        "/hand",
        "/next",
        "/resume",
        *("/join", "/leave", "/part", "/topic", "/key", "/private"),
        *("/kick", "/mute", "/unmute", "/ban", "/unban", "/slow", "/hush", "/lockdown", "/announce", "/close", "/wipe"),
    }


def cost(command: str, members: int) -> float:
    """Return how many lines a client may say less, at once, because of a command in a room of so many members."""
    room = Room(policy=Policy())
    one = room.member()
    crowd(room, members - 1)
    bucket = room.hub.admission.quotas.clients[one.end.address].buckets[0]
    room.now += 2 * BURST_SECONDS
    before = bucket.tokens(room.now)
    one.say(command)
    return before - bucket.tokens(room.now)


@pytest.mark.parametrize("command", ["/list\n", "/nick n\n", "/quit\n", "/join den\n/leave\n", "/Join #den\n/PART\n"])
def test_a_paste_of_commands_is_not_heard_by_a_large_room(command: str) -> None:
    """The others hear of one, whatever fits into a datagram; in a small room they hear of all that a burst pays for."""
    for members, most in ((FREE_RECIPIENTS - 2, 60), (10_000, 1)):
        room = Room(policy=Policy())
        one, two = room.member(), room.member()
        crowd(room, members)
        room.now += 2 * BURST_SECONDS
        one.say("".join((command * 60).splitlines(keepends=True)[:60]))
        heard = two.hears()
        assert 1 <= len(heard) <= most
        assert (room.hub.admission.drops[DropReason.CLIENT_RATE] >= 59) == (most == 1)


@pytest.mark.parametrize("rate", [1, 10])
def test_nobody_pays_more_than_it_has(rate: int) -> None:
    """Whatever a command costs, a client that waits can give it again."""
    room = Room(policy=Policy(rate=rate))
    one = room.member()
    crowd(room, 20_000)
    for number in range(3):
        room.now += 2 * BURST_SECONDS
        one.say(f"/nick n{number}x")
        assert one.hears()[-1].startswith("new nickname set")


@pytest.mark.parametrize("command", ["/nick n", "/quit"])
def test_a_command_costs_what_its_hearers_cost(command: str) -> None:
    """In a small room, it costs hardly more than a line; in a large room, a client may send only a few at once."""
    assert cost("hello", 10_000) == pytest.approx(1)
    assert cost(command, FREE_RECIPIENTS) < 1.2
    assert cost(command, 1000) < 3
    assert 15 < cost(command, 10_000) < 25


def test_a_holder_does_not_pay_for_who_asks_for_its_nickname() -> None:
    """The notice takes nothing from its bucket."""
    room = Room(policy=Policy())
    holder, asking = room.member(), room.member()
    room.pass_time(2 * BURST_SECONDS)
    asking.say("/nick aaaaa")
    assert holder.hears() == ["baaaa asked for your nickname"]
    assert room.hub.admission.quotas.clients[holder.end.address].buckets[0].is_full(room.now)


def test_a_holder_in_debt_is_notified_of_who_asks_for_its_nickname() -> None:
    """The notice comes also in the turn in which its own questions get no answers."""
    room = Room(policy=Policy())
    holder, asking = room.member(), room.member()
    crowd(room, 2000)
    holder.send("/list\n" * 9)
    asking.send("/nick aaaaa")
    room.settle()
    assert "baaaa asked for your nickname" in holder.hears()
