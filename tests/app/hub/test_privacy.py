"""Private words in the hub: no log has them, and their speaker alone pays for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.room import Room, drawing
from udpchat.domain.address import Address
from udpchat.domain.admission.drop_notices import QUIET
from udpchat.domain.admission.policy import BURST_SECONDS, Policy
from udpchat.domain.rooms.slices import Slices
from udpchat.domain.rooms.state import ChatState

SECRET = "SECRET"  # noqa: S105 - a word that tests look for
WORDS = ["/msg Tyvem", "/M Tyvem", "/tell tyvem", "/query Tyvem", "/w Tyvem", "/reply", "/r", "/msg"]
MISTYPED = [
    "msg Tyvem",
    "Tell Tyvem",
    ".msg Tyvem",
    "\uff0fmsg Tyvem",
    "m/sg Tyvem",
    "/mgs Tyvem",
    "/ Tyvem",
    "w nobody",
]


def logged(line: str, before: Callable[[], None] = lambda: None) -> str:
    """Return what is logged, at level debug, of a line of a member to whom another one wrote before."""
    room = Room(drawing("TEDDC", "Tyvem"), show_lines=True)
    one, two = room.member(), room.member()
    two.say("/msg TEDDC hi")
    before()
    with structlog.testing.capture_logs() as logs:
        one.say(line)
    return str(logs)


@pytest.mark.parametrize("word", [*WORDS, *MISTYPED])
@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000 "])
def test_no_log_has_private_words(word: str, blank: str) -> None:
    """Whether they were sent, or refused, or mistyped. Their command is logged."""
    log = logged(f"{word}{blank}{SECRET} {SECRET}")
    assert SECRET not in log
    assert "'line': " in log


def test_the_log_has_what_is_said_in_rooms() -> None:
    """With or without a command, and behind two slashes too."""
    for line in (SECRET, f"/me {SECRET}", f"/shrug {SECRET}", f"//msg Tyvem {SECRET}", f'"msg Tyvem {SECRET}"'):
        assert SECRET in logged(line)


@pytest.mark.parametrize("word", WORDS[:-1])
def test_a_bug_logs_no_private_words(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Not the line on which it happened, and not an exception that quotes it."""

    def sabotaged(_: ChatState, __: Address) -> str | None:
        raise RuntimeError(SECRET)

    log = logged(f"{word} {SECRET}", lambda: monkeypatch.setattr(Slices, "absence_of", sabotaged))
    assert "internal error" in log
    assert SECRET not in log


invisible = st.lists(st.sampled_from([each for each in strategies.NASTY if not set(each) & set("/\n\r")])).map("".join)


@given(invisible, invisible)
def test_what_nobody_sees_leaks_nothing(before: str, between: str) -> None:
    """Whatever characters stand before the slash or in the word: nobody else reads what follows the name."""
    room = Room(drawing("TEDDC", "Tyvem", "third"))
    one, two, three = room.member(), room.member(), room.member()
    one.say(f"{before}/ms{between}g Tyvem {SECRET}".encode(errors="surrogatepass"))
    mine, others = "".join(one.hears()), "".join(three.hears())
    if f"[you -> Tyvem] {SECRET}" in mine:
        assert f"[TEDDC -> you] {SECRET}" in "".join(two.hears())
        assert SECRET not in others
    elif "error" in mine:
        assert SECRET not in others
    else:  # something that everybody sees stands before the slash
        assert others.startswith("TEDDC: ")
        assert not others.removeprefix("TEDDC: ").lstrip(" \u200c\u200d\ufe0f").startswith("/")


def test_a_speaker_pays_for_private_words_as_for_any_line() -> None:
    """A flood of them ends with its bucket. Their reader does not pay."""
    policy = Policy(rate=2, prefix_rate=0, server_rate=0)
    room = Room(drawing("TEDDC", "Tyvem"), policy=policy)
    one, two = room.member(), room.member()
    room.now += BURST_SECONDS
    burst = int(policy.rate * BURST_SECONDS)
    for _ in range(2 * burst):
        one.send("/msg Tyvem psst")
    room.settle()
    assert two.hears() == ["[TEDDC -> you] psst"] * burst
    for _ in range(burst):
        two.send("hello")
    room.settle()
    assert two.hears() == ["Tyvem: hello"] * burst
    room.pass_time(QUIET)
    assert "error - slow down, 12 lines were not sent" in one.hears()


def test_a_speaker_reads_all_its_private_words() -> None:
    """Also long ones, which were paid for when they came: none is refused after it was sent, or said to be."""
    room = Room(drawing("TEDDC", "Tyvem"), policy=Policy(server_rate=0))
    one, two = room.member(), room.member()
    room.now += BURST_SECONDS
    for _ in range(3):
        one.send(f"/msg Tyvem {'x' * 7000}")
    room.settle()
    received = "".join(line.removeprefix("[TEDDC -> you] ") for line in two.hears())
    assert received == "x" * 21_000
    assert "".join(line.removeprefix("[you -> Tyvem] ") for line in one.hears()) == received
    room.pass_time(QUIET)
    assert one.hears() == []
