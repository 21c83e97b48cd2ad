"""Control sequences: text that a terminal obeys or a key sends, such as a colour, a title, or a cursor key.

Sources: ECMA-48 (control sequences, control strings, single shifts), ECMA-35 (escape sequences), console_codes(4).
"""

from __future__ import annotations

import re

_ST = "\x1b\\\\|\x9c"  # string terminator
_CONTENT = "[^\x00-\x07\x0e-\x1f\x7f-\x9f]*"  # of a control string; a title may have letters of any script
_SEQUENCE = re.compile(
    # CSI: parameters, intermediate bytes, a final byte. Function keys of the Linux console have a second bracket.
    "(?:\x1b\\[|\x9b)(?:\\[[@-~]?|[0-?]*[ -/]*[@-~]?)"
    # DCS, SOS, OSC, PM, APC: a string up to its end, which is BEL for xterm, and which CAN and SUB bring about
    f"|(?:\x1b[PX\\]^_]|[\x90\x98\x9d-\x9f])(?:{_CONTENT}(?:{_ST}|[\x07\x18\x1a])|[!-?][!-~]*)?"
    # SS2, SS3: the next character, before it numbers for the keys that are held
    "|(?:\x1b[NO]|[\x8e\x8f])[0-9;]*[!-~]?"
    # all other escape sequences; a slash behind the Escape key begins a command
    "|\x1b(?:%/|[ -.])*[0-~]?"
)


def remove_control_sequences(text: str) -> str:
    """Return `text` without its control sequences, each as a whole, with an introducer of 7 or 8 bits.

    A sequence that has no end goes as far as it has the form of one. Of a control string without an end, such as a
    title, the introducer goes, and the word behind it if that begins with a number or a sign, as parameters do. The
    rest stays: a key may have sent the introducer (Alt with `P` or `]`), and then the rest is what was to be said.
    """
    return _SEQUENCE.sub("", text)
