"""What can be known of a datagram by looking at it: whom it may be for, and which texts it has."""

from __future__ import annotations

import re
from functools import lru_cache

import attrs

from tests.domain.text.terminal import assert_fit_for_a_terminal
from udpchat.domain.dialects.colors import END, STYLES

RECALLED = re.compile("\u200e?\\[[0-9]{2}:[0-9]{2}\\] ")  # the beginning of a line that was said before
NUMBERED = re.compile(r"#([0-9]+)\.([0-9]+)(?![0-9])")  # a text that is told from all others: who said it, and which
SECRET = re.compile(r"secret[0-9]+")  # a name that only rooms have which are private, or will be at once
COLOR = re.compile("|".join(map(re.escape, (*STYLES, END))))
BELL = "\x07"
PROMPT = re.compile(r"(?:to join, type: |error - [a-z ]+, type: )?/enter ([a-z0-9]+)(?: KEY)?$")
TO_OUTSIDERS = re.compile(
    r"(?:to join, type: )?/enter (?:[a-z0-9]+|[a-z0-9]+ KEY|KEY)$|error - |you have been disconnected\.$"
)

Number = tuple[int, int]
"""The number of a speaker, and the number of one of its texts."""


def number_of(text: str) -> Number | None:
    """Return the number of a text; None if it has none."""
    found = NUMBERED.search(text)
    return (int(found[1]), int(found[2])) if found else None


@attrs.frozen
class Seen:
    """What can be known of a datagram by looking at it."""

    lines: tuple[Number, ...]  # the numbered ones
    recalled: tuple[str, ...]  # those that were said before
    looks: frozenset[str]  # what a client must have asked for
    secrets: frozenset[str]  # names of rooms
    prompt: str
    fit: bool
    for_outsiders: bool


@lru_cache(maxsize=1 << 14)
def is_fit(text: str) -> bool:
    """Say whether a line does nothing to a terminal."""
    try:
        assert_fit_for_a_terminal(text)
    except AssertionError:
        return False
    return True


@lru_cache(maxsize=4096)
def look_at(payload: bytes) -> Seen:
    """Return what a datagram says."""
    whole = payload.decode()
    looks = {look for look, begin in (("color", "\x1b"), ("bell", BELL)) if begin in whole}
    if "color" in looks:
        whole = COLOR.sub("", whole)
    whole = whole.removesuffix(BELL)  # the line to which it belongs is perhaps in the next datagram
    texts = [text.removeprefix(BELL) for text in whole.removesuffix("\n").split("\n")]
    fit = whole[-1:] in {"\n", ""} and all(map(is_fit, texts))
    recalled = tuple(filter(RECALLED.match, texts))
    found = (number_of(text) for text in texts if not RECALLED.match(text))
    prompt = PROMPT.match(texts[0])
    return Seen(
        tuple(number for number in found if number),
        recalled,
        frozenset(looks),
        frozenset(SECRET.findall(whole)),
        prompt[1] if prompt else "",
        fit,
        all(TO_OUTSIDERS.match(text) for text in texts),
    )
