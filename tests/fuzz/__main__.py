"""Let atheris make up bytes: `make fuzz MINUTES=10`. What is interesting it keeps in the folder it is given.

With `--programs` as the first word, programs send them, as objects: `make fuzz MINUTES=10 OF=programs`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["udpchat"]):
    from tests.fuzz import harness, programs


def main() -> None:
    """Run until the time is over or something breaks."""
    name, *arguments = sys.argv
    target = programs if arguments[:1] == ["--programs"] else harness
    words = Path("build/dictionary")
    words.parent.mkdir(exist_ok=True)
    words.write_text(target.dictionary(), encoding="ascii")
    atheris.Setup([name, *(each for each in arguments if each != "--programs"), f"-dict={words}"], target.play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
