"""Text from a stranger -> text that is safe on a terminal.

Everything that people read stays: any script, accents, emoji. Characters go if they control a terminal, hide, or make
one line look like two: control characters (C0, DEL, C1), bidirectional overrides, isolates and marks, characters that
show nothing, tags. Control sequences go as a whole (see `control_sequences`). What separates words, fields, lines or
paragraphs becomes a space, so that words stay apart.

Some invisible characters stay where writing needs them: joiners (see `joiners`), and one variation selector after a
visible character. No character has more marks than writing needs. No run of blanks is so long that a terminal would
wrap it into what looks like a new line.

Sources: Unicode Standard Annex 44 (General_Category, Default_Ignorable_Code_Point).
"""

from __future__ import annotations

import re

from udpchat.domain.text.characters.control_sequences import remove_control_sequences
from udpchat.domain.text.characters.properties import SEPARATORS
from udpchat.domain.text.joiners import JOINERS, remove_misplaced_joiners
from udpchat.domain.text.marks import MAYBE_MARKS, remove_excess_marks, remove_leading_marks

MAX_BLANKS = 16  # in a row: enough to indent or align, too few to fill the rest of a terminal's line
WIDE_GAP = " " * (MAX_BLANKS + 1)

_PRINTABLE_ASCII = range(0x20, 0x7F)
# Bytes that equal their translation are printable ASCII. `str.isprintable` takes twice as long to say so.
UNPRINTABLE_TO_SPACE = bytes(byte if byte in _PRINTABLE_ASCII else ord(" ") for byte in range(256))

BLANK_SIGNS = "\u2800\U0001d159\U00016fe4"  # Braille, music, Khitan: they show nothing, but `\s` does not match them

_REMOVED_RANGES = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\xad\u034f"  # soft hyphen, grapheme joiner
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u17b4\u17b5"  # Khmer inherent vowels
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff"  # zero-width space and kin, byte order mark
    "\u2028\u2029"  # line and paragraph separator
    "\ud800-\udfff"  # surrogates
    "\ufff0-\ufffb"  # unassigned ignorables, interlinear annotation
    "\U00013430-\U0001343f"  # hieroglyph layout controls
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical format controls
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags, unassigned ignorables
)
_REMOVED = re.compile(f"[{_REMOVED_RANGES}]")
_SEPARATOR = re.compile(f"[{SEPARATORS}]")
_VARIATION_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_STRAY_SELECTOR = re.compile(  # it follows another one, or nothing visible
    rf"(?<![^\s{BLANK_SIGNS}{JOINERS}{_VARIATION_SELECTORS}])[{_VARIATION_SELECTORS}]"
)
_BLANKS = f"\xa0\u1680\u2000-\u200a\u202f\u205f\u3000{BLANK_SIGNS}"
_GAP = re.compile(f"[ {_BLANKS}]{{{MAX_BLANKS + 1},}}")
# A text may need a change only if it has one of these, or a wide gap of plain spaces.
_SUSPECT = re.compile(f"[{_REMOVED_RANGES}{_BLANKS}{JOINERS}{MAYBE_MARKS}]")


def clean(text: str, max_blanks: int = MAX_BLANKS) -> str:
    """Return `text` without the characters that the head of this module names.

    A gap of more than `MAX_BLANKS` blanks in a row is cut to `max_blanks`.
    """
    if WIDE_GAP not in text and ((text.isascii() and text.isprintable()) or not _SUSPECT.search(text)):
        return text
    visible = _REMOVED.sub("", _SEPARATOR.sub(" ", remove_control_sequences(text)))
    visible = remove_leading_marks(remove_excess_marks(visible))
    return _cut_gaps(remove_misplaced_joiners(_STRAY_SELECTOR.sub("", visible)), max_blanks)


def _cut_gaps(text: str, max_blanks: int) -> str:
    return _GAP.sub(lambda gap: gap[0][:max_blanks], text)
