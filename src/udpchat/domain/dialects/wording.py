"""Event -> the exact sentences. Every sentence the server says is in this file.

A sentence is UTF-8 that ends in one line feed and has no other control character. Clients and their tests know these
sentences to the byte: docs/wire.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from udpchat.domain.commands import grammar as command
from udpchat.domain.rejection import (
    LineTooLong,
    NetworkFull,
    NicknameMissing,
    NicknameReserved,
    NicknameTaken,
    NicknameUnfit,
    RecallUnclear,
    Rejection,
    RoomFull,
    RoomUnreachable,
    SlowDown,
    TooManyAnswers,
    UnknownCommand,
)
from udpchat.domain.rooms.event import (
    ClientsListed,
    Disconnected,
    Entered,
    Event,
    HelpShown,
    Left,
    ListQueried,
    NicknameChanged,
    NicknameSet,
    NothingMissed,
    NothingSaid,
    Recalled,
    Refused,
    Said,
    Welcomed,
)
from udpchat.domain.text.bidi import LEFT_TO_RIGHT_MARK, is_right_to_left
from udpchat.domain.text.clean import MAX_BLANKS, clean
from udpchat.domain.text.nickname import MAX_CHARACTERS
from udpchat.domain.text.wrapping import wrap


def sentences(event: Event, limit: int) -> list[bytes]:  # noqa: C901, PLR0912 - one case for each event, and no more
    """Return what is said of `event`: sentences of at most `limit` bytes (`MIN_DATAGRAM` or more), at least one."""
    match event:
        case Said():
            whole = _sentence(f"{_name(event.nickname)}: {event.text}")
            return [whole] if len(whole) <= limit else _in_pieces(_name(event.nickname), event.text, limit)
        case NicknameSet(old, new):
            return [_sentence(f"new nickname set {_name(old)}->{new}")]
        case NicknameChanged(old, new):
            return [_sentence(f"{_name(old)} changed their nickname to {new}")]
        case ClientsListed(clients):
            entries = (f"{address}:{_name(nickname)}" for address, nickname in clients)
            return list(_listed("showing connected clients: ", entries, limit))
        case ListQueried(nickname):
            return [_sentence(f"{_name(nickname)} queried connected client list")]
        case Recalled(lines) | Welcomed(lines):
            return [piece for line in lines for piece in _recalled(line, limit)]
        case NothingSaid():
            return [_sentence("showing history: nothing was said")]
        case NothingMissed():
            return [_sentence("you missed nothing")]
        case Disconnected():
            return [_sentence("you have been disconnected.")]
        case Left(nickname):
            return [_sentence(f"{_name(nickname)} has disconnected.")]
        case HelpShown():
            return [_sentence(f"{entry.usage} - {entry.does}") for entry in command.TABLE]
        case Entered(nickname):
            return [_sentence(f"you are in the room as {nickname}")]
        case Refused(why):
            return [_refused(why, limit)]
        case _:
            assert_never(event)


def code_asked(code: str, room: int) -> bytes:
    """Return what a stranger is asked for, in full or in short, or nothing where even that is over `room` bytes."""
    forms = (_sentence(f"to join, type: /enter {code}"), _sentence(f"/enter {code}"), b"")
    return next(form for form in forms if len(form) <= room)


def _sentence(words: str) -> bytes:
    """Return words as they are sent. Every sentence passes here, so nothing else can reach a terminal.

    One whose first letter is written from the right gets a mark in front by which its beginning stays at
    the left, or what follows could stand there and read like another's name (UAX 9, rules P2 and P3). Such marks that
    stand in `words` stay; what strangers send has none.
    """
    if words.isascii() and words.isprintable():  # nearly all are: a second look at the gaps of a clean line is spared
        return words.encode() + b"\n"
    most = MAX_BLANKS + 1  # one more than in a line, for the one before it
    shown = LEFT_TO_RIGHT_MARK.join(clean(part, most) for part in words.split(LEFT_TO_RIGHT_MARK))
    mark = LEFT_TO_RIGHT_MARK if is_right_to_left(next(filter(str.isalpha, shown), " ")) else ""
    return f"{mark}{shown}\n".encode()


def _name(nickname: str) -> str:
    """Return a name with a mark behind it if it is written from the right, or it would change places with what follows.

    (UAX 9, rule N1: what stands between two runs from the right goes with them.)
    """
    return f"{nickname}{LEFT_TO_RIGHT_MARK}" if is_right_to_left(nickname[0]) else nickname


def _in_pieces(speaker: str, said: str, limit: int) -> list[bytes]:
    room = limit - len(_sentence(f"{speaker}: "))
    return [_sentence(f"{speaker}: {piece}") for piece in wrap(said, room)]


def _recalled(line: Said, limit: int) -> list[bytes]:
    hours, minutes = divmod(int(line.at // 60) % (24 * 60), 60)
    return _in_pieces(f"[{hours:02}:{minutes:02}] {_name(line.nickname)}", line.text, limit)


def _listed(beginning: str, entries: Iterable[str], limit: int) -> Iterable[bytes]:
    """Yield one sentence of all entries, or where `limit` is too small several with the same beginning."""
    between = ", "
    room = limit - len(_sentence(beginning)) + len(between)
    row: list[str] = []
    size = 0
    for entry in entries:
        more = len((between + entry).encode())
        if row and size + more > room:
            yield _sentence(beginning + between.join(row))
            row, size = [], 0
        row.append(entry)
        size += more
    yield _sentence(beginning + between.join(row))


def _refused(why: Rejection, limit: int) -> bytes:  # noqa: C901, PLR0912 - one case for each reason
    match why:
        case LineTooLong(size, most):
            return _error(f"line too long: {size} bytes, the limit is {most}")
        case NicknameMissing():
            return _error("no nickname provided")
        case NicknameUnfit():
            return _error(f"a nickname is a letter, then up to {MAX_CHARACTERS - 1} letters, digits, - and _")
        case NicknameReserved(nickname):
            return _error(f"nickname {nickname} is reserved")
        case NicknameTaken(nickname):
            return _error(f"nickname {nickname} is already in use")
        case RecallUnclear():
            return _error("/history takes a number of lines, or a time: 10m, 2h or 3d")
        case UnknownCommand(word):
            room = limit - len(_error("unknown command ..., try /help"))
            shown = next(wrap(word, room))
            return _error(f"unknown command {shown}{'...' if shown != word else ''}, try /help")
        case SlowDown(lines):
            return _error(f"slow down, {lines} lines were not sent")
        case RoomFull():
            return _error("the room is full")
        case RoomUnreachable():
            return _error("the room is unreachable, your line was not sent")
        case TooManyAnswers():
            return _error("too many are being shown what was said, ask again in a minute")
        case NetworkFull():
            return _error("too many clients at your address")
        case _:
            assert_never(why)


def _error(words: str) -> bytes:
    return _sentence(f"error - {words}")
