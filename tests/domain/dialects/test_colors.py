"""The colors of names can be read, and are always the same."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.dialects.colors import COLORS, END, STYLE_BYTES, STYLES, in_color, size_of_styles, style_of
from udpchat.domain.event import Name

LEVELS = (0, 95, 135, 175, 215, 255)  # of red, green and blue in the cube of the table (xterm-256color)
CUBE: dict[int, tuple[int, ...]] = dict(enumerate(product(LEVELS, repeat=3), 16))
GREYS = {232 + step: (8 + 10 * step,) * 3 for step in range(24)}
TABLE = {**CUBE, **GREYS}
READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3


def luminance(color: tuple[int, ...]) -> float:
    """Return the relative luminance of a color in sRGB, as WCAG 2.2 defines it."""
    parts = [part / 255 for part in color]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the contrast ratio of two colors, as WCAG 2.2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_colors_are_all_that_can_be_read_on_black_and_on_white() -> None:
    """They are the colors of the table, without the first 16, that have enough contrast with both."""
    black, white = (0, 0, 0), (255, 255, 255)
    assert contrast(black, white) == pytest.approx(21)
    found = [
        number for number, color in TABLE.items() if min(contrast(color, black), contrast(color, white)) >= READABLE
    ]
    assert len(TABLE) == 240
    assert sorted(COLORS) == found


def test_each_color_is_a_style_with_and_without_bold() -> None:
    """There are twelve styles, and none is longer than a line reserves for it."""
    assert len(set(STYLES)) == 2 * len(COLORS) == 12
    assert {style.replace("[1;", "[") for style in STYLES} == {f"\x1b[38;5;{color}m" for color in COLORS}
    assert max(map(len, STYLES)) + len(END) == STYLE_BYTES


@given(st.text(max_size=24))
def test_a_name_keeps_its_style(name: str) -> None:
    """The style is a function of the name in which letter case does not matter."""
    assert style_of(name) in STYLES
    assert style_of(name) == style_of(name.casefold())


def test_styles_of_names() -> None:
    """The styles are the same in every process and version. Names with different numbers have different ones."""
    assert style_of("TEDDC") == style_of("teddc") == "\x1b[38;5;29m"
    assert len({style_of(f"client{number}") for number in range(10)}) == 10


COLORED = f"{style_of('TEDDC')}TEDDC{END}"


@pytest.mark.parametrize(
    ("line", "colored"),
    [
        ("TEDDC->TEDDC TEDDC\n", f"{COLORED}->{COLORED} TEDDC\n"),
        ("TEDD->TEDDC TEDDC\n", "TEDD->TEDDC TEDDC\n"),
        ("TEDDC>TEDDC TEDDC\n", f"{COLORED}>TEDDC TEDDC\n"),
    ],
    ids=["as written", "a name was cleaned", "a part between names was cleaned"],
)
def test_a_name_is_in_color_where_it_stands(line: str, colored: str) -> None:
    """A name is put in color in its own place only, and no other text is."""
    assert in_color(line.encode(), (Name("TEDDC"), "->", Name("TEDDC")), 100).decode() == colored


def test_without_room_a_line_is_plain() -> None:
    """A line that would be too long with its styles has none."""
    line = f"{'x' * 24}: hello\n".encode()
    size = len(line) + STYLE_BYTES
    assert in_color(line, (Name("x" * 24),), size) != line
    assert in_color(line, (Name("x" * 24),), len(line)) == line


@given(st.lists(st.booleans(), max_size=9))
def test_each_name_may_make_a_line_longer(names: list[bool]) -> None:
    """By so many bytes; other parts stay as they are."""
    parts = [Name("TEDDC") if each else ": " for each in names]
    assert size_of_styles(parts) == STYLE_BYTES * sum(names)
