"""The code blocks and tables in the docs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]


def fences(page: str) -> Iterator[tuple[str, str]]:
    """Yield the code blocks of a page: the words after the backticks, and the code."""
    for token in MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8")):
        if token.type == "fence":
            yield token.info, token.content


def rows(page: str) -> Iterator[tuple[str, list[Token]]]:
    """Yield each row of a page's tables but their heads: the heading above the table, and the content of the cells."""
    heading, row = "", list[Token]()
    tokens = MarkdownIt().enable("table").parse((ROOT / page).read_text(encoding="utf-8"))
    for opening, token in pairwise(tokens):
        if opening.type == "heading_open":
            heading = token.content
        elif opening.type == "td_open":
            row.append(token)
        elif opening.type == "tr_close" and row:
            yield heading, row
            row = []
