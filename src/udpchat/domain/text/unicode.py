"""The port through which nicknames use the tables of the Unicode standard.

The standard library lacks these tables, and the library that has them reads a file when it is imported. The domain must
not do that.
"""

from __future__ import annotations

from typing import Protocol


class Unicode(Protocol):
    """The tables of the Unicode standard that the rules for nicknames need."""

    @property
    def version(self) -> str:
        """The version of the tables: with another one, other names may be accepted or count as the same."""

    def scripts(self, character: str) -> frozenset[str]:
        """Return the scripts that use `character`, by their codes in ISO 15924 (Unicode Standard Annex 24)."""

    def enforce(self, name: str) -> str | None:
        """Return `name` in the normal form of RFC 8266, or None if that RFC does not allow it as a nickname."""

    def skeleton(self, name: str) -> str:
        """Return the skeleton of `name`: names that look alike share it (Unicode Technical Standard 39, section 4)."""
