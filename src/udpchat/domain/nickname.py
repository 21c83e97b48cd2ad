"""What a nickname is: generated, validated, compared.

A nickname is a letter A-Z or a-z and up to 23 more letters, digits, `-` and `_`. It holds no space and no colon, so
what stands before the first `: ` of a line is always its true sender, and no sentence of the server, which all have a
space after their first word, can be mistaken for one. The letter in front keeps it in front: a line that began with a
digit and went on in Hebrew would be shown from the right by a terminal that reorders text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import ascii_lowercase
from typing import NewType

from udpchat.domain.mistake import Mistake, NicknameUnfit

Nickname = NewType("Nickname", str)

MAX_CHARACTERS = 24  # fits beside a message on a terminal of 80 columns
GENERATED_CHARACTERS = 5  # as the original program had it: 26**5 = 11.9 million names that differ by more than case
TRIES_PER_LENGTH = 1000  # names tried before they get one letter longer; the first is free in all but a huge room

_FIT = re.compile(rf"[A-Za-z][A-Za-z0-9_-]{{0,{MAX_CHARACTERS - 1}}}")


def parse(text: str) -> Nickname:
    """Return `text` as a nickname; raise `Mistake` (`NicknameUnfit`) where it cannot be one."""
    if not _FIT.fullmatch(text):
        raise Mistake(NicknameUnfit())
    return Nickname(text)


def key(nickname: Nickname) -> str:
    """Return what two nicknames have in common when they count as the same: `Bob` and `bob` do."""
    return nickname.lower()


def generate(entropy: int, taken: Callable[[Nickname], bool]) -> Nickname:
    """Return a nickname of random ASCII letters for which `taken` is false.

    `entropy` is a number of 64 random bits; the same entropy and the same names taken give the same nickname. It has
    5 letters, or more where those run short. It always comes to an end: the names it tries all differ, in more than
    case, so it tries at most one more than are taken.
    """
    length = GENERATED_CHARACTERS
    while True:
        names = len(ascii_lowercase) ** length
        for step in range(TRIES_PER_LENGTH):
            candidate = _spell((entropy + step) % names, entropy // names, length)
            if not taken(candidate):
                return candidate
        length += 1


def _spell(number: int, case: int, length: int) -> Nickname:
    """Return the name that `number` is in base 26, a letter in upper case where `case` has a bit."""
    letters = []
    for place in range(length):
        number, index = divmod(number, len(ascii_lowercase))
        letter = ascii_lowercase[index]
        letters.append(letter.upper() if case >> place & 1 else letter)
    return Nickname("".join(letters))
