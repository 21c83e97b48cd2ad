"""Nicknames for newcomers are generated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.room import NAMES, entropy_for
from udpchat.domain.text.nickname import Nickname
from udpchat.domain.text.nickname_generator import generate

entropies = st.integers(0, 2**64 - 1)


@given(entropies)
def test_generated_nickname_has_five_letters(entropy: int) -> None:
    """In an empty room a generated nickname has 5 ASCII letters, and is one that a client could choose."""
    generated = generate(entropy, NAMES.is_reserved)
    assert len(generated) == 5
    assert generated.isascii()
    assert generated.isalpha()
    assert NAMES.fit(generated) == generated


@given(st.lists(entropies, max_size=50))
def test_generated_nicknames_are_unique(entropies: list[int]) -> None:
    """Of several nicknames generated in turn no two look alike, whatever the entropy."""
    keys: set[str] = set()

    def is_taken(name: Nickname) -> bool:
        return not keys.isdisjoint(NAMES.keys(name))

    for entropy in entropies:
        generated = generate(entropy, is_taken)
        assert keys.isdisjoint(NAMES.keys(generated))
        keys |= NAMES.keys(generated)


@given(entropies, st.integers(0, 4000))
def test_generation_ends_though_names_run_short(entropy: int, taken: int) -> None:
    """However many candidates are taken, the search ends with the first free one, and tries none twice."""
    tried: list[str] = []

    def is_taken(name: Nickname) -> bool:
        tried.append(name.lower())
        return len(tried) <= taken

    assert generate(entropy, is_taken).lower() == tried[-1]
    assert len(tried) == len(set(tried)) == taken + 1


@settings(max_examples=30)
@given(entropies)
def test_names_get_longer_when_short_ones_are_all_taken(entropy: int) -> None:
    """If every name of 5 and 6 letters is taken, a nickname has 7."""
    assert len(generate(entropy, lambda name: len(name) < 7)) == 7


@pytest.mark.parametrize(
    ("taken", "nickname"), [(0, "TeddC"), (1, "UeddC"), (999, "EredC"), (1000, "teddcr"), (1001, "ueddcr")]
)
def test_the_same_entropy_gives_the_same_nicknames_in_every_version(taken: int, nickname: str) -> None:
    """A replay gives newcomers the nicknames that they had: so many candidates were taken before."""
    tried: list[str] = []

    def is_taken(name: Nickname) -> bool:
        tried.append(name)
        return len(tried) <= taken

    assert generate(entropy_for("TeddC"), is_taken) == nickname
