"""A nickname does not mix scripts, nor kinds of digits."""

from __future__ import annotations

import pytest

from tests.room import NAMES


@pytest.mark.parametrize(
    "word",
    [
        *("client", "\u0438\u043c\u044f", "\u03b1\u03b2", "a1", "\u0438\u043c\u044f-1", "\u0645\u06621"[:2]),
        *("\u7f8e\u54b2", "\u3055\u304f\u3089\u5b50", "\u30b1\u30f3", "\u91d1\ucca0"),  # Japanese, Korean with Han
        *("\u5b50\u3105", "Ken\u5b50", "Ken\u3055\u3093", "Kim\ucca0", "Li\u3105"),  # with Bopomofo; each with Latin
        *("\u0645\u0661\u0662\u0669", "\u0928\u0966\u0967"),  # several digits of one kind
        *("ke\u02bbalohi", "\u043c\u0430\u0440\u02bc\u044f\u043d\u0430"),  # an apostrophe is common to all scripts
    ],
)
def test_one_script(word: str) -> None:
    """A name is of one script, or of those of Chinese, Japanese or Korean, also with Latin."""
    assert NAMES.fit(word) == word
    assert not NAMES.is_mixed(word)


@pytest.mark.parametrize(
    "word",
    [
        *("\u0441lient", "clien\u03c4", "\u0391\u0411", "\u03b1\u5b50", "\u0430\u5b50"),  # Cyrillic, Greek, Han
        *("\ucca0\u3055", "\u3105\u3055", "\ucca0\u3105", "Ken\ucca0\u3055", "a\u0e01", "\u0e01\u0ea5"),
        *("a\u30fc\u0431", "client\u093c", "\u0431\u094d"),  # a mark of another script
    ],
)
def test_mixed_scripts(word: str) -> None:
    """Any other mixture is refused, also of letters that do not look alike."""
    assert NAMES.fit(word) is None
    assert NAMES.is_mixed(word)


def test_a_word_that_is_unfit_anyhow_is_not_mixed() -> None:
    """What is wrong with it is something else."""
    assert not NAMES.is_mixed("\u0441 lient")


@pytest.mark.parametrize("word", ["\u0645\u0661\u06f1", "\u0928\u09661", "a1\u0661"])
def test_mixed_digits(word: str) -> None:
    """Two kinds of digits in one name are refused."""
    assert NAMES.fit(word) is None
