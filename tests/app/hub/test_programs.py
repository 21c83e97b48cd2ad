"""Programs over the hub: what they send is read, paid for and answered, and what they read are objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.strategies import payloads
from tests.journals import LateJournal
from tests.programs import objects_of, program, program_of_late_room, record
from tests.room import Room, drawing, two_members
from tests.wire.test_claims import token_of
from udpchat.app.hub.objects import MAX_REFUSED
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.programs import catching_up
from udpchat.domain.rooms.programs.answers import Resent

OUTSIDE = "203.0.113.7"


def events(found: list[dict[str, Any]]) -> list[str]:
    """Return the kinds of objects."""
    return [each["event"] for each in found]


def test_a_program_and_a_person_talk() -> None:
    """Each reads what the other says, in its own dialect, and the program reads its own lines like all others."""
    room, person, other = two_members()
    bot = program(room)
    welcome = bot.comes_in("robot")
    assert (welcome["you"], welcome["rooms"][0]["room"]) == ("robot", "lobby")
    assert [each["nick"] for each in welcome["rooms"][0]["members"]] == ["TEDDC", "Tyvem", "robot"]
    assert welcome["server"]["max_line"] == 8000
    seq = welcome["rooms"][0]["seq"]
    person.say("hello\n")
    [said] = bot.gets()
    assert said == {
        "event": "said",
        "room": "lobby",
        "seq": seq + 1,
        "at": "2025-11-25T00:00:00.000Z",
        "nick": "TEDDC",
        "text": "hello",
    }
    own, done = bot.asks({"line": "hi there", "id": 1})
    assert (own["seq"], own["nick"], own["text"]) == (seq + 2, "robot", "hi there")
    assert (done["event"], done["id"], done["room"], done["seq"]) == ("done", 1, "lobby", seq + 2)
    assert person.hears() == ["TEDDC: hello", "robot: hi there"]
    assert other.hears() == ["TEDDC: hello", "robot: hi there"]


def test_whoever_did_it_all_programs_read_the_same() -> None:
    """The bytes of what happens in a room are the same for all programs in it; a client that did it reads its own."""
    room, person, _ = two_members()
    one, two = program(room), program(room)
    one.comes_in("one")
    two.comes_in("two")
    one.gets()
    one.client.say(record({"line": "/nick uno"}))
    first, second = one.client.gets(), two.client.gets()
    assert first == second
    [changed] = objects_of(first[0])
    assert (changed["event"], changed["line"]) == ("nickname-changed", "one changed their nickname to uno")
    person.say("/nick client\n")
    assert events(one.gets()) == ["nickname-changed"]
    assert person.hears()[-1] == "new nickname set TEDDC->client"


def test_lines_of_a_batch_have_numbers_without_holes() -> None:
    """Lines that are said together, and what happens between them, are numbered one by one."""
    room, person, other = two_members()
    bot = program(room)
    seq = bot.comes_in()["rooms"][0]["seq"]
    for number in range(30):
        person.send(f"line {number}\n")
        other.send("/me waves\n" if number % 7 == 0 else f"answer {number}\n")
    room.settle()
    found = bot.gets()
    assert [each["seq"] for each in found] == list(range(seq + 1, seq + 61))


def test_what_cannot_be_read_costs_only_itself() -> None:
    """It is answered by an error, and the rest of the datagram counts."""
    room = Room()
    bot = program(room)
    bot.comes_in()
    bot.client.say(record({"ping": 1}) + b"\x1enonsense\n" + record({"head": {}}, {"ping": 2}))
    assert [(each["event"], each.get("code"), each.get("ping")) for each in bot.gets()] == [
        ("pong", None, 1),
        ("error", "malformed", None),
        ("error", "unknown-message", None),
        ("pong", None, 2),
    ]


def test_a_stranger_reads_that_its_object_cannot_be_read() -> None:
    """It does not come in by that, and gets no more than its address may get while it has proven nothing."""
    room = Room(policy=Policy())
    bot = program(room, "10.0.0.7")
    [error] = bot.asks({"hello": "there", "and": "x" * 60})
    assert (error["event"], error["code"]) == ("error", "malformed")
    assert not room.chat.state.roster.members
    other = program(room, "10.0.0.8")
    assert other.asks({}) == []
    assert other.asks({"line": "hello"})[0]["event"] == "said"


def test_a_line_with_an_id_counts_once() -> None:
    """Whoever repeats it gets its outcome again, whether that is `done` or an error."""
    room, person, _ = two_members()
    bot = program(room)
    bot.comes_in()
    first = bot.asks({"line": "once", "id": 7})[-1]
    assert bot.asks({"line": "once", "id": 7}) == [first]
    assert person.hears() == ["aaaaa: once"] or person.hears() == []
    error = bot.asks({"line": "/nick TEDDC", "id": 8})
    assert [(each["event"], each["code"], each["id"]) for each in error] == [("error", "nickname-taken", 8)]
    assert [each["id"] for each in bot.asks({"line": "/nick TEDDC", "id": 8})] == [8]


def test_a_text_with_line_feeds_is_one_line() -> None:
    """A program can do nothing that a line cannot."""
    room, person, _ = two_members()
    bot = program(room)
    bot.comes_in("robot")
    bot.asks({"line": "one\n/quit\r\ntwo\x1b[2J"})
    assert person.hears() == ["robot: one /quit two"]


@pytest.mark.parametrize("first", [{"line": "hello", "id": 3}, {"ping": 1}, {"since": {}}])
def test_a_first_object_joins(first: Any) -> None:
    """Whatever it is, the program is in the room and reads so."""
    room = Room()
    bot = program(room)
    found = bot.asks(first)
    assert "welcome" in events(found)
    assert len(room.chat.state.roster) == 1


def test_what_is_dropped_for_its_rate_is_answered_by_its_id() -> None:
    """A client may repeat each line until its outcome comes. Lines without an id are counted and notified later."""
    room = Room(policy=Policy(rate=1))
    bot = program(room)
    bot.comes_in()
    room.pass_time(60.0)
    lines = [{"line": f"line {number}", "id": number} for number in range(1, 13)]
    found = bot.asks(*lines)
    slow = [each["id"] for each in found if each["event"] == "error" and each["code"] == "slow-down"]
    done = [each["id"] for each in found if each["event"] == "done"]
    assert sorted(done + slow) == list(range(1, 13))
    assert done == [1, 2, 3, 4, 5, 6]
    assert "slow-down" in [each.get("code") for each in bot.asks({"line": "again", "id": 13})]
    assert bot.asks({"line": "no id"}) == []
    room.pass_time(3.0)
    [notice] = bot.gets()
    assert (notice["code"], notice["line"]) == ("slow-down", "error - slow down, 1 line was not sent")
    assert "id" not in notice
    room.pass_time(60.0)
    assert bot.asks({"line": "line 7", "id": 7})[-1]["event"] == "done"


def test_a_program_that_left_reads_of_what_was_dropped_in_objects() -> None:
    """The notice comes later, when it is no member any more, in the dialect of the lines that were dropped."""
    room = Room(policy=Policy(rate=1))
    bot = program(room)
    bot.comes_in()
    bot.asks({"line": "/quit"}, *[{"line": "hello"}] * 9)
    room.hub.part_from([bot.client.end.address])
    room.pass_time(3.0)
    assert [each["line"] for each in bot.gets() if each["event"] == "error"] == [
        "error - slow down, 6 lines were not sent"
    ]


def test_a_flood_of_objects_buys_few_answers() -> None:
    """Each object costs as much as a line, whether line feeds stand between them or not, and few are looked at."""
    room = Room(policy=Policy(rate=1))
    bot = program(room)
    bot.comes_in()
    flood = b"".join(b'\x1e{"line":"x","id":%d}' % number for number in range(1, 2000))
    bot.client.say(flood)
    found = bot.gets()
    assert len([each for each in found if each.get("code") == "slow-down"]) == MAX_REFUSED
    assert room.hub.admission.drops[DropReason.CLIENT_RATE] > 1900


def test_commands_that_many_read_are_paid_for() -> None:
    """In a large room, a program pays for those whom its commands notify, and is refused by the id."""
    room = Room(policy=Policy(rate=10, prefix_rate=0, server_rate=0, join_rate=0))
    for _ in range(110):
        room.client().say("\n")
    bot = program(room)
    bot.comes_in()
    room.hub.admission.quotas.clients[bot.client.end.address].buckets[0].take(1000, room.now)
    room.pass_time(40.0)
    assert room.hub.admission.quotas.answers.try_take(1, room.now)
    room.hub.admission.quotas.answers.take(1e9, room.now)
    [error] = [each for each in bot.asks({"line": "/nick other", "id": 5}, {"ping": 1}) if each["event"] == "error"]
    assert (error["code"], error["id"]) == ("slow-down", 5)


def test_a_program_asks_where_it_is() -> None:
    """It reads its name, its room and the address that others see."""
    room, _, _ = two_members()
    bot = program(room)
    bot.comes_in("robot")
    for number, name in enumerate(("lobby", "kitchen"), 1):
        bot.asks({"line": f"/join {name}"})
        shown, _ = bot.asks({"line": "/whoami", "id": number})
        assert (shown["nick"], shown["room"], shown["id"]) == ("robot", name, number)


def test_a_stranger_is_asked_for_a_code_in_its_dialect() -> None:
    """The answer is an object within the bound, and the program comes in by sending the code."""
    room = Room(policy=Policy(admission="code"))
    bot = program(room, OUTSIDE)
    payload = record({"hello": {"v": 1}})
    bot.client.say(payload)
    [answer] = bot.client.gets()
    assert len(answer) <= MAX_AMPLIFICATION * len(payload)
    [asked] = objects_of(answer)
    assert asked["event"] == "code-asked"
    wrong = bot.asks({"line": "/enter zzzzzz", "id": 1})
    assert (events(wrong), wrong[0]["invalid"]) == (["code-asked"], True)
    found = bot.asks({"line": f"/enter {asked['code']}", "id": 1}, {"hello": {"v": 1}})
    assert "done" in events(found)
    assert bot.client.end.address in room.chat.state.roster
    assert "members" in [each for each in found if each["event"] == "welcome"][-1]["rooms"][0]


def test_a_stranger_is_asked_for_the_key() -> None:
    """The code comes first, then the key."""
    room = Room(policy=Policy(admission="code"), server_key="sesame")
    bot = program(room, OUTSIDE)
    [asked] = bot.asks({"hello": {"v": 1, "nick": "robot"}})
    assert (asked["event"], asked["key"]) == ("code-asked", True)
    [needs] = bot.asks({"line": f"/enter {asked['code']}"})
    assert needs["event"] == "key-asked"
    [wrong] = bot.asks({"line": f"/enter {needs['code']} guess"})
    assert (wrong["event"], wrong["wrong"]) == ("key-asked", True)
    assert bot.asks({"line": f"/enter {wrong['code']} sesame", "id": 1})[-1]["event"] == "done"


@pytest.mark.parametrize("payload", [b"\x1e{}", b'\x1e{"ping":3}\n', b"\x1e" * 12])
def test_a_short_object_buys_no_long_answer(payload: bytes) -> None:
    """An address may be forged: if no answer is small enough, none is sent."""
    room = Room(policy=Policy(admission="code"))
    bot = program(room, OUTSIDE)
    bot.client.say(payload)
    assert sum(map(len, bot.client.gets())) <= MAX_AMPLIFICATION * len(payload)
    assert room.hub.admission.drops[DropReason.CODE_ASKED] == 1


def test_an_address_that_proved_nothing_reads_no_members() -> None:
    """Its welcome could go to a victim, so it is short, and as many are sent as greetings."""
    room = Room(policy=Policy(code_rate=1))
    bot = program(room, "10.0.0.7")
    welcome = bot.comes_in()
    assert "members" not in welcome["rooms"][0]
    found = bot.asks(*[{"hello": {"v": 1}}] * 9, {"ping": 1})
    assert events(found) == [*["welcome"] * 5, "pong"]


def test_a_full_room_says_so_in_objects() -> None:
    """Whoever is refused reads why in its own dialect."""
    room = Room(policy=Policy(max_clients=1))
    room.member()
    room.hub.admission.quotas.silent.clear()
    [error] = program(room, "10.0.0.7").asks({"line": "hello", "id": 1})
    assert (error["event"], error["code"]) == ("error", "room-full")


@attrs.define(eq=False)
class Recorder(LateJournal):
    """A journal that shows all that it was ever given."""

    shown: str = attrs.field(default="", init=False)

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, and commit them."""
        self.shown += repr(inputs)
        super().append(inputs)
        self.commit()


