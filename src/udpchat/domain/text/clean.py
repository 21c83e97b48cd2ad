"""Text from a stranger -> text that is safe on a terminal.

Everything that people read stays: any script, accents, emoji. Characters go if they control a terminal, hide, or make
one line look like two: control characters (C0, DEL, C1), bidirectional overrides, isolates and marks, characters that
show nothing, tags. Control sequences go as a whole (see `control_sequences`). What separates words, fields, lines or
paragraphs becomes a space, so that words stay apart.

Some invisible characters stay where writing needs them: joiners (see `joiners`), and one variation selector after a
visible character. No character has more marks than writing needs. No gap is so wide that what follows it could stand at
the beginning of another row of a terminal (see `gaps`).

Sources: Unicode Standard Annex 44 (General_Category, Default_Ignorable_Code_Point).
"""

from __future__ import annotations

import re

from udpchat.domain.text.characters.control_sequences import remove_control_sequences
from udpchat.domain.text.characters.gaps import BLANKS, MAX_GAP, cut_gaps
from udpchat.domain.text.characters.properties import (
    BLANK_SIGNS,
    DEFAULT_IGNORABLE,
    INVISIBLE_FORMATS,
    SEPARATORS,
)
from udpchat.domain.text.joiners import JOINERS, remove_misplaced_joiners
from udpchat.domain.text.marks import MAYBE_MARKS, remove_excess_marks, remove_leading_marks

WIDE_GAP = " " * (MAX_GAP + 1)


PRINTABLE_ASCII = bytes(range(0x20, 0x7F))
# Bytes that equal their translation are printable ASCII. `str.isprintable` takes twice as long to say so.
UNPRINTABLE_TO_SPACE = bytes(byte if byte in PRINTABLE_ASCII else ord(" ") for byte in range(256))
UNPRINTABLE_BUT_LINE_FEEDS = UNPRINTABLE_TO_SPACE[:10] + b"\n" + UNPRINTABLE_TO_SPACE[11:]

_VARIATION_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_CONTROLS = "\x00-\x1f\x7f-\x9f\ud800-\udfff"  # C0, DEL, C1, and surrogates, which UTF-8 cannot have
_HIDDEN = f"{_CONTROLS}{DEFAULT_IGNORABLE}{INVISIBLE_FORMATS}"
_REMOVED = re.compile(f"[{_HIDDEN}](?<![{JOINERS}{_VARIATION_SELECTORS}])")
_BLANKS = BLANKS.removeprefix(" ")
_SEPARATOR = re.compile(f"[{SEPARATORS}]")
_STRAY_SELECTOR = re.compile(  # it follows another one, or nothing visible
    rf"(?<![^\s{BLANK_SIGNS}{JOINERS}{_VARIATION_SELECTORS}])[{_VARIATION_SELECTORS}]"
)
# A text may need a change only if it has one of these, or a wide gap of plain spaces.
_SUSPECT = re.compile(f"[{_HIDDEN}{SEPARATORS}{_BLANKS}{MAYBE_MARKS}]")


def clean(text: str, max_gap: int = MAX_GAP) -> str:
    """Return `text` without the characters that the head of this module names, and with gaps of `max_gap` columns."""
    if WIDE_GAP not in text and ((text.isascii() and text.isprintable()) or not _SUSPECT.search(text)):
        return text
    visible = _REMOVED.sub("", _SEPARATOR.sub(" ", remove_control_sequences(text)))
    visible = remove_leading_marks(remove_excess_marks(cut_gaps(visible, max_gap)))
    return remove_misplaced_joiners(_STRAY_SELECTOR.sub("", visible))
