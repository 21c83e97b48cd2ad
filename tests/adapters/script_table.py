"""Make the table of scripts: `python -m tests.adapters.script_table [FOLDER]`.

FOLDER has the files of the Unicode Character Database, as in Debian's package unicode-data. The table has the property
Script_Extensions of letters, marks and decimal digits, the characters of nicknames: each line is the first and the last
character of a range, and their scripts by the codes of ISO 15924. A range may span characters that are none of these.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from udpchat.adapters import unicode

TABLE = Path(unicode.__file__).with_name("script_extensions.txt")
DATABASE = Path("/usr/share/unicode")


def rows(file: Path) -> Iterator[list[str]]:
    """Yield the fields of the lines of a file of the database."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if fields := line.partition("#")[0].strip():
            yield [field.strip() for field in fields.split(";")]


def values(file: Path) -> dict[int, str]:
    """Return the value of each character that a file of the database lists."""
    found = {}
    for characters, value, *_ in rows(file):
        first, _, last = characters.partition("..")
        found.update(dict.fromkeys(range(int(first, 16), int(last or first, 16) + 1), value))
    return found


def table(folder: Path) -> str:
    """Return the table."""
    source = folder / "ScriptExtensions.txt"
    heading, _, terms, *_ = source.read_text(encoding="utf-8").splitlines()
    codes = {fields[2]: fields[1] for fields in rows(folder / "PropertyValueAliases.txt") if fields[0] == "sc"}
    kinds = values(folder / "extracted" / "DerivedGeneralCategory.txt")
    scripts = {point: codes[script] for point, script in values(folder / "Scripts.txt").items()}
    scripts |= values(source)
    ranges: list[tuple[int, int, str]] = []
    for point, each in sorted(scripts.items()):
        if kinds[point][0] not in "LM" and kinds[point] != "Nd":
            continue
        if ranges and ranges[-1][2] == each:
            ranges[-1] = ranges[-1][0], point, each
        else:
            ranges.append((point, point, each))
    version = heading.removeprefix("# ScriptExtensions-").removesuffix(".txt")
    lines = (f"{first:X} {last:X} {each}" for first, last, each in ranges)
    return "\n".join(
        (
            f"# Script_Extensions of letters, marks and decimal digits, Unicode {version}",
            "# Made from Scripts.txt and ScriptExtensions.txt by `python -m tests.adapters.script_table`.",
            terms,
            "# For terms of use, see https://www.unicode.org/terms_of_use.html",
            *lines,
            "",
        )
    )


if __name__ == "__main__":
    TABLE.write_text(table(Path(sys.argv[1]) if sys.argv[1:] else DATABASE), encoding="utf-8")
