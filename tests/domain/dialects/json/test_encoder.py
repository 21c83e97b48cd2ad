"""Events as programs read them."""

from __future__ import annotations

from typing import Any, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.docs.objects import check
from tests.domain.dialects.json.objects import joined, read
from tests.domain.peers import member
from tests.domain.strategies import text
from tests.wire.example import TEDDC, TYVEM, Example
from tests.wire.test_complete import EXAMPLES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.commands.banning import BansShown
from udpchat.domain.commands.expression import SeenBefore
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.people import ClientsListed, RoomUnknown
from udpchat.domain.commands.private import PrivatelySaid
from udpchat.domain.commands.rooms import RoomsListed
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.json.encoder import NO_NUMBERS, Encoder, Numbers
from udpchat.domain.dialects.json.facts import fields_of
from udpchat.domain.dialects.json.splitting import cleaned
from udpchat.domain.dialects.json.times import LAST
from udpchat.domain.event import Event, Sentence
from udpchat.domain.limits import COMMON_DATAGRAM, MAX_DATAGRAM, MIN_DATAGRAM
from udpchat.domain.rooms.acts import FOREVER
from udpchat.domain.rooms.listing import ListedRoom
from udpchat.domain.rooms.programs.answers import (
    CaughtUp,
    Done,
    Gap,
    Hidden,
    Kept,
    MalformedObject,
    Pong,
    Resent,
    Welcome,
    WelcomeRoom,
)
from udpchat.domain.rooms.sanctions import Ban
from udpchat.domain.text.nickname import Nickname

HERE = Numbers("kitchen", 2**53 - 1, at=1_764_100_800.123)
SERVER: dict[str, str | int] = {"name": "udpchat", "version": "1.0.0", "max_line": 8000}
ONE = Encoder(COMMON_DATAGRAM, SERVER)
MEMBERS = tuple(member(MemoryAddress("192.0.2.1", port), Nickname(f"N{port}")) for port in range(1, 200))


WITH_WORDS = [each for each in EXAMPLES if not isinstance(each.event, Kept)]  # the text of that is an object


def sent(event: Event, numbers: Numbers = NO_NUMBERS, *, own: bool = False) -> list[dict[str, Any]]:
    """Return the objects that are sent of an event."""
    return read(ONE.encode(event, numbers, own=own))


def test_a_line_is_one_object_with_its_numbers() -> None:
    """It is the one in docs/json.md, and has no `line`."""
    assert ONE.encode(Said(TEDDC, "hi"), attrs.evolve(HERE, seq=1234)) == [
        b'\x1e{"event":"said","room":"kitchen","seq":1234,"at":"1970-01-01T00:00:00.000Z","nick":"TEDDC","text":"hi"}\n'
    ]


@pytest.mark.parametrize("limit", [MIN_DATAGRAM, COMMON_DATAGRAM, MAX_DATAGRAM])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example.event).__name__)
def test_every_event_has_a_form(example: Example, limit: int) -> None:
    """Every event of the package is sent in objects that fit, with what is read of it as their line."""
    records = Encoder(limit).encode(example.event, attrs.evolve(HERE, seq=7), own=example.own)
    assert all(len(record) <= limit for record in records)
    for each in read(records):
        check(each)
    whole = joined(read(records))
    assert whole["seq"] == 7
    words = example.lines.decode().removesuffix("\n").replace("\x07", "")
    if isinstance(example.event, Said) or getattr(example.event, "short", False) or not words:
        assert "line" not in whole
    elif limit >= COMMON_DATAGRAM:
        assert whole["line"] == words


@given(text, text, text, st.integers(MIN_DATAGRAM, 3000))
def test_objects_fit_and_no_text_is_lost(nick: str, reader: str, said: str, limit: int) -> None:
    """Whatever a text has in it, the pieces of it fit, are clean, and are the text when they are joined."""
    event = PrivatelySaid(TEDDC, TYVEM, said * 40)
    records = Encoder(limit).encode(event, Numbers(own=5, at=1.0))
    assert all(len(record) <= limit for record in records)
    whole = joined(read(records))
    assert whole["text"] == cleaned(event.text)
    wild = attrs.evolve(event, speaker=Nickname(nick[:24] or "x"), reader=Nickname(reader[:24] or "x"))
    records = Encoder(limit).encode(wild, Numbers("r" * 24, 2**53 - 1, 2**53 - 1, 2**53 - 1, 1.0))
    assert all(len(record) <= limit for record in records)
    read(records)


@given(text, text, st.integers(1, 2**53 - 1), st.floats(0, 1e12))
def test_the_short_way_of_a_line_gives_the_same(nick: str, said: str, seq: int, at: float) -> None:
    """Whatever is said, a busy room and a program that asks again receive the same bytes."""
    event, numbers = Said(Nickname(nick), said, at), Numbers("kitchen", seq, at=at)
    assert ONE.encode(event, numbers) == list(ONE.encode_lazily(event, numbers))


