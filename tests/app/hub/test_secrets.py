"""No code reaches the journal or the log, however it is typed."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.room import CHALLENGE, UNLIMITED, Room
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.app.hub import intake
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


def recorded(said: str, *, stranger: bool) -> tuple[bool, str]:
    """Return whether a datagram lets a stranger in, and all that is kept and logged of it."""
    journal = Kept()
    policy = attrs.evolve(UNLIMITED, admission="code" if stranger else "open")
    room = Room(journal=journal, policy=policy, show_lines=True)
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
