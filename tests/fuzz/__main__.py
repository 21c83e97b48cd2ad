"""Let atheris make up bytes: `make fuzz MINUTES=10`. What is interesting it keeps in the folder it is given.

With `--programs` as the first word, programs send them, as objects: `make fuzz MINUTES=10 OF=programs`. With
`--connections`, clients over TCP send them, in pieces: `make fuzz MINUTES=10 OF=connections`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["udpchat"]):
    from tests.fuzz import connections, harness, programs

TARGETS = {"--programs": programs, "--connections": connections}


def main() -> None:
    """Run until the time is over or something breaks."""
    name, *arguments = sys.argv
    target = TARGETS.get(arguments[0] if arguments else "", harness)
    words = Path("build/dictionary")
    words.parent.mkdir(exist_ok=True)
    words.write_text(target.dictionary(), encoding="ascii")
    atheris.Setup([name, *(each for each in arguments if each not in TARGETS), f"-dict={words}"], target.play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
