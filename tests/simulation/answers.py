"""What people are shown again of what was said, in answer to a question and as they come in.

What must hold, with the name that a failure shows:

    answer      an answer to /history or /missed, and what a newcomer is shown, are lines that were said, in that order,
                none too old by a time that no other contradicts; each who is answered gets the sentences of it in
                order, and to the last unless it leaves, asks again or the server ends; what a newcomer gets unasked
                may be the last of them alone
    amplify     what a newcomer that has not proven itself is shown unasked is at most three bytes for each that it sent
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import attrs

from tests.simulation.peers import Peer
from tests.simulation.seen import COLOR
from tests.simulation.world import check
from udpchat.domain.address import Address
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.commands.history import HistoryShown, HistoryShownOnJoin
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.rooms.history.log import DAY, STEP
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.members.look import Look
from udpchat.domain.text.nickname import Nickname


@lru_cache(maxsize=1 << 14)
def shown_as(kind: type[Message], line: tuple[Nickname, str, float], limit: int, look: Look) -> tuple[str, ...]:
    """Return the sentences that show a line again to a client with a look, without their colors."""
    sentences = render(HistoryShown((kind(*line),)), limit, look=look)
    return tuple(COLOR.sub("", sentence.decode().removesuffix("\n")) for sentence in sentences)


def key_of(line: Message) -> tuple[Nickname, str, float]:
    """Return what tells a line from others."""
    return line.nickname, line.text, line.at


@attrs.define(eq=False)
class Shown:
    """The answers to one peer, and where in them it may be by what it was sent so far."""

    answers: list[tuple[Sequence[str], bool]] = attrs.field(factory=list)  # sentences, and whether it did not ask
    places: set[tuple[int, int]] = attrs.field(factory=lambda: {(-1, 0)})  # of an answer, and of its next sentence
    excused: int = 0  # answers that it was given before it left last: they may have no end

    def take(self, sentence: str) -> bool:
        """Go on by a sentence that was sent; return whether it is one that may come now."""
        places: set[tuple[int, int]] = set()
        for answer, place in self.places:
            for number in range(max(answer, 0), len(self.answers)):
                sentences, unasked = self.answers[number]
                at = place if number == answer else 0
                if unasked and sentence in sentences[at:]:
                    places.add((number, sentences.index(sentence, at) + 1))
                elif at < len(sentences) and sentences[at] == sentence:
                    places.add((number, at + 1))
        self.places = places
        first = min(places)[0] if places else 0
        self.answers[:first] = [((), False)] * first  # none of them is gone on with
        return bool(places)

    @property
    def unasked(self) -> bool:
        """Whether it has not asked for what it was sent last, as far as can be told."""
        return all(self.answers[answer][1] for answer, _ in self.places)

    @property
    def ended(self) -> bool:
        """Whether nothing is missing at the end of what it was sent last."""
        return any(
            answer < self.excused or self.answers[answer][1] or place == len(self.answers[answer][0])
            for answer, place in self.places
        )


@attrs.define(eq=False)
class Answers:
    """All that people are shown again; `said` is everything that was said in the room, ever, in order."""

    max_datagram: int
    rules: Rules
    said: list[Message] = attrs.field(factory=list)
    shown: dict[Address, Shown] = attrs.field(factory=dict)
    count: int = 0  # sentences

    def given(self, to: Address, event: HistoryShown, at: float, look: Look) -> None:
        """Look at an answer that the chat gives to a client with a look."""
        newest_first = reversed(self.said)
        check(all(line in newest_first for line in reversed(event.messages)), "answer", "not what was said", str(to))
        oldest = at - self.rules.history_days * DAY - STEP
        if self.rules.history_days and any(line.at < oldest for line in event.messages):
            in_doubt = self.in_doubt()
            ages_known = [line for line in event.messages if key_of(line) not in in_doubt]
            check(all(line.at >= oldest for line in ages_known), "answer", "too old", str(to))
        limit = self.max_datagram
        sentences = [each for line in event.messages for each in shown_as(line.__class__, key_of(line), limit, look)]
        shown = self.shown.setdefault(to, Shown())
        shown.answers.append((sentences, isinstance(event, HistoryShownOnJoin)))

    def in_doubt(self) -> set[tuple[Nickname, str, float]]:
        """Return the lines that have a later time than a line after them, or an earlier one than a line before them.

        One of the two was said by a wrong clock, and nobody can tell which. All other lines agree with each other, so
        the server must go by their times.
        """
        times = [line.at for line in self.said]
        latest_before = accumulate(times, max)
        earliest_after = reversed([*accumulate(reversed(times), min)])
        lines = zip(self.said, latest_before, earliest_after, strict=True)
        return {key_of(line) for line, latest, earliest in lines if not latest <= line.at <= earliest}

    def left(self, address: Address) -> None:
        """Note that somebody is not in the room any more."""
        if address in self.shown:
            self.shown[address].excused = len(self.shown[address].answers)

    def sent(self, peer: Peer, sentence: str) -> None:
        """Look at a sentence of an answer that is sent."""
        self.count += 1
        if peer.bounces:  # after a report it may come twice
            return
        shown = self.shown.get(peer.address)
        check(shown and shown.take(sentence), "answer", "out of order", sentence, str(peer.address))
        if shown and shown.unasked and not peer.proven:
            peer.unasked += len(sentence.encode()) + 1
            check(peer.unasked <= MAX_AMPLIFICATION * peer.came, "amplify", peer.unasked, peer.came, str(peer.address))

    def look_at_ends(self, excused: set[Address]) -> None:
        """Check that all who are being shown something were shown it to the end."""
        cut = [str(where) for where, shown in self.shown.items() if where not in excused and not shown.ended]
        check(not cut, "answer", "cut", cut)
