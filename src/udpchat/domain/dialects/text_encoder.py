"""The text dialect: events -> lines of UTF-8, each with one line feed at its end and no other control character.

A client that wants it receives escape sequences besides, around names, and a BEL in front of a line. Nothing that
people send can have either: what they send is clean, every line is cleaned here once more, and only then are names put
in color.

Clients know these lines to the byte: docs/wire.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.colors import END, STYLE_BYTES, in_color, size_of_styles, style_of
from udpchat.domain.event import Bell, Event, Listing, Part, Sentence, Wording
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.text.bidi import LEFT_TO_RIGHT_MARK, is_right_to_left
from udpchat.domain.text.characters.gaps import MAX_GAP
from udpchat.domain.text.clean import UNPRINTABLE_BUT_LINE_FEEDS, UNPRINTABLE_TO_SPACE, clean
from udpchat.domain.text.wrapping import wrap

MIN_PIECE = 16  # bytes of a body that a line has at least, even behind a head that leaves less

_BETWEEN = ", "
_BEL = b"\x07"
_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))  # to format them for each line would take longer


def render(event: Event, limit: int, *, own: bool = False, look: Look = PLAIN, at: float = 0.0) -> list[bytes]:
    """Return the lines of an event, each of at most `limit` bytes (`limits.MIN_DATAGRAM` or more).

    `own` gives the wording for the client that caused the event. `at` is when it happened, in seconds since 1970 UTC.
    """
    if look is not PLAIN and look != PLAIN:
        return _render_look(event, limit, look, at, own=own)
    if event.__class__ is Said:  # nearly all lines of a busy room; the general way gives the same
        line = f"{event.nickname}: {event.text}".encode()
        if len(line) < limit and line == line.translate(UNPRINTABLE_TO_SPACE):
            return [line + b"\n"]
    lines: list[bytes] = []
    for sentence in event.own_sentences() if own else event.sentences():
        if isinstance(sentence, Sentence) and not sentence.body and not sentence.tail and sentence.at is None:
            words = ""  # short, and mostly plain
            for part in sentence.head:
                words += part if isinstance(part, str) else part.nickname
            if words.isascii() and words.isprintable():
                lines.append(words.encode() + b"\n")
                continue
        lines += _lines(sentence, limit, PLAIN, at)
    return lines


def render_said(events: Sequence[Said], limit: int) -> list[bytes] | None:
    """Return what `render` gives for all of these events, if they are plain and short. Otherwise return None."""
    whole = "".join([f"{event.nickname}: {event.text}\n" for event in events]).encode()
    if whole != whole.translate(UNPRINTABLE_BUT_LINE_FEEDS):
        return None
    lines = whole.splitlines(keepends=True)
    return lines if len(lines) == len(events) and max(map(len, lines)) <= limit else None


def _render_look(event: Event, limit: int, look: Look, at: float, *, own: bool) -> list[bytes]:
    """Return what `render` does for a look that is not plain.

    Many in a busy room may have one, so a plain line has a short way here, too.
    """
    if event.__class__ is Said:
        name = event.nickname
        line = f"{name}: {event.text}".encode()
        time = "" if look.time is None else _clock(at, look.time)
        size = len(time) + len(line) + (STYLE_BYTES if look.color else 0)
        if size < limit and line == line.translate(UNPRINTABLE_TO_SPACE):
            shown = f"{style_of(name)}{name}{END}" if look.color else name
            return [f"{time}{shown}: {event.text}\n".encode()]
    sentences = event.own_sentences() if own else event.sentences()
    return [line for sentence in sentences for line in _lines(sentence, limit, look, at)]


def render_lazily(
    event: Event, limit: int, look: Look = PLAIN, at: float = 0.0, *, own: bool = True
) -> Iterator[bytes]:
    """Yield the lines of an event, as `render` does. Make each when it is asked for."""
    for sentence in event.own_sentences() if own else event.sentences():
        yield from _lines(sentence, limit, look, at)


def _lines(sentence: Wording, limit: int, look: Look, at: float) -> Iterable[bytes]:
    if isinstance(sentence, Bell):
        return (_BEL,)
    if isinstance(sentence, Listing):
        return _rows(sentence, limit, look, at)
    head = sentence.head
    if sentence.at is not None:
        head = (_clock(sentence.at, look.time or 0), *head)
    elif look.time is not None:
        head = (_clock(at, look.time), *head)
    if not look.color:
        return _pieces(head, sentence.body, sentence.tail, limit)
    lines = _pieces(head, sentence.body, sentence.tail, limit - size_of_styles(head))
    return (in_color(line, head, limit) for line in lines)


def _pieces(head: Sequence[Part], body: str, tail: str | None, limit: int) -> Iterable[bytes]:
    if tail is not None:
        return (_cut(head, body, tail, limit),)
    if not body:
        return (_encode(_written(head)),)
    words = _written(head, followed=True)
    whole = _encode(words + body)
    if len(whole) <= limit:
        return (whole,)
    return (_encode(words + piece) for piece in wrap(body, max(MIN_PIECE, limit - len(_encode(words)))))


def _cut(head: Sequence[Part], body: str, tail: str, limit: int) -> bytes:
    """Return a line with as much of a body as there is room for, and the tail."""
    words = _written(head, followed=True)
    shown = next(wrap(body, max(MIN_PIECE, limit - len(_encode(f"{words}...{tail}")))))
    return _encode(f"{words}{shown}{'...' if shown != body else ''}{tail}")


def _rows(listing: Listing, limit: int, look: Look, at: float) -> Iterator[bytes]:
    """Yield one line with all entries, or several with the same head."""
    head = listing.head if look.time is None else f"{_clock(at, look.time)}{listing.head}"
    room = limit - len(_encode(head)) + len(_BETWEEN)
    row: list[str] = []
    named: list[Part] = []  # the parts of the row, if names are put in color
    size = 0
    for parts in listing.entries:
        entry = "".join([part if isinstance(part, str) else part.nickname for part in parts])
        size_of_entry = len(entry)
        if not entry.isascii():  # a list may have thousands of entries, and most are plain
            entry = _written(parts, followed=True)
            size_of_entry = len(entry.encode())
        more = size_of_entry + len(_BETWEEN)
        if look.color:
            more += size_of_styles(parts)
        if row and size + more > room:
            yield _row(head, row, named, limit)
            row, named, size = [], [], 0
        row.append(entry)
        if look.color:
            named += *parts, _BETWEEN
        size += more
    yield _row(head, row, named, limit)


def _row(head: str, row: Iterable[str], named: Sequence[Part], limit: int) -> bytes:
    line = _encode(head + _BETWEEN.join(row))
    return in_color(line, (head, *named), limit) if named else line


def _clock(at: float, offset: int) -> str:
    """Return hours and minutes of a time, `offset` minutes from UTC, as they stand in front of a line."""
    minute = (int(at // 60) + offset) % (24 * 60)
    return f"[{_TWO_DIGITS[minute // 60]}:{_TWO_DIGITS[minute % 60]}] "


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
