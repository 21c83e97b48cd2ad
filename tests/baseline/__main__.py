"""Write the hashes anew: `python -m tests.baseline`."""

from __future__ import annotations

import json

from tests.baseline.hashes import FILE, hashed


def main() -> None:
    """Write them."""
    FILE.write_text(json.dumps(hashed(), indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