def test_secrets_reach_no_journal() -> None:
    """Tokens and sessions are hashes in what the journal gets, and are shown to whoever asked."""
    journal = Recorder()
    room = Room(journal=journal)
    bot = program(room)
    [welcome] = bot.asks({"hello": {"v": 1, "nick": "robot"}})
    [claimed] = [each for each in bot.asks({"line": "/claim"}) if each["event"] == "token"]
    assert (claimed["for"], claimed["nick"]) == ("name", "robot")
    bot.asks({"line": "/op alice 123456"}, {"line": f"/resume {claimed['token']}"})
    bot.asks({"hello": {"v": 1, "session": welcome["session"]}}, {"line": f"/unknown {claimed['token']}", "id": 2})
    assert "Hello" in journal.shown
    for secret in (welcome["session"], claimed["token"], "123456"):
        assert secret not in journal.shown


def test_who_goes_on_by_a_session_is_asked_for_no_key() -> None:
    """It has typed the key already. So the room reads of nobody who comes or leaves, and nothing is missed."""
    room = Room(server_key="sesame")
    bot, moved, stranger = (program(room) for _ in range(3))
    hello = {"hello": {"v": 1, "nick": "robot"}}
    assert bot.asks(hello)[0]["event"] == "key-asked"
    session = next(each["session"] for each in bot.asks({"line": "/enter sesame"}, hello) if "session" in each)
    again = moved.asks({"hello": {"v": 1, "session": session}})[0]
    assert again["event"] == "welcome"
    assert len(room.hub.chat.state.roster) == 1
    assert stranger.asks({"hello": {"v": 1, "session": "x" * len(session)}})[0]["event"] == "key-asked"


