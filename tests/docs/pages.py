"""The code blocks in the docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]


def fences(page: str) -> Iterator[tuple[str, str]]:
    """Yield the code blocks of a page: the words after the backticks, and the code."""
    for token in MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8")):
        if token.type == "fence":
            yield token.info, token.content
