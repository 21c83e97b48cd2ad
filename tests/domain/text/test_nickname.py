"""Nicknames are validated and compared."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.room import NAMES
from udpchat.adapters.unicode import UnicodeTables
from udpchat.domain.text.clean import clean
from udpchat.domain.text.nickname import MAX_WORD, RESERVED, Nickname

LIST = Path(__file__).parent / "data" / "given_names.txt"
GIVEN_NAMES = dict(line.split(": ") for line in LIST.read_text(encoding="utf-8").splitlines())  # language: names
INVISIBLE = "\u2d7f\U0001107f\U00016fe4\U0001bc9d\U0001bc9e" + "".join(
    each for each in map(chr, range(0x1DA9B, 0x1DAB0)) if unicodedata.category(each) == "Mn"
)
letters = st.text(st.characters(categories=["L", "M", "Nd"], include_characters="-_"), min_size=1, max_size=24)


def parsed(word: str) -> Nickname | None:
    """Return `word` as a nickname, or None if it cannot be one."""
    return NAMES.fit(word)


@given(st.one_of(strategies.text, letters, st.text("aZ9-_ :,/\n\u0301\u05d0")))
def test_a_nickname_holds_nothing_that_could_end_it(word: str) -> None:
    """A nickname is 1 to 24 letters, marks, digits, - and _, a letter first; cleaning or parsing it changes nothing."""
    name = parsed(word)
    if name is None:
        return
    assert 1 <= len(name) <= 24
    assert unicodedata.category(name[0])[0] == "L"
    assert all(unicodedata.category(each)[0] in "LM" or each.isdecimal() or each in "-_" for each in name)
    assert NAMES.unicode.skeleton(name).count(":") == 0
    assert clean(name) == parsed(name) == name


@pytest.mark.parametrize(
    "word",
    [
        *("a", "client", "x" * 24, "R2-D2", "snake_case", "a-"),
        *("\u00e9ric", "\u0438\u043c\u044f", "\u05e9\u05dc\u05d5\u05dd", "\uae40\ucca0\uc218", "\u540d\u524d"),
        *(
            "\u0928\u092e\u0938\u094d\u0924\u0947",
            "\u0645\u0631\u062d\u0628\u0627",
            "\u039f\u03b4\u03c5\u03c3\u03c3\u03ad\u03b1\u03c2",
        ),
    ],
)
def test_fit(word: str) -> None:
    """Letters, marks and digits of any script, minus and underscore may follow a letter."""
    assert NAMES.fit(word) == word


@pytest.mark.parametrize(
    "word",
    [
        *("", "x" * 25, "e\u0301" * 60, "a b", "a\n", "a:", "a.b", "007", "-a", "_", "\u0301a", "\N{GRINNING FACE}"),
        *("a\ua789", "a\u02d0", "a\uff1ab"),  # they look like a colon, or become one
        *("a\u3000b", "a\xa0b", "a\u200db", "a\u202eb"),
        *("a\u05d0", "\u05d0a", "\u02b9a"),  # two directions, or the first letter has none
        "a" + "\u0301" * 10,
        *("\ufdfa", "\ufdfa" * 96, "\ufdfa\u0660" * 48),  # each first letter is 18 letters in the normal form
    ],
)
def test_unfit(word: str) -> None:
    """A nickname has no space, nothing that looks like a colon, one direction, and nothing that cleaning changes."""
    assert NAMES.fit(word) is None


@pytest.mark.parametrize("mark", INVISIBLE, ids=ascii)
def test_a_mark_that_shows_nothing_is_unfit(mark: str) -> None:
    """It would make two nicknames of one: a joiner, a filler, or a selector without anything to join or select."""
    assert unicodedata.category(mark)[0] == "M"
    assert NAMES.fit(f"client{mark}") is None
    assert NAMES.of(1).fit(f"client{mark}") is None


def test_a_word_with_a_long_normal_form_is_not_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow rules are not applied to a word whose normal form is long: 60 such words froze a room for seconds."""
    monkeypatch.setattr(UnicodeTables, "enforce", lambda *_: pytest.fail("applied"))
    assert NAMES.fit("\ufdfa\u0660" * 48) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("client", "Client"),
        ("client", "CLIENT"),
        ("client", "cIient"),  # a capital i
        ("client", "c1ient"),
        ("client", "CIient"),
        ("BOB", "b0b"),
        ("modern", "rnodern"),
        ("stra\u00dfe", "STRASSE"),
        ("\u03bf\u03c3", "\u039f\u03a3"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_names_that_look_alike_are_the_same(one: str, other: str) -> None:
    """Names count as the same if they differ in letter case alone, or in letters that look alike."""
    assert not NAMES.keys(one).isdisjoint(NAMES.keys(other))
    assert None not in {NAMES.fit(one), NAMES.fit(other)}


@pytest.mark.parametrize(
    ("one", "other"), [("client", "c1ient"), ("rnodern", "Modern"), ("modern", "Rnodern"), ("STRASSE", "stra\u00dfe")]
)
def test_before_grammar_2_names_that_look_alike_were_the_same_in_any_case(one: str, other: str) -> None:
    """A replay refuses the names that were refused then: what looks alike in small letters counts as well."""
    assert not NAMES.of(1).keys(one).isdisjoint(NAMES.of(1).keys(other))


@pytest.mark.parametrize(
    ("one", "other"), [("client", "clients"), ("bob", "rob"), ("\u0438\u043c\u044f", "imya"), ("e", "a")]
)
def test_names_that_do_not_look_alike_differ(one: str, other: str) -> None:
    """Names that a reader can tell apart are different."""
    assert NAMES.keys(one).isdisjoint(NAMES.keys(other))


@given(st.one_of(letters, st.text(st.sampled_from("aZbIl01-_ \u0430"), max_size=26), st.sampled_from(RESERVED)))
def test_a_form_is_all_that_counts_of_a_nickname(word: str) -> None:
    """It has the nickname, its keys, and whether it is reserved, whichever way they were found."""
    for names in (NAMES, NAMES.of(1)):
        name = names.fit(word)
        keys = names.keys(word if name is None else name)
        assert names.form(word) == (None if name is None else (name, keys, names.is_reserved(name, keys)))


@given(letters)
def test_letter_case_makes_no_difference(word: str) -> None:
    """A name counts as the same in any letter case."""
    assert not NAMES.keys(word).isdisjoint(NAMES.keys(word.swapcase().swapcase()))
    assert not NAMES.keys(word.upper()).isdisjoint(NAMES.keys(word.upper().lower()))


@pytest.mark.parametrize("word", [*RESERVED, "Server", "SYSTEM", "err0r", "\u00ebrror", "y\u00f3u", "\u03a4\u039f"])
def test_names_that_read_like_the_server_are_reserved(word: str) -> None:
    """The words that begin the server's sentences, and words like them, are refused in any spelling."""
    assert NAMES.fit(word) == word
    assert NAMES.is_reserved(word)


def test_there_are_given_names_of_many_languages() -> None:
    """The list has more than 300 names of more than 40 languages."""
    assert len(GIVEN_NAMES) > 40
    assert len({name for names in GIVEN_NAMES.values() for name in names.split()}) > 300


@pytest.mark.parametrize("language", GIVEN_NAMES)
def test_people_can_use_their_given_names(language: str) -> None:
    """A given name in the script of its language, with all of its marks, is allowed as it is, and not reserved."""
    for name in GIVEN_NAMES[language].split():
        assert NAMES.fit(name) == unicodedata.normalize("NFKC", name)
        assert not NAMES.is_reserved(name)


@pytest.mark.parametrize("word", ["\u0441lient", "server_", "a\u0301\u0302\u0303", "\u0e01\u0301", "x1\u0661"])
def test_before_grammar_2_more_names_were_allowed(word: str) -> None:
    """The rules of grammar 1, which a replay needs, allow what was allowed then, and compare names as they did."""
    before = NAMES.of(1)
    assert before.fit(word) is not None
    assert not before.is_reserved(word)
    assert before.keys("e").isdisjoint(before.keys("\u00e9"))
    assert NAMES.fit(word) is None or NAMES.is_reserved(word)
    assert NAMES.of(2) is NAMES.of(3) is NAMES
    assert before.of(1) is before
    assert not before.is_mixed(word)


@pytest.mark.parametrize(
    ("letter", "most"),
    [("\u0431", 24), ("e\u0301", 24), ("\ufb03", 8)],  # one character; two that become one; one that becomes three
    ids=["as it is", "composed", "taken apart"],
)
def test_the_longest_nickname(letter: str, most: int) -> None:
    """A nickname has at most 24 characters in its normal form, in any script."""
    assert NAMES.fit(letter * most) == unicodedata.normalize("NFKC", letter * most)
    assert NAMES.fit(letter * (most + 1)) is None


def test_the_longest_spelling_of_a_nickname() -> None:
    """A letter of Greek is spelled with up to three marks, which grammar 1 allowed on each of 24 letters."""
    word = "\u03b1\u0313\u0301\u0345" * 24
    assert len(word) == MAX_WORD
    assert NAMES.of(1).fit(word) == unicodedata.normalize("NFKC", word)
