"""Of any two nicknames that look alike at first sight, the room has one."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import chain

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.room import NAMES
from udpchat.domain.text.names.look import look
from udpchat.domain.text.nickname import RESERVED

OVERLOOKED = {1, 7, *range(10, 37), *range(200, 241)}  # Canonical_Combining_Class of accents
JOINERS = "\u200c\u200d\u034f\u2060\u00ad\u180e\ufe0f\u200b"
CASES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.casefold, str.capitalize)


@cache
def characters() -> dict[str, dict[str, list[str]]]:
    """Return the letters, marks and digits of each script that may be in a nickname, by their skeletons."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for character in map(chr, range(0x20000)):
        kind = unicodedata.category(character)
        if kind in {"Lu", "Ll", "Lo", "Lm", "Mn", "Mc", "Nd"} and unicodedata.is_normalized("NFKC", character):
            for script in NAMES.unicode.scripts(character):
                found[script][NAMES.unicode.skeleton(character)].append(character)
    return {script: dict(skeletons) for script, skeletons in found.items()}


@cache
def pairs() -> list[tuple[str, str]]:
    """Return each two scripts that share some skeletons."""
    return [
        (one, other)
        for one in scripts()
        for other in scripts()
        if len(characters()[one].keys() & characters()[other]) > 2
    ]


def scripts() -> list[str]:
    """Return the scripts that are one's own."""
    return sorted(characters().keys() - {"Zyyy", "Zinh"})


@cache
def accents(script: str) -> list[str]:
    """Return the accents of a script."""
    return [
        each for same in characters()[script].values() for each in same if unicodedata.combining(each) in OVERLOOKED
    ]


def spelled(skeleton: str, script: str) -> list[str]:
    """Return what has a skeleton in a script: one character, or several."""
    apart = [characters()[script][each][:1] for each in skeleton if each in characters()[script]]
    several = ["".join(chain.from_iterable(apart))] if len(apart) == len(skeleton) else []
    return characters()[script][skeleton] + several


@st.composite
def looking_alike(draw: st.DrawFn) -> tuple[str, str]:
    """Return two words of one skeleton, each of a script, with accents and joiners of its own; change a word's case."""
    one, other = draw(st.sampled_from(pairs()) | st.sampled_from(scripts()).map(lambda script: (script, script)))
    shared = sorted(characters()[one].keys() & characters()[other])
    several = [skeleton for skeleton in shared if len(characters()[one][skeleton]) > 1] or shared
    skeletons = draw(st.lists(st.sampled_from(shared) | st.sampled_from(several), min_size=1, max_size=5))
    words = []
    for script in (one, other):
        added = st.sampled_from([*(accents(script) or accents("Zinh")), *accents("Zinh")[:60], *JOINERS])
        parts = [draw(st.sampled_from(spelled(skeleton, script))) for skeleton in skeletons]
        if draw(st.booleans()):
            parts.insert(draw(st.integers(1, len(parts))), draw(added))
        words.append("".join(parts))
    word = draw(st.sampled_from(CASES))(words[0])
    assume(words[0] in {word, word.casefold(), word.upper()})  # else it is not clear that the two look alike
    return word, words[1]


@pytest.mark.untraced
@settings(max_examples=500, deadline=None)
@given(looking_alike())
def test_nicknames_that_look_alike_are_the_same(words: tuple[str, str]) -> None:
    """Names from letters of one skeleton count as the same, with any accents, joiners and letter case."""
    one, other = map(NAMES.fit, words)
    if one is not None and other is not None:
        assert not NAMES.keys(one).isdisjoint(NAMES.keys(other)), (one, other)


def test_letters_of_one_skeleton_look_alike() -> None:
    """For each two letters, marks or digits that the table calls confusable, what is seen at first sight is equal."""
    for script in characters().values():
        for skeleton, same in script.items():
            shown = {
                look(each, NAMES.unicode).casefold() for each in same if unicodedata.combining(each) not in OVERLOOKED
            }
            assert len(shown) <= 1, (skeleton, same)