def test_a_session_goes_on_elsewhere() -> None:
    """Nobody reads of leaving or joining, and the numbers go on."""
    room, person, _ = two_members()
    bot = program(room)
    welcome = bot.comes_in("robot")
    person.hears()
    moved = program(room)
    [again, *_] = moved.asks({"hello": {"v": 1, "session": welcome["session"]}})
    assert (again["you"], again["log"]) == ("robot", welcome["log"])
    assert again["session"] != welcome["session"]
    assert person.hears() == []
    assert events(bot.gets()) == ["session-moved"]


def test_who_leaves_reads_so_in_objects() -> None:
    """The last that a program reads is an object, too."""
    room, person, _ = two_members()
    bot = program(room)
    bot.comes_in("robot")
    found = bot.asks({"line": "/quit", "id": 1})
    assert events(found)[0] == "left"
    assert "done" in events(found)
    assert person.hears()[-1] == "robot has disconnected."


def test_what_one_ignores_is_a_number_alone() -> None:
    """Nothing is missing in the numbers, and nothing is shown."""
    room, person, _ = two_members()
    bot = program(room)
    bot.comes_in("robot")
    bot.asks({"line": "/ignore TEDDC"})
    person.say("you there?\n")
    [hidden] = bot.gets()
    assert hidden["event"] == "hidden"
    assert set(hidden) == {"event", "room", "seq"}


