"""Nicknames for newcomers, made from random bits."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_lowercase

from udpchat.domain.text.nickname import Nickname

LETTERS = 5  # as in the original program: 26**5 = 11.9 million nicknames that differ in more than case
TRIES_PER_LENGTH = 1000  # before one letter is added; the first try succeeds in all but a huge room


def generate(entropy: int, is_taken: Callable[[Nickname], bool]) -> Nickname:
    """Return a nickname of random ASCII letters for which `is_taken` is false.

    `entropy` is a number of 64 random bits. The same entropy and the same taken nicknames give the same result. It has
    5 letters, or more if too many of those are taken. The search ends because its candidates all differ in more than
    case and grow longer.
    """
    length = LETTERS
    while True:
        names = len(ascii_lowercase) ** length
        for step in range(TRIES_PER_LENGTH):
            candidate = _spell((entropy + step) % names, entropy // names, length)
            if not is_taken(candidate):
                return candidate
        length += 1


def _spell(number: int, case: int, length: int) -> Nickname:
    """Return `number` in base 26 as `length` letters, with capitals where `case` has a bit."""
    letters = []
    for place in range(length):
        number, index = divmod(number, len(ascii_lowercase))
        letter = ascii_lowercase[index]
        letters.append(letter.upper() if case >> place & 1 else letter)
    return Nickname("".join(letters))
