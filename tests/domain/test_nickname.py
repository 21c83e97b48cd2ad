"""Nicknames: generated, validated, compared."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udpchat.domain import nickname
from udpchat.domain.mistake import Mistake, NicknameUnfit
from udpchat.domain.nickname import Nickname

entropies = st.integers(0, 2**64 - 1)


@given(entropies)
def test_generated_nickname_has_five_letters(entropy: int) -> None:
    """Where nobody has it, a generated nickname has 5 ASCII letters, and is one that could be chosen."""
    generated = nickname.generate(entropy, lambda _: False)
    assert len(generated) == 5
    assert generated.isascii()
    assert generated.isalpha()
    assert nickname.parse(generated) == generated


@given(st.lists(entropies, max_size=50))
def test_generated_nicknames_are_unique(entropies: list[int]) -> None:
    """No two nicknames in a row of them are the same in any letter case, whatever the entropy."""
    keys: set[str] = set()
    for entropy in entropies:
        generated = nickname.generate(entropy, lambda name: nickname.key(name) in keys)
        assert nickname.key(generated) not in keys
        keys.add(nickname.key(generated))


@given(entropies, st.integers(0, 4000))
def test_generation_ends_though_names_run_short(entropy: int, taken: int) -> None:
    """However many of the names it tries are taken, it finds one after them, and tries none twice."""
    tried: list[str] = []

    def is_taken(name: Nickname) -> bool:
        tried.append(nickname.key(name))
        return len(tried) <= taken

    assert nickname.key(nickname.generate(entropy, is_taken)) == tried[-1]
    assert len(tried) == len(set(tried)) == taken + 1


@settings(max_examples=30)
@given(entropies)
def test_names_get_longer_when_short_ones_are_all_taken(entropy: int) -> None:
    """With every name of 5 and 6 letters taken, a nickname has 7."""
    assert len(nickname.generate(entropy, lambda name: len(name) < 7)) == 7


@given(st.text("aZ9-_ :,/\n\u0301"))
def test_a_nickname_holds_nothing_that_could_end_it(text: str) -> None:
    """What passes as a nickname is 1 to 24 ASCII characters, a letter first, with no space, colon, comma or slash."""
    with contextlib.suppress(Mistake):
        parsed = nickname.parse(text)
        assert parsed == text
        assert 1 <= len(parsed) <= 24
        assert parsed.isascii()
        assert parsed[0].isalpha()
        assert parsed.isprintable()
        assert not set(parsed) & set(" :,/\n")


@pytest.mark.parametrize("text", ["a", "client", "x" * 24, "R2-D2", "snake_case", "a-"])
def test_fit(text: str) -> None:
    """Letters, digits, minus and underscore are fit after a letter."""
    assert nickname.parse(text) == text


@pytest.mark.parametrize(
    "text", ["", "x" * 25, "a b", "a\n", "a:", "\N{LATIN SMALL LETTER E WITH ACUTE}", "a.b", "007", "-a", "_"]
)
def test_unfit(text: str) -> None:
    """Nothing else is."""
    with pytest.raises(Mistake) as caught:
        nickname.parse(text)
    assert caught.value.why == NicknameUnfit()


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,23}", fullmatch=True))
def test_letter_case_does_not_tell_nicknames_apart(text: str) -> None:
    """A name and its other spellings in letter case count as one."""
    name = nickname.parse(text)
    assert (
        nickname.key(nickname.parse(name.upper())) == nickname.key(nickname.parse(name.lower())) == nickname.key(name)
    )
