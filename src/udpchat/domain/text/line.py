"""What a line is: clean text, or the reason why there is none."""

from __future__ import annotations

import attrs

from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejection


@attrs.frozen
class LineTooLong(Rejection):
    """A line of `size` bytes, its line end not counted, where `limit` are allowed."""

    size: int
    limit: int

    def reason(self) -> Sentence:
        """Return both numbers."""
        return Sentence((f"line too long: {self.size} bytes, the limit is {self.limit}",))


Line = str | LineTooLong
"""A clean line, blank or with something in it, or the reason why there is none."""
