"""Compare with the file: `python -m tests.baseline.check`."""

from __future__ import annotations

import sys
from collections import Counter

from tests.baseline.hashes import differing

if __name__ == "__main__":
    found = differing()
    print(Counter(found.values()) or "unchanged", *[name for name, what in found.items() if what == "lines"][:5])  # noqa: T201 - it tells
    sys.exit(bool(found))
