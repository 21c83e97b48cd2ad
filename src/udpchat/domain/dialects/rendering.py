"""Events -> bytes in the look of whoever reads them: the one place that knows which dialect a look means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from udpchat.domain.dialects.json.encoder import NO_NUMBERS, Encoder, Numbers
from udpchat.domain.dialects.text_encoder import render, render_lazily
from udpchat.domain.event import Event
from udpchat.domain.rooms.members.look import PLAIN, Look


@attrs.define(eq=False)
class Renderer:
    """Writes lines or objects of at most `limit` bytes. `server` is what a program is told of the server.

    `at` is the time of what is written, in seconds since 1970 UTC. Lines of text have no `numbers`.
    """

    limit: int
    server: Mapping[str, str | int] = attrs.field(factory=dict)
    _objects: Encoder = attrs.field(init=False)

    @_objects.default
    def _(self) -> Encoder:
        return Encoder(self.limit, self.server)

    def render(
        self, event: Event, look: Look = PLAIN, at: float = 0.0, numbers: Numbers = NO_NUMBERS, *, own: bool = False
    ) -> list[bytes]:
        """Return an event as it is read: as the client does that caused it (`own`), or as the others do."""
        if look.json:
            return [] if look.lost else self._objects.encode(event, numbers, own=own)
        return render(event, self.limit, own=own, look=look, at=at)

    def render_lazily(
        self, event: Event, look: Look = PLAIN, at: float = 0.0, numbers: Numbers = NO_NUMBERS
    ) -> Iterator[bytes]:
        """Yield what `render` returns for the client that caused it. Make each line or object when it is asked for."""
        if look.json:
            return self._objects.encode_lazily(event, numbers, own=True)
        return render_lazily(event, self.limit, look, at)
