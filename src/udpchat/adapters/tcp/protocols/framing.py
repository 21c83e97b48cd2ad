"""Bytes -> whole lines, with a bound on a line that does not end."""

from __future__ import annotations

import attrs


@attrs.define(eq=False)
class LineFramer:
    """Joins the pieces of lines. A line of more than `limit` bytes is cut and ended; the rest of it is skipped.

    The beginning of such a line is returned, one byte longer than allowed, so that its sender reads the same error as
    over UDP. `partial` is the beginning of a line that is not ended.
    """

    limit: int
    skipping: bool = attrs.field(default=False, init=False)
    partial: bytes = attrs.field(default=b"", init=False)

    def feed(self, data: bytes) -> bytes:
        """Return the lines that these bytes complete, each with its line feed."""
        if self.skipping:
            _, feed, data = data.partition(b"\n")
            self.skipping = not feed
        whole, feed, rest = data.rpartition(b"\n")
        if feed:
            whole = b"%b%b\n" % (self.partial, whole)
        else:
            rest = self.partial + rest
        if len(rest) > self.limit:
            whole += b"%b\n" % rest[: self.limit + 1]
            self.skipping, rest = True, b""
        self.partial = rest
        return whole

    def rest(self) -> bytes:
        """Return the line that was not ended, with a line feed, or b"" if there is none: nothing more comes."""
        rest, self.partial = self.partial, b""
        return rest and rest + b"\n"
