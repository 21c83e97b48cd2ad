"""No code, no key of a room and none of the server reaches the journal, a snapshot or the log, however it is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.journals import CODEC
from tests.room import CHALLENGE, UNLIMITED, Room
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.app.hub import intake
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Input

CODE = "CODE"  # which is replaced by the code of the address

separators = ["\n", "\r", "\t", "\x0b", "\x0c", "\x85", " ", "\xa0", "\u2800", "\0"]
between = st.lists(st.sampled_from(separators), max_size=3).map("".join)
around = st.lists(st.sampled_from([*strategies.NASTY, "/enter ", "/mgs "]), max_size=3).map("".join)
word = st.sampled_from(["/enter", "/ENTER", "/en\x07ter"])
datagrams = st.tuples(around, word, between, st.just(CODE), around).map("".join)


@attrs.define(eq=False)
class Kept(MemoryJournal):
    """A journal that keeps everything."""

    inputs: list[Input] = attrs.field(factory=list)

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs."""
        self.inputs += inputs
        super().append(inputs)


def recorded(said: str, *, stranger: bool, server_key: str = "") -> tuple[bool, str]:
    """Return whether a datagram lets a stranger in, and all that is kept and logged of it."""
    journal = Kept()
    policy = attrs.evolve(UNLIMITED, admission="code" if stranger else "open")
    room = Room(journal=journal, policy=policy, show_lines=True, server_key=server_key)
    client = room.client()
    address = client.end.address
    assert isinstance(address, MemoryAddress)
    code = CHALLENGE.code(address, 0.0)
    with structlog.testing.capture_logs() as logs:
        client.say(said.replace(CODE, code).encode(errors="surrogatepass"))
    return address in room.hub.admission, f"{journal.inputs} {logs}".replace(code, CODE)


@given(datagrams)
def test_a_code_that_lets_a_stranger_in_is_not_kept(said: str) -> None:
    """Whatever stands around it: what the gate takes for the code, the chat does not take for a saying."""
    let_in, kept = recorded(said, stranger=True)
    if let_in:
        assert CODE not in kept


SERVER_KEY = "Sesame7 Opens"
typed_keys = st.sampled_from(["SESAME7  opens", "sesame7\u2800opens", "sesame7\topens", "sesame7 opened", "sesame7"])
guesses = st.tuples(around, word, between, st.sampled_from(["", "CODE "]), typed_keys, around).map("".join)


@given(guesses, st.booleans())
def test_the_key_of_the_server_is_not_kept(said: str, stranger: bool) -> None:  # noqa: FBT001 - drawn
    """Neither what lets a stranger in, nor a guess that does not."""
    _, kept = recorded(said, stranger=stranger, server_key=SERVER_KEY)
    assert "sesame7" not in kept.lower()


@pytest.mark.parametrize(
    "said", ["/enter Sesame7 Opens", "/enter CODE sesame7 opens\nhello", "/enter sesame7", "Sesame7"]
)
@pytest.mark.parametrize("stranger", [True, False])
def test_a_typed_key_is_not_kept(said: str, *, stranger: bool) -> None:
    """What is let in is journalled without it."""
    let_in, kept = recorded(said, stranger=stranger, server_key=SERVER_KEY)
    assert let_in is ("pens" in said and (not stranger or "CODE" in said))
    assert "sesame7" not in kept.lower()
    assert ("'/enter'" in kept) is let_in


def test_a_bug_logs_no_key_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger may have typed it without the command."""

    def sabotaged(payload: bytes) -> str | None:
        raise RuntimeError(payload)

    monkeypatch.setattr(intake, "plain_line", sabotaged)
    _, kept = recorded("sesame7 opens", stranger=False, server_key=SERVER_KEY)
    assert "internal error" in kept
    assert "sesame7" not in kept


@pytest.mark.parametrize("blank", [" ", "\t", "\xa0", "\u2800"])
@pytest.mark.parametrize("form", ["/enter%s%s", " /Enter%s%s please", "hello\n/ENTER%s%s\nbye", "/mgs%s%s"])
def test_a_code_that_a_member_sends_is_not_kept(form: str, blank: str) -> None:
    """Where no code is asked for, or in a later line, or behind a mistyped word, and whatever blank is before it."""
    let_in, kept = recorded(form % (blank, CODE), stranger=False)
    assert let_in
    assert CODE not in kept


def test_a_bug_logs_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the datagram, and not an exception that quotes it."""

    def sabotaged(payload: bytes) -> str | None:
        raise RuntimeError(payload)

    monkeypatch.setattr(intake, "plain_line", sabotaged)
    for said, shown in ((f"/enter {CODE}", False), (f"hello {CODE}", True)):
        _, kept = recorded(said, stranger=False)
        assert "internal error" in kept
        assert (CODE in kept) is shown


ROOM_KEY = "Sesame7"
LINE_ENDS = {"\n", "\r"}
apart = st.lists(
    st.sampled_from([each for each in separators if each not in {*LINE_ENDS, "\0"}]), min_size=1, max_size=3
)
inside = st.lists(st.sampled_from([each for each in strategies.NASTY if LINE_ENDS.isdisjoint(each)]), max_size=3)
key_word = st.sampled_from(["/key", "/KEY", "/k\x07ey", " /key"])
join_words = st.tuples(st.just("/join"), apart.map("".join), st.sampled_from(["den", "#den", "\u00e9"])).map("".join)
key_lines = st.tuples(
    key_word | join_words, apart.map("".join), inside.map("".join), st.just(ROOM_KEY), inside.map("".join)
).map("".join)


def read_and_kept(said: list[str]) -> tuple[str, str]:
    """Return what two members read of the datagrams of one, and all that is kept and logged of them."""
    journal = Kept()
    room = Room(journal=journal, show_lines=True)
    one, two = room.member(), room.member()
    with structlog.testing.capture_logs() as logs:
        for each in said:
            one.say(each.encode(errors="surrogatepass"))
    state = snapshot(room.chat.state)
    rows = CODEC.rows(journal.inputs)
    return "".join((*one.hears(), *two.hears())), f"{journal.inputs} {rows} {logs} {state} {CODEC.document(state)}"


@given(
    st.lists(st.sampled_from(["/join den", "/private on", "/leave", "hello"]), max_size=2),
    st.lists(st.tuples(around, st.sampled_from(["\n", "\r\n"]), key_lines).map("".join) | key_lines, max_size=3),
)
def test_the_key_of_a_room_is_not_kept_nor_shown(before: list[str], said: list[str]) -> None:
    """Whoever holds the room, and whatever stands around the key in its line, and in front of that line."""
    read, kept = read_and_kept([*before, *said])
    assert ROOM_KEY not in read
    assert ROOM_KEY not in kept


@pytest.mark.parametrize("line", [f"/key {ROOM_KEY}", f"/join den {ROOM_KEY}", f"/join den {ROOM_KEY} and more"])
@pytest.mark.parametrize("before", ["", "hello\n"])
def test_a_key_opens_the_room_and_is_not_kept(line: str, before: str) -> None:
    """Alone in a datagram or not; its hash is in the journal and in the snapshot."""
    read, kept = read_and_kept(["/join pit", f"{before}{line}"])
    assert ROOM_KEY not in kept
    assert ROOM_KEY not in read
    hashes = set(re.findall(r"'/(?:key|join den) ([a-z2-9]{26})'", kept))
    assert len(hashes) == 1
    assert kept.count(hashes.pop()) >= 4
