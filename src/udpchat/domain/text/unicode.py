"""What nicknames need of the Unicode standard's tables."""

from __future__ import annotations

from typing import Protocol


class Unicode(Protocol):
    """What nicknames need of the Unicode standard's tables."""

    def enforce(self, name: str) -> str | None:
        """Return `name` as RFC 8266 has it, or None where it cannot be a nickname."""

    def skeleton(self, name: str) -> str:
        """Return what `name` has in common with all that look like it (Unicode Technical Standard 39, section 4)."""
