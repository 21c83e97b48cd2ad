"""What of a line may be kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.presence import InAlready
from udpchat.domain.commands.secrecy import without_secrets
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState

CODE = "k7f3qz"

blanks = st.text(" \xa0\u2003\u3000", max_size=3)
words = st.sampled_from([*COMMANDS, "/mgs", "/", "//", "//enter", "/ente\u0301r", "enter", "hello"]).flatmap(
    lambda word: st.tuples(*(st.sampled_from([each, each.upper()]) for each in word)).map("".join)
)
lines = st.tuples(blanks, words, blanks, st.sampled_from([CODE, CODE.upper(), ""]), blanks).map("".join)


def handled(line: str) -> tuple[list[Delivery], object]:
    """Return what a line of a member leads to, and the state afterwards."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    chat.handle(Input(0.0, 1, peer(port=1), ""))
    return chat.handle(Input(1.0, 2, peer(port=1), line)), snapshot(chat.state)


@given(lines)
def test_no_reply_depends_on_a_secret(line: str) -> None:
    """The chat does the same with what is kept of a command as with the whole line."""
    typed = line.lstrip()
    assert handled(typed) == handled(without_secrets(typed))


@given(lines)
def test_what_follows_a_secret_or_unknown_command_is_not_kept(line: str) -> None:
    """Blanks before the slash and the case of the word change nothing. All other lines are kept whole."""
    kept = without_secrets(line)
    assert line.startswith(kept)
    if any(isinstance(event, InAlready | UnknownCommand) for _, event in handled(line.lstrip())[0]):
        assert kept.split() == line.split(maxsplit=1)[:1]
    else:
        assert kept == line
