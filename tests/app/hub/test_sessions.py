"""When the hub ends sessions of programs that were lost."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from tests.journals import LateJournal
from tests.programs import Found, program, program_of_late_room, record
from tests.room import SERVER, Room, two_members
from udpchat.app.hub import sessions
from udpchat.domain.admission.policy import Policy
from udpchat.domain.rooms.inputs import Idle, Input, Rules, SessionOver, Unreachable


def test_a_program_that_does_not_come_back_leaves() -> None:
    """The tick ends its session, and the others read that it left."""
    room, person, _ = two_members()
    bot = program(room)
    bot.comes_in("robot")
    room.hub.part_from([bot.client.end.address])
    room.pass_time(119.0)
    person.say("hello\n")
    assert (person.hears(), bot.client.gets()) == (["TEDDC: hello"], [])
    room.pass_time(1.0)
    assert person.hears() == ["robot has disconnected."]
    assert bot.client.gets() == []


def test_a_restart_lets_nobody_leave_who_comes_back() -> None:
    """Within its time, a program is the same member again with any object, and gets what it lost."""
    room, person, _ = two_members()
    bot = program(room)
    welcome = bot.comes_in("robot")
    room.hub.part_from([bot.client.end.address])
    person.say("hello\n")
    seq = welcome["rooms"][0]["seq"]
    said, pong = bot.asks({"since": {"lobby": seq}}, {"ping": 1})
    assert (said["text"], said["seq"], pong["rooms"]) == ("hello", seq + 1, {"lobby": seq + 1})
    room.pass_time(500.0)
    assert person.hears() == ["TEDDC: hello"]


@pytest.mark.parametrize("front", [[], [{"ping": 1}], [{"since": {}}, {"ping": 1}, {"ping": 2}]])
@pytest.mark.parametrize("key", ["", "sesame open"])
def test_a_hello_with_a_code_brings_nobody_else(front: list[Found], key: str) -> None:
    """A program that must show a code or a key comes in by its hello alone: under its name, or as its session's."""
    room = Room(policy=Policy(join_rate=0), server_key=key)
    room.hub.start(SERVER, Rules(announce_joins=True))
    person = room.client()
    person.say(f"/enter {key}\n")
    person.hears()

    def comes(hello: Found, host: str) -> tuple[list[str], Found]:
        bot = program(room, host)
        code = bot.asks({"hello": hello})[0]["code"]
        answers = bot.asks(*front, {"hello": {**hello, "enter": f"{code} {key}"}})
        (welcome,) = [each for each in answers if each["event"] == "welcome"]
        return person.hears(), welcome

    read, welcome = comes({"v": 1, "nick": "robot"}, "203.0.113.1")
    assert (read, welcome["you"]) == (["robot has connected."], "robot")
    key = ""
    read, welcome = comes({"v": 1, "session": welcome["session"]}, "203.0.113.2")
    assert (read, welcome["you"]) == ([], "robot")
    assert len(room.chat.state.roster) == 2


def test_a_hello_proves_an_address() -> None:
    """As /enter does: also if its client came in before without a code."""
    journal = LateJournal()
    room = Room(policy=Policy(admission="open"), journal=journal)
    bot = program(room, "203.0.113.1")
    bot.client.say(record({"hello": {"v": 1}}))
    address = bot.client.end.address
    assert not room.hub.admission.is_proven(address)
    code = room.hub.admission.challenge.code(address, room.now)
    bot.client.say(record({"hello": {"v": 1, "enter": code}}))
    assert room.hub.admission.is_proven(address)


def test_who_seemed_lost_reads_that_its_line_was_not_sent() -> None:
    """Its node was cut off, so the others think that nobody is there; it asks, so it is answered."""
    journal, room, bot = program_of_late_room()
    room.hub.part_from([bot.client.end.address])
    journal.commit()
    room.hub.advance()
    bot.gets()
    assert bot.asks({"line": "hello", "id": 1}) == []
    journal.give_up()
    room.hub.advance()
    room.hub.tick()
    [error] = bot.gets()
    assert (error["code"], error["id"]) == ("room-unreachable", 1)


@pytest.mark.parametrize("policy", [Policy(max_clients_per_prefix=2), Policy(max_clients=2, admission="open")])
def test_a_full_server_lets_a_program_back(policy: Policy) -> None:
    """All connections of a class break at once: each place is that of a program that comes back, and of nobody else."""
    room = Room(policy=policy)
    bots = [program(room, "192.168.1.5") for _ in range(2)]
    secrets = [bot.comes_in(f"robot{number}")["session"] for number, bot in enumerate(bots)]
    for bot in bots:
        bot.asks({"line": "hello"})
    room.hub.part_from([bot.client.end.address for bot in bots])
    for number, secret in enumerate(secrets):
        for wrong in ("", "x" * 32):
            [refused] = program(room, "192.168.1.5").asks({"hello": {"v": 1, "session": wrong}})
            assert refused["code"] in {"network-full", "room-full"}
        back = program(room, "192.168.1.5")
        [welcome, *_] = back.asks({"hello": {"v": 1, "session": secret}})
        assert welcome["you"] == f"robot{number}"
        back.asks({"line": "here again"})
    room.pass_time(10.0)
    assert (len(room.hub.admission), len(room.chat.state.roster)) == (2, 2)


def test_who_is_idle_is_said_to_be_so_once() -> None:
    """A program that is lost because it sent nothing is not idle again with each tick."""
    room = Room(policy=Policy(idle_timeout=60), journal=(journal := Recorder()))
    room.hub.start(room.carrier.address, Rules(session_seconds=300))
    bot = program(room)
    bot.comes_in("robot")
    for _ in range(70):
        room.pass_time(1.0)
    assert len([each for each in journal.inputs if isinstance(each.line, Idle)]) == 1
    assert [each["event"] for each in bot.gets()] == ["sent-nothing"]


@attrs.define(eq=False)
class Recorder(LateJournal):
    """A journal that keeps what it was given, and commits at once."""

    inputs: list[Input] = attrs.field(factory=list, init=False)

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs."""
        self.inputs += inputs
        super().append(inputs)
        self.commit()


def test_sessions_end_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once would hold up the room; those that are left end with the next tick. A journal that is full waits."""
    monkeypatch.setattr(sessions, "MAX_OVER", 2)
    journal = Recorder()
    room = Room(journal=journal)
    bots = [program(room) for _ in range(3)]
    for bot in bots:
        bot.comes_in()
    room.hub.part_from([bot.client.end.address for bot in bots])
    journal.full = True
    room.pass_time(200.0)
    assert len(room.chat.state.roster) == 3
    journal.full = False
    for left in (1, 0):
        room.pass_time(1.0)
        assert len(room.chat.state.roster) == left
    assert [each.line for each in journal.inputs[-3:]] == [SessionOver()] * 3
    assert Unreachable() in [each.line for each in journal.inputs]
