"""Sets of characters as ranges for a class of `re`, from the Unicode Character Database 15.0.0.

`python -m tests.domain.text.characters.tables` writes this file. Sources: Unicode Standard Annex 44 (the properties),
Unicode Standard Annex 9 (Bidi_Class).
"""

from __future__ import annotations

# Default_Ignorable_Code_Point
DEFAULT_IGNORABLE = (
    "\xad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

# General_Category Zs, all of them White_Space
SPACES = "\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"

# White_Space or Bidi_Class B, S, WS, and not Zs
SEPARATORS = "\x09-\x0d\x1c-\x1f\x85\u2028-\u2029"

# no White_Space, but the name says that they show nothing
BLANK_SIGNS = "\u2800\U00013441-\U00013442\U00016fe4\U0001d159"

# General_Category Cf, neither Default_Ignorable_Code_Point nor Prepended_Concatenation_Mark
INVISIBLE_FORMATS = "\ufff9-\ufffb\U00013430-\U0001343f"
