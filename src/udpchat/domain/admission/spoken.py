"""What a stranger said, as the gate reads it, and how long an answer would be in the dialect that it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from udpchat.domain.admission.notices import Asked
from udpchat.domain.commands import COMMANDS
from udpchat.domain.datagram import RECORD_SEPARATOR, is_of_program
from udpchat.domain.dialects.json.decoder import decode_one, records
from udpchat.domain.dialects.json.encoder import Encoder
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.event import Event
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.requests import Numbered
from udpchat.domain.text.line import Line
from udpchat.domain.text.lines import clean_lines

MAX_AROUND = 128  # bytes of an object around a line that the gate reads: its names, an id and the name of a room
MAX_READ = 16  # objects of a stranger's datagram; whoever sends more says something

_OBJECTS = Encoder(MIN_DATAGRAM)


def first_words(payload: bytes, most: int, objects: int = 1) -> list[str]:
    """Return the words of the first line, as far as they are in so many bytes.

    For a program, that is the first line among so many objects.
    """
    if is_of_program(payload):
        texts = payload[1 : 1 + most + MAX_AROUND].split(RECORD_SEPARATOR)
        spoken = (decode_one(text.strip(), most) for text in texts[:objects])
        line: Line = next((each.line for each in spoken if isinstance(each, Numbered)), "")
    else:
        line = clean_lines(payload[:most], 2 * most)[0]  # UTF-8 may be longer than UTF-16
    return line.split() if isinstance(line, str) else []


def says_nothing(payload: bytes) -> bool:
    """Return whether a datagram has only blank lines, and commands that say nothing."""
    return not any(_says(line) for line in _lines(payload))


def _lines(payload: bytes) -> Iterable[Line]:
    if not is_of_program(payload):
        return clean_lines(payload, len(payload))
    texts = records(payload)
    spoken = (decode_one(text, len(payload)) for text in islice(texts, MAX_READ))
    lines = [each.line for each in spoken if isinstance(each, Numbered)]
    return [*lines, "..."] if len(texts) > MAX_READ else lines


def _says(line: Line) -> bool:
    if not isinstance(line, str) or not line:
        return line != ""
    if line[0] != "/" or line[:2] == "//":
        return True
    command = COMMANDS.get(line.split(maxsplit=1)[0].lower())
    return command is not None and command.speaks


def size_for(payload: bytes, answer: Event) -> int:
    """Return the bytes that whoever sent this payload would be sent as an answer."""
    if is_of_program(payload):
        return sum(map(len, _OBJECTS.encode(answer)))
    return answer.size if isinstance(answer, Asked) else sum(map(len, render(answer, MIN_DATAGRAM)))