@pytest.mark.parametrize("word", ["/post", "/POST"])
def test_a_script_posts_in_an_object(word: str) -> None:
    """A stranger needs no code for it, does not come in, and is answered by its id within the bound."""
    room = Room(drawing("TEDDC"), policy=Policy())
    one = room.member()
    token_of(one)
    one.say("/token")
    token = one.hears()[0].split()[-2]
    script = program(room, OUTSIDE)
    found = script.asks({"line": f"{word} {token} deploy finished", "id": 4})
    assert ("done", 4) in [(each["event"], each.get("id")) for each in found]
    assert one.hears() == ["TEDDC (script): deploy finished"]
    assert script.client.end.address not in room.hub.admission
    payload = record({"line": f"{word} {'x' * 29} deploy", "id": 9_007_199_254_740_991})
    script.client.say(payload)
    answers = script.client.gets()
    assert 0 < sum(map(len, answers)) <= MAX_AMPLIFICATION * len(payload)
    assert script.asks({"line": "/posting " + "x" * 60})[0]["event"] == "code-asked"


def test_a_program_of_a_room_that_is_unreachable() -> None:
    """A line that is not committed in time is answered by its id."""
    journal, room, bot = program_of_late_room()
    bot.client.say(record({"line": "hello", "id": 3}))
    journal.give_up()
    room.hub.advance()
    assert [(each["code"], each["id"]) for each in bot.gets()] == [("room-unreachable", 3)]


