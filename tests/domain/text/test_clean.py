"""Text becomes safe on a terminal, and stays readable."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.text.terminal import assert_fit_for_a_terminal
from udpchat.domain.text.clean import clean


@pytest.mark.parametrize("plane", range(17))
def test_every_character_alone(plane: int) -> None:
    """Every character of Unicode, between two letters, is fit for a terminal or removed.

    In planes that are unassigned or for private use, every 15th character is tried.
    """
    for point in range(plane * 0x10000, (plane + 1) * 0x10000, 1 if plane in {0, 1, 2, 3, 14} else 15):
        assert_fit_for_a_terminal(clean(f"a{chr(point)}b"))


@given(strategies.text)
def test_cleaning_twice_is_cleaning_once(said: str) -> None:
    """Cleaning changes nothing in a text that is clean."""
    assert clean(clean(said)) == clean(said)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_visible_characters_stay(said: str) -> None:
    """Letters, numbers, punctuation, symbols and spaces of every script stay; only wide gaps become narrower."""
    said = re.sub(r"\s{8,}", " ", said)
    assert clean(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}",
        "\N{RUNNER}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}\u200d\N{FEMALE SIGN}\ufe0f",
        "\N{HEAVY BLACK HEART}\ufe0f\u200d\N{FIRE}",
        "\N{EYE}\ufe0f\u200d\N{LEFT SPEECH BUBBLE}\ufe0f",
        "\N{WAVING WHITE FLAG}\ufe0f\u200d\N{RAINBOW}",
        "\N{SLIGHTLY SMILING FACE}\u200d\N{LEFT RIGHT ARROW}\ufe0f",
        "1\ufe0f\N{COMBINING ENCLOSING KEYCAP}",
        "\N{REGIONAL INDICATOR SYMBOL LETTER F}\N{REGIONAL INDICATOR SYMBOL LETTER I}",
        "cafe\N{COMBINING ACUTE ACCENT} Z\u030c\u0323",
        "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, whose spelling needs the non-joiner
        "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
        "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",  # Devanagari, both joiners after a virama
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala
        "\u4f60\u597d\u3000\u4e16\u754c \u3053\u3093\u306b\u3061\u306f \uc548\ub155",
        "\u09b0\u200d\u09cd\u09af\u09be\u09ac",  # Bengali, the joiner before the virama
        "PDF\u200c\u0647\u0627 \u0647\u200d",  # Persian plural of a Latin word; the short form of Hijri
        "\u182c\u180e\u1820",  # Mongolian, with its vowel separator
        "\U0001e922\u200c\U0001e922",  # Adlam
        "\u845b\U000e0100",  # an ideograph with a selector, as in a Japanese name
    ],
)
def test_what_people_write_stays_readable(said: str) -> None:
    """Emoji sequences, accents, Arabic, Hebrew, Indic and East Asian text pass without a change."""
    assert clean(said) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\u200db", "ab"),
        ("a\u200cb", "ab"),
        ("\u200d", ""),
        ("\N{GRINNING FACE}\u200d", "\N{GRINNING FACE}"),
        ("\N{GRINNING FACE}\u200d\u200d\N{GRINNING FACE}", "\N{GRINNING FACE}\N{GRINNING FACE}"),
        ("\u0645\u200c", "\u0645"),
        ("\ufe0fa", "a"),
        ("a\ufe0f\ufe0e\ufe0f", "a\ufe0f"),
        ("\N{WAVING BLACK FLAG}\U000e0067\U000e0062\U000e007f", "\N{WAVING BLACK FLAG}"),
        ("a\tb", "a b"),
        (
            "\N{BOX DRAWINGS LIGHT HORIZONTAL}\u200d\N{BOX DRAWINGS LIGHT HORIZONTAL}",
            "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 2,
        ),
    ],
)
def test_invisible_characters_out_of_place_go(said: str, shown: str) -> None:
    """A joiner that joins nothing, a selector that selects nothing, and tags are removed; a tab becomes a space."""
    assert clean(said) == shown