def with_text(event: Any, said: str) -> Any:
    """Return an event in which all texts are this one, but words that stand for one of a few things."""
    hints = get_type_hints(type(event))
    texts = [field.name for field in attrs.fields(type(event)) if hints[field.name] in {str, Nickname}]
    return attrs.evolve(event, **{name: said for name in texts if name not in {"code", "verdict", "command"}})


@given(st.sampled_from(WITH_WORDS), text.filter(bool), st.sampled_from([MIN_DATAGRAM, COMMON_DATAGRAM]))
def test_whatever_an_event_has_in_it_is_written(example: Example, said: str, limit: int) -> None:
    """Any texts in any event give objects that fit, as the schema says."""
    numbers = Numbers("r" * 24, 2**53 - 1, at=LAST)
    for record in Encoder(limit).encode(with_text(example.event, said), numbers, own=example.own):
        assert len(record) <= limit
        [found] = read([record])
        check(found)


@pytest.mark.parametrize("limit", [MIN_DATAGRAM, COMMON_DATAGRAM])
def test_a_long_list_is_split(limit: int) -> None:
    """Its entries go on in the next object, and so do the lines that are read of it."""
    records = Encoder(limit).encode(ClientsListed(MEMBERS, str), Numbers(id=9))
    assert len(records) > 1
    assert all(len(record) <= limit for record in records)
    whole = joined(read(records))
    assert whole["id"] == 9
    assert whole["members"] == [{"nick": each.nickname, "address": str(each.address)} for each in MEMBERS]
    lines = whole["line"].split("\n")
    entries = [line.removeprefix("showing connected clients: ") for line in lines]
    assert ", ".join(entries) == ", ".join(f"{each.address}:{each.nickname}" for each in MEMBERS)


def test_an_entry_that_is_too_long_is_split() -> None:
    """A message of the history that does not fit into a datagram goes on in the next object."""
    said = 'To be, or not to be: "that" is the question. ' * 150
    records = ONE.encode(HistoryShown((Said(TEDDC, "hi", 1.0), Said(TYVEM, said, 2.0), Said(TEDDC, "well", 3.0))))
    assert all(len(record) <= COMMON_DATAGRAM for record in records)
    whole = joined(read(records))
    assert [each["text"] for each in whole["messages"]] == ["hi", said.rstrip() + " ", "well"]


def test_a_welcome_says_where_a_program_is() -> None:
    """It has the rooms with their members, the session and what the server is like."""
    room = WelcomeRoom("lobby", "", 1240, MEMBERS[:2], {MEMBERS[1].address: "lunch"})
    closed = WelcomeRoom("kitchen", "cakes", 3, ())
    [welcome] = sent(Welcome(TEDDC, "hash", "k7wm", log="k3f9", own=17, id=4, rooms=(room, closed)), own=True)
    members = [{"nick": "N1", "away": None}, {"nick": "N2", "away": "lunch"}]
    assert welcome.pop("rooms") == [
        {"room": "lobby", "topic": None, "seq": 1240, "members": members},
        {"room": "kitchen", "topic": "cakes", "seq": 3},
    ]
    numbers = {"log": "k3f9", "own": 17, "id": 4}
    who = {"event": "welcome", "v": 1, "you": "TEDDC", "session": "k7wm"}
    assert welcome == {**who, **numbers, "server": SERVER, "line": "you are TEDDC"}


@pytest.mark.parametrize("limit", [320, COMMON_DATAGRAM])  # below that, long names of rooms are cut
def test_a_large_welcome_is_split_within_its_rooms(limit: int) -> None:
    """All members are shown, and the session stays whole."""
    rooms = WelcomeRoom("lobby", "", 1240, MEMBERS), WelcomeRoom("kitchen", "", 3, MEMBERS[:3])
    records = Encoder(limit, SERVER).encode(Welcome(TEDDC, "hash", "k7wm" * 7, log="k3f9", own=17, rooms=rooms))
    assert len(records) > 1
    assert all(len(record) <= limit for record in records)
    whole = joined(read(records))
    assert whole["session"] == "k7wm" * 7
    shown = [(each["room"], [member["nick"] for member in each["members"]]) for each in whole["rooms"]]
    assert shown == [("lobby", [each.nickname for each in MEMBERS]), ("kitchen", ["N1", "N2", "N3"])]


