"""Let atheris make up bytes: `make fuzz MINUTES=10`. What is interesting it keeps in the folder it is given."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["udpchat"]):
    from tests.fuzz.harness import play


def main() -> None:
    """Run until the time is over or something breaks."""
    atheris.Setup(sys.argv, play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
