"""What logs may have of a line."""

from __future__ import annotations

import pytest

from udpchat.domain.commands.privacy import without_private_words


@pytest.mark.parametrize("word", ["/msg", "/W", "/r", "/reply", "msg", "Tell", "x/query", "\uff0fmsg", "-m"])
def test_private_words_are_left_out(word: str) -> None:
    """Also if they were mistyped, or were for nobody; the first word stays."""
    assert without_private_words(f"{word} Tyvem secret") == f"{word} ..."
    assert without_private_words(f"{word}\u00a0secret") == f"{word} ..."
    assert without_private_words(word) == word


@pytest.mark.parametrize(
    "line", ["", " ", "hello", "hello Tyvem", "/me waves", "/nick Tyvem", "/mgs Tyvem", "//msg Tyvem x", '"msg x"']
)
def test_all_other_lines_stay(line: str) -> None:
    """They are for the room, or for the server; what follows an unknown command was left out before."""
    assert without_private_words(line) == line