@given(st.lists(st.one_of(st.binary(max_size=100), payloads), max_size=4))
def test_whatever_comes_behind_a_separator_is_no_bug(parts: list[bytes]) -> None:
    """Any bytes give answers that are objects, and no error of ours."""
    room = Room()
    bot = program(room)
    bot.client.say(b"\x1e" + b"\x1e".join(parts))
    for payload in bot.client.gets():
        objects_of(payload)
    assert room.hub.admission.drops[DropReason.BUG] == 0


def test_long_answers_carry_the_id() -> None:
    """A list that takes several datagrams is for the line that asked."""
    room = Room()
    for _ in range(60):
        room.client().say("\n")
    bot = program(room)
    bot.comes_in()
    found = bot.asks({"line": "/list", "id": 9})
    listed = [each for each in found if each["event"] == "clients-listed"]
    assert {each["id"] for each in listed} == {9}
    assert sum(len(each["members"]) for each in listed) == 61
    assert json.dumps(listed[-1].get("more", False)) == "false"


def test_a_flood_of_long_questions_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent of an event is made when it is its turn: of most answers, that is never."""
    made: list[Resent] = []

    def make(*values: Any, **rest: Any) -> Resent:
        made.append(Resent(*values, **rest))
        return made[-1]

    monkeypatch.setattr(catching_up, "Resent", make)
    room, person, _ = two_members()
    bots = [program(room) for _ in range(2)]
    [_, seq] = [bot.comes_in()["rooms"][0]["seq"] for bot in bots]
    for _ in range(800):
        person.send("x" * 200 + "\n")
    room.settle()
    bots[0].gets()
    [said, *_] = bots[0].asks(*[{"since": {"lobby": seq}}] * 20)
    assert said["seq"] == seq + 1
    assert len(made) < 200
    before = len(made)
    bots[1].asks({"since": {"lobby": seq}})  # the same bytes are made once
    assert len(made) == before


def test_programs_wait_while_a_node_is_older() -> None:
    """Nodes that cannot read requests must not get any."""
    room = Room()
    room.chat.state.use_grammar(4)
    bot = program(room)
    [error] = bot.asks({"line": "hello there, is anybody in this room?", "id": 1})
    assert error["code"] == "room-unreachable"
    assert room.hub.admission.drops[DropReason.UNCOMMITTED] == 1