def test_what_a_program_asked_for_again_is_sent_as_it_was() -> None:
    """Each event has its numbers, what is not kept is a gap, and an event of a snapshot is the object that it was."""
    kept = Kept('{"event":"said","room":"lobby","seq":4,"at":"2026-11-25T20:00:00.123Z","nick":"TEDDC","text":"hi"}')
    items = Gap("lobby", 1, 2), Hidden("lobby", 3), Resent(kept), Resent(Said(TYVEM, "ho", 1.0), "lobby", 5, at=1.0)
    own = Gap(None, 1, 2), Resent(PrivatelySaid(TYVEM, TEDDC, "psst"), own=3, at=2.0)
    assert [
        (each["event"], each.get("room"), each.get("seq"), each.get("own")) for each in sent(CaughtUp(items + own))
    ] == [
        ("gap", "lobby", None, None),
        ("hidden", "lobby", 3, None),
        ("said", "lobby", 4, None),
        ("said", "lobby", 5, None),
        ("gap", None, None, None),
        ("privately-said", None, None, 3),
    ]
    assert sent(Gap("lobby", 1, 2))[0] | {"line": ""} == {
        "event": "gap",
        "room": "lobby",
        "from": 1,
        "to": 2,
        "line": "",
    }


def test_a_kept_object_that_is_too_long_now_is_split() -> None:
    """The limit may be lower than when it was sent."""
    long = "word " * 100
    lines = "\\n".join("* TEDDC sings" for _ in range(9))
    kept = Kept(f'{{"event":"acted","room":"lobby","seq":4,"nick":"TEDDC","text":"{long}","line":"{lines}"}}')
    records = Encoder(MIN_DATAGRAM).encode(kept)
    assert all(len(record) <= MIN_DATAGRAM for record in records)
    whole = joined(read(records))
    assert (whole["text"], whole["line"]) == (long, lines.replace("\\n", "\n"))


def test_answers_have_their_names() -> None:
    """They are those in docs/json.md."""
    assert sent(Done(7, "lobby", 1234))[0]["seq"] == 1234
    assert "room" not in sent(Done(7))[0]
    [pong] = sent(Pong(3, (("lobby", 1240),), 18))
    assert pong == {"event": "pong", "ping": 3, "rooms": {"lobby": 1240}, "own": 18, "line": "info: pong 3"}
    assert sent(Hidden("lobby", 3)) == [{"event": "hidden", "room": "lobby", "seq": 3}]
    assert sent(MalformedObject("unknown-message"), Numbers(id=8))[0]["code"] == "unknown-message"


def test_a_topic_is_split_with_its_entry() -> None:
    """A room whose topic does not fit beside the rest of it goes on in another entry."""
    topic = "the sea, the sea " * 20
    records = Encoder(MIN_DATAGRAM).encode(
        RoomsListed((ListedRoom("kitchen", topic, 3, has_key=False, private=False),))
    )
    assert all(len(record) <= MIN_DATAGRAM for record in records)
    entries = [entry for each in read(records) for entry in each["rooms"]]
    assert "".join(each["topic"] for each in entries) == topic


def test_a_long_name_in_an_entry_is_cut() -> None:
    """Where nothing else of an entry can be split, it fits all the same."""
    bans = Ban("b" * 300, 60.0, "TEDDC", "stop that"), Ban("Tyvem", FOREVER, "server")
    records = Encoder(MIN_DATAGRAM).encode(BansShown(bans, 0.0))
    assert all(len(record) <= MIN_DATAGRAM for record in records)
    [first, second] = [entry for each in read(records) for entry in each.get("bans", ())]
    assert first["whom"].endswith("bbb...")
    assert (second["whom"], second["until"]) == ("Tyvem", None)


def test_seconds_have_three_places() -> None:
    """What is not whole is shown to the millisecond."""
    assert [fields_of(SeenBefore(TEDDC, seconds))["seconds"] for seconds in (1.0, 1.2345678, 2.9999)] == [1, 1.235, 3.0]


def test_an_address_has_no_form() -> None:
    """An event with an address in it is an error of ours, until it has a row that says what is shown."""

    @attrs.frozen
    class Met(Event):
        address: Address

        def sentences(self) -> tuple[Sentence, ...]:
            return ()

    with pytest.raises(TypeError, match="MemoryAddress has no form"):
        fields_of(Met(MemoryAddress("192.0.2.1", 1)))


@given(text.filter(bool), st.integers(1, 500), st.integers(MIN_DATAGRAM, 3000))
def test_an_error_is_one_object(said: str, times: int, limit: int) -> None:
    """Whatever it quotes: it may be the outcome of a line."""
    [record] = Encoder(limit).encode(RoomUnknown(said * times), Numbers(id=2**53 - 1))
    assert len(record) <= limit


def test_an_error_is_cut() -> None:
    """Its line is cut where it does not fit."""
    [error] = sent(RoomUnknown("x" * 8000), Numbers(id=8))
    assert (error["event"], error["code"], error["id"]) == ("error", "room-unknown", 8)
    assert error["line"].startswith("error - there is no room xxx")
    assert error["line"].endswith("x...")
