"""Control sequences are removed as a whole."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from udpchat.domain.text.characters.control_sequences import remove_control_sequences
from udpchat.domain.text.lines import clean_lines

# The last byte is left to `sequences`, which may leave it out.
PARAMETERS = st.text(st.characters(min_codepoint=0x30, max_codepoint=0x3F), max_size=5)
INTERMEDIATES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2F), max_size=2)
FINALS = st.characters(min_codepoint=0x40, max_codepoint=0x7E)
CONTENT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=10)


def introducers(letters: str) -> st.SearchStrategy[str]:
    """Return functions of ECMA-48 with 7 bits, and with 8 bits (the C1 character of the same letter)."""
    both = [f"\x1b{letter}" for letter in letters] + [chr(ord(letter) + 0x40) for letter in letters]
    return st.sampled_from(both)


CSI = st.tuples(introducers("["), PARAMETERS, INTERMEDIATES, FINALS).filter(lambda each: each[3] != "[")
STRINGS = st.tuples(introducers("PX]^_"), CONTENT, st.sampled_from(["\x07", "\x1b\\", "\x9c", "\x18", "\x1a"]))
SHIFTS = st.tuples(introducers("NO"), st.sampled_from(["A", "P", "5P", "1;2S", "~"]))
ESCAPES = st.tuples(st.sampled_from(["\x1bc", "\x1b7", "\x1b(B", "\x1b#8", "\x1b%G", "\x1b%/G", "\x1b=", "\x1bb"]))
sequences = st.one_of(CSI, STRINGS, SHIFTS, ESCAPES).map("".join)


@given(st.lists(st.tuples(st.text(st.characters(categories=["L", "N"]), min_size=1), sequences), max_size=8))
def test_a_sequence_goes_whole(pairs: list[tuple[str, str]]) -> None:
    """Of text with control sequences in between, the text is left and nothing else."""
    said = "".join(text + sequence for text, sequence in pairs)
    assert remove_control_sequences(said) == "".join(text for text, _ in pairs)


@given(sequences, st.sampled_from(["/list", "//list", "\u00e9"]))
def test_a_key_before_a_command_is_no_text(sequence: str, line: str) -> None:
    """A line that begins with a control sequence, such as that of a cursor key, is read as if it were not there."""
    assert clean_lines(f"{sequence}{line}\n".encode(), 1000) == [line]


@given(CSI.map("".join), st.data())
def test_a_sequence_without_an_end_goes_too(sequence: str, data: st.DataObject) -> None:
    """A sequence that a line end or another script cuts off goes as far as it was sent."""
    cut = sequence[: data.draw(st.integers(1, len(sequence) - 1))]
    for rest in ("", "\u00e9t\u00e9"):
        assert clean_lines(f"a{cut}{rest}\n".encode(), 1000) == [f"a{rest}"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("\x1b]0;title", ""),
        ("\x1b]0;title of a window", " of a window"),
        ("\x9d8;;http://example.org\u00e9", "\u00e9"),
        ("\x1bP1$r0m", ""),
        ("\x1bPlease read the whole of this", "lease read the whole of this"),  # Alt and P, then text
        ("\x1b]hello\x1b[D", "hello"),  # the end of another sequence is not the end of a string
        ("\x1b^\x1b_\x1bX\x90\x98\x9e\x9fhello", "hello"),
    ],
)
def test_a_string_without_an_end_swallows_no_message(sent: str, said: str) -> None:
    """A string that is not ended loses its introducer and its first parameter, and not the rest of a long line."""
    assert remove_control_sequences(sent) == said


@pytest.mark.parametrize(
    "sent", ["\x1b/list", "\x1b\x1b/list", "\x1b /list", "\x1b[[A/list", "\x1bOA/list", "\x1b[200~/list"]
)
def test_keys_before_a_command(sent: str) -> None:
    """The Escape key, function keys, cursor keys and a bracketed paste before a command leave it a command."""
    assert clean_lines(sent.encode(), 100) == ["/list"]


@pytest.mark.parametrize(
    "piece", ["\x1b]", "\x9d", "\x1b[", "\x9b", "\x1bP0", "\x1b", "\x1b%/", "\x1b]0;\x07", "\x1bO1;"]
)
def test_many_sequences_take_little_time(piece: str) -> None:
    """Each character is looked at a few times at most, however many sequences begin and do not end."""
    assert not re.search("[\x1b\x80-\x9f]", remove_control_sequences(piece * (60_000 // len(piece))))


@given(strategies.text)
def test_no_introducer_stays(said: str) -> None:
    """After the removal, no escape character is left."""
    assert "\x1b" not in remove_control_sequences(said)
