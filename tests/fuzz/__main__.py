"""Let atheris make up bytes: `make fuzz MINUTES=10`. What is interesting it keeps in the folder it is given."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["udpchat"]):
    from tests.fuzz.harness import dictionary, play


def main() -> None:
    """Run until the time is over or something breaks."""
    words = Path("build/dictionary")
    words.parent.mkdir(exist_ok=True)
    words.write_text(dictionary(), encoding="ascii")
    atheris.Setup([*sys.argv, f"-dict={words}"], play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
