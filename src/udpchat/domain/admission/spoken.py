"""What a stranger said, as the gate reads it, and how long an answer would be in the dialect that it speaks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from udpchat.domain.admission.notices import Asked
from udpchat.domain.commands import COMMANDS
from udpchat.domain.datagram import RECORD_SEPARATOR, is_of_program
from udpchat.domain.dialects.json.decoder import SpokenHello, decode_one, records
from udpchat.domain.dialects.json.encoder import Encoder
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.event import Event
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.requests import Numbered
from udpchat.domain.text.line import Line
from udpchat.domain.text.lines import clean_lines

MAX_AROUND = 128  # bytes of an object around a line that the gate reads: its names, an id and the name of a room
MAX_READ = 16  # objects of a stranger's datagram; whoever sends more says something
MAX_ENTERING = 4  # objects in which a code, a key or a session is looked for: a ping or two may stand in front
MAX_HELLO = 2048  # bytes in which a code or a key is looked for: a hello with as many rooms as a client may be in

_OBJECTS = Encoder(MIN_DATAGRAM)


def first_words(payload: bytes, most: int) -> list[str]:
    """Return the words of the first line, as far as they are in so many bytes, or those of the line of an object."""
    if is_of_program(payload):
        text = payload[1 : 1 + most + MAX_AROUND].split(RECORD_SEPARATOR, 1)[0].strip()
        spoken = decode_one(text, most)
        line: Line = spoken.line if isinstance(spoken, Numbered) else ""
    else:
        line = clean_lines(payload[:most], 2 * most)[0]  # UTF-8 may be longer than UTF-16
    return line.split() if isinstance(line, str) else []


def words_to_enter(payload: bytes) -> list[str]:
    """Return what a program shows to be let in: the words in its hello, or behind `/enter` in its first line."""
    texts = payload[1:MAX_HELLO]
    if b"enter" not in texts.lower():  # nearly always: an address may be forged, and to read objects takes longer
        return []
    for text in texts.split(RECORD_SEPARATOR)[:MAX_ENTERING]:
        spoken = decode_one(text.strip(), MAX_HELLO)
        if isinstance(spoken, SpokenHello) and spoken.enter:
            return spoken.enter.split()
        if isinstance(spoken, Numbered):
            words = spoken.line.split() if isinstance(spoken.line, str) else []
            return words[1:] if words[:1] and words[0].lower() == "/enter" else []
    return []


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