def test_letters_that_look_like_an_accent_are_left_out_as_well() -> None:
    """What is seen of a letter is nothing if an accent looks like it."""
    seen = {NAMES.unicode.skeleton(each) for script in characters() for each in accents(script)}
    for each in "".join(seen):
        assert look(each, NAMES.unicode) == "" or unicodedata.category(each)[0] not in "LM"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("e", "\u00e9"), ("client", "cli\u1ec7nt"), ("client", "c\u0335lient"), ("lukasz", "\u0141ukasz")),
        *(("ij", "\u0131\u0237"), ("i", "i\u0307"), ("j\u030c", "\u0237\u030c"), ("j", "\u025f")),  # soft-dotted
        ("\u0e01\u0e34\u0e48", "\u0e01\u0e48\u0e34"),  # vowel sign and tone in either order
        *(("\u0455\u0441\u043e\u0440\u0435", "scope"), ("\u0391\u039d\u039d\u0391", "anna")),  # all of another script
        *(("\u0634", "\u0634\u0651"), ("\u05d7\u05e0\u05d4", "\u05d7\u05b7\u05e0\u05bc\u05b8\u05d4")),
        *(("client", "CL1ENT"), ("III", "lll")),
    ],
)
def test_names_with_a_difference_that_is_easy_to_overlook(one: str, other: str) -> None:
    """Accents, dots, points, the order of marks and whole words of another script make no difference."""
    assert None not in {NAMES.fit(one), NAMES.fit(other)}
    assert not NAMES.keys(one).isdisjoint(NAMES.keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0930\u093e\u092e", "\u0930\u0940\u092e"),  # vowel signs
        ("\u0e01\u0e32", "\u0e01\u0e34"),
        ("\u304b", "\u304c"),  # voicing
        ("\u0b95", "\u0b95\u0bcd"),  # virama
        ("ila", "lia"),
    ],
)
def test_names_with_a_difference_that_makes_another_word(one: str, other: str) -> None:
    """Vowel signs, voicing, viramas and the order of letters make another name."""
    assert None not in {NAMES.fit(one), NAMES.fit(other)}
    assert NAMES.keys(one).isdisjoint(NAMES.keys(other))


@given(
    st.sampled_from(RESERVED),
    st.sampled_from(CASES),
    st.lists(
        st.sampled_from(["", "", "", "_", "-", "\u0301", "\u0323", "2", "7", "\u30fc", "\u02bc"]),
        min_size=13,
        max_size=13,
    ),
)
def test_a_reserved_word_is_reserved_in_every_disguise(word: str, case: Callable[[str], str], added: list[str]) -> None:
    """A reserved word stays reserved with other capitals, accents, digits and anything else that is no letter."""
    name = NAMES.fit("".join(letter + extra for letter, extra in zip(case(word), added, strict=False)))
    assert name is None or NAMES.is_reserved(name)


@pytest.mark.parametrize(
    "word",
    ["server_", "se-r_ver", "Server1", "admin007", "s\u00e9rv\u00ebr", "\u03a4\u039f", "ROOT-2", "server\u30fc"],
)
def test_decorated_words_are_reserved(word: str) -> None:
    """Decoration is what is no letter, wherever it stands."""
    assert NAMES.fit(word) is not None
    assert NAMES.is_reserved(word)


def test_a_word_with_vowel_signs_is_another_word() -> None:
    """Three letters of Miao look like `all`. With vowel signs on them, as Miao is written, the name is free."""
    letters, sign = ("\U00016f40", "\U00016f16", "\U00016f16"), "\U00016f54"
    for word, reserved in ((letters, True), ([f"{letter}{sign}" for letter in letters], False)):
        name = NAMES.fit("".join(word))
        assert name is not None
        assert NAMES.is_reserved(name) is reserved


@pytest.mark.parametrize("word", ["r00t_", "a-1l", "t-0"])
def test_digits_that_look_like_letters_are_no_decoration(word: str) -> None:
    """A word is read with its digits as well, whatever stands between them."""
    assert NAMES.fit(word) is not None
    assert NAMES.is_reserved(word)


@pytest.mark.parametrize("word", ["serverless", "Allan", "Newton", "Tobias", "rooted", "x_1", "R2-D2", "r0_0k"])
def test_words_with_a_reserved_word_in_them_are_free(word: str) -> None:
    """A name is free if a reserved word is only a part of it."""
    assert not NAMES.is_reserved(word)
