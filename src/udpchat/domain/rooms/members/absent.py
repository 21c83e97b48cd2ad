"""A word that should mean a member, and means nobody who is here."""

from __future__ import annotations

import attrs

from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejection


@attrs.frozen
class NotHere(Rejection):
    """A command names somebody who is not on the server, by this `word`."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence((), self.word, " is not here")
