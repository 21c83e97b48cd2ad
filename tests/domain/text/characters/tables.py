"""Write `udpchat/domain/text/characters/properties.py`: `python -m tests.domain.text.characters.tables FOLDER`.

FOLDER has `UnicodeData.txt`, `PropList.txt` and `DerivedCoreProperties.txt` of the Unicode Character Database, which
are at https://www.unicode.org/Public/UCD/latest/ucd/ and in Debian's package unicode-data.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap

import attrs

from udpchat.domain.text import characters

TABLES = Path(characters.__file__).with_name("properties.py")
HEAD = '''"""Sets of characters as ranges for a class of `re`, from the Unicode Character Database {version}.

`python -m tests.domain.text.characters.tables` writes this file. Sources: Unicode Standard Annex 44 (the properties),
Unicode Standard Annex 9 (Bidi_Class).
"""

from __future__ import annotations
'''
WIDTH = 110  # characters of a row
SEPARATES = {"B", "S", "WS"}  # Bidi_Class: what ends a paragraph or a field, and white space
BLANK_NAME = re.compile(r"\b(BLANK|FILLER|NULL NOTEHEAD)\b(?! SYMBOL)")  # BLANK SYMBOL is a picture of a blank


@attrs.frozen
class Character:
    """What `UnicodeData.txt` says about a character."""

    name: str
    category: str
    bidi: str


def characters_of(data: str) -> dict[int, Character]:
    """Return the characters that have a name of their own, by code point."""
    rows = (line.split(";") for line in data.splitlines())
    return {int(row[0], 16): Character(row[1], row[2], row[4]) for row in rows}


def having(data: str, name: str) -> set[int]:
    """Return the code points that have a property in a file of properties."""
    found = re.findall(rf"^([0-9A-F]+)(?:\.\.([0-9A-F]+))? *; {name} ", data, re.MULTILINE)
    return {point for first, last in found for point in range(int(first, 16), int(last or first, 16) + 1)}


def as_ranges(points: Iterable[int]) -> list[str]:
    """Return code points as the ranges of a class of `re`, in order."""
    ranges: list[list[int]] = []
    for point in sorted(points):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return [escaped(first) + ("-" + escaped(last) if last > first else "") for first, last in ranges]


def escaped(point: int) -> str:
    """Return a code point as Python writes it in a string."""
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def assignment(name: str, points: Iterable[int]) -> str:
    """Return the assignment of a set to a name, on as many lines as it needs."""
    rows = wrap(" ".join(as_ranges(points)), WIDTH)
    if len(rows) == 1:
        return f'{name} = "{rows[0].replace(" ", "")}"\n'
    return f"{name} = (\n" + "".join(f'    "{row.replace(" ", "")}"\n' for row in rows) + ")\n"


def tables(folder: Path) -> str:
    """Return the text of the module."""
    unicode_data, properties, derived = (
        (folder / f"{name}.txt").read_text(encoding="utf-8")
        for name in ("UnicodeData", "PropList", "DerivedCoreProperties")
    )
    found = characters_of(unicode_data)
    ignorable = having(derived, "Default_Ignorable_Code_Point")
    white_space = having(properties, "White_Space")
    visible_formats = having(properties, "Prepended_Concatenation_Mark")
    spaces = {point for point, each in found.items() if each.category == "Zs"}
    version = re.findall(r"-([0-9.]+)\.txt", derived)[0]
    sets = {
        "DEFAULT_IGNORABLE": ("Default_Ignorable_Code_Point", ignorable),
        "SPACES": ("General_Category Zs, all of them White_Space", spaces),
        "SEPARATORS": (
            "White_Space or Bidi_Class B, S, WS, and not Zs",
            (white_space | {point for point, each in found.items() if each.bidi in SEPARATES}) - spaces,
        ),
        "BLANK_SIGNS": (
            "no White_Space, but the name says that they show nothing",
            {
                point
                for point, each in found.items()
                if BLANK_NAME.search(each.name) and each.category[0] != "P" and point not in ignorable
            },
        ),
        "INVISIBLE_FORMATS": (
            "General_Category Cf, neither Default_Ignorable_Code_Point nor Prepended_Concatenation_Mark",
            {point for point, each in found.items() if each.category == "Cf"} - ignorable - visible_formats,
        ),
    }
    lines = [f"\n# {comment}\n{assignment(name, points)}" for name, (comment, points) in sets.items()]
    return HEAD.format(version=version) + "".join(lines)


if __name__ == "__main__":
    TABLES.write_text(tables(Path(sys.argv[1])), encoding="utf-8")
