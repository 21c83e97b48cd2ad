"""The text dialect: events -> lines of UTF-8, each with one line feed at its end and no other control character.

Clients know these lines to the byte: docs/wire.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from udpchat.domain.commands.talk import Said
from udpchat.domain.event import Event, Listing, Part, Sentence
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.text.bidi import LEFT_TO_RIGHT_MARK, is_right_to_left
from udpchat.domain.text.characters.gaps import MAX_GAP
from udpchat.domain.text.clean import UNPRINTABLE_BUT_LINE_FEEDS, UNPRINTABLE_TO_SPACE, clean
from udpchat.domain.text.wrapping import wrap

_BETWEEN = ", "


def render(event: Event, limit: int, *, own: bool = False, look: Look = PLAIN, at: float = 0.0) -> list[bytes]:
    """Return the lines of an event, each of at most `limit` bytes (`limits.MIN_DATAGRAM` or more).

    `own` gives the wording for the client that caused the event.
    """
    if event.__class__ is Said:  # nearly all lines of a busy room; the general way gives the same
        line = f"{event.nickname}: {event.text}".encode()
        if len(line) < limit and line == line.translate(UNPRINTABLE_TO_SPACE):
            return [line + b"\n"]
    lines: list[bytes] = []
    for sentence in event.own_sentences() if own else event.sentences():
        if isinstance(sentence, Sentence) and not sentence.body and not sentence.tail:  # short, and mostly plain
            words = ""
            for part in sentence.head:
                words += part if isinstance(part, str) else part.nickname
            if words.isascii() and words.isprintable():
                lines.append(words.encode() + b"\n")
                continue
        lines += _lines(sentence, limit)
    return lines


def render_said(events: Sequence[Said], limit: int) -> list[bytes] | None:
    """Return what `render` gives for all of these events, if they are plain and short. Otherwise return None."""
    lines = [f"{event.nickname}: {event.text}\n".encode() for event in events]
    whole = b"".join(lines)
    is_plain = whole == whole.translate(UNPRINTABLE_BUT_LINE_FEEDS) and whole.count(b"\n") == len(lines)
    return lines if is_plain and max(map(len, lines)) <= limit else None


def render_lazily(event: Event, limit: int, look: Look = PLAIN, at: float = 0.0) -> Iterator[bytes]:
    """Yield the lines of an event for the client that caused it, as `render` does. Make each when it is asked for."""
    for sentence in event.own_sentences():
        yield from _lines(sentence, limit)


def _lines(sentence: Sentence | Listing, limit: int) -> Iterable[bytes]:
    if isinstance(sentence, Listing):
        return _rows(sentence, limit)
    if sentence.tail is not None:
        return (_cut(sentence, sentence.tail, limit),)
    if not sentence.body:
        return (_encode(_written(sentence.head)),)
    head = _written(sentence.head, followed=True)
    whole = _encode(head + sentence.body)
    if len(whole) <= limit:
        return (whole,)
    return (_encode(head + piece) for piece in wrap(sentence.body, limit - len(_encode(head))))


def _cut(sentence: Sentence, tail: str, limit: int) -> bytes:
    """Return a sentence with as much of its body as there is room for, and its tail."""
    head = _written(sentence.head, followed=True)
    shown = next(wrap(sentence.body, limit - len(_encode(f"{head}...{tail}"))))
    return _encode(f"{head}{shown}{'...' if shown != sentence.body else ''}{tail}")


def _rows(listing: Listing, limit: int) -> Iterator[bytes]:
    """Yield one line with all entries, or several with the same head."""
    room = limit - len(_encode(listing.head)) + len(_BETWEEN)
    row: list[str] = []
    size = 0
    for parts in listing.entries:
        entry = "".join([part if isinstance(part, str) else part.nickname for part in parts])
        size_of_entry = len(entry)
        if not entry.isascii():  # a list may have thousands of entries, and most are plain
            entry = _written(parts, followed=True)
            size_of_entry = len(entry.encode())
        more = size_of_entry + len(_BETWEEN)
        if row and size + more > room:
            yield _encode(listing.head + _BETWEEN.join(row))
            row, size = [], 0
        row.append(entry)
        size += more
    yield _encode(listing.head + _BETWEEN.join(row))


def _written(parts: Sequence[Part], *, followed: bool = False) -> str:
    """Return parts as text.

    A name that is written from the right gets a mark behind it where something follows, or the two would change places
    (UAX 9, rule N1: what stands between two runs from the right goes with them).
    """
    last = None if followed else parts[-1]
    return "".join(
        part
        if isinstance(part, str)
        else f"{part.nickname}{LEFT_TO_RIGHT_MARK}"
        if part is not last and is_right_to_left(part.nickname[0])
        else part.nickname
        for part in parts
    )


def _encode(words: str) -> bytes:
    """Return words as they are sent. Every line passes here or the same test in `render`: the last barrier.

    A line whose first letter is written from the right gets a mark in front, which keeps its beginning at the left.
    Otherwise what follows could stand there and read like another's name (UAX 9, rules P2 and P3). Such marks in
    `words` are our own and stay; lines from strangers have none.
    """
    if words.isascii() and words.isprintable():
        return words.encode() + b"\n"
    most = MAX_GAP + 1  # columns: one more than in a line, for the one before it
    shown = LEFT_TO_RIGHT_MARK.join(clean(part, most) for part in words.split(LEFT_TO_RIGHT_MARK))
    mark = LEFT_TO_RIGHT_MARK if is_right_to_left(next(filter(str.isalpha, shown), " ")) else ""
    return f"{mark}{shown}\n".encode()
