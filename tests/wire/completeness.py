"""Finds the events of the package, and what the tables and the page on the wire lack of their sentences."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import walk_packages
from textwrap import dedent

from markdown_it import MarkdownIt

from tests.wire.example import Example
from udpchat import domain
from udpchat.app import hub
from udpchat.domain.event import Event


def full_name(kind: type[Event]) -> str:
    """Return the module and the name of an event."""
    return f"{kind.__module__}.{kind.__qualname__}"


def events() -> dict[str, type[Event]]:
    """Return every concrete event of the package by its full name.

    A class that attrs gave slots may be found twice: as it is, and as it was written.
    """
    for package in (domain, hub):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    found: dict[str, type[Event]] = {}
    waiting = Event.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("udpchat.") and not inspect.isabstract(kind):
            found[full_name(kind)] = kind
    return found


def gaps(kinds: Iterable[type[Event]], examples: Iterable[Example]) -> list[str]:
    """Return what no example shows of these events: a wording, or a text that stands in one of their methods."""
    examples, missing = list(examples), []
    for kind in kinds:
        name = full_name(kind)
        mine = [example for example in examples if full_name(type(example.event)) == name]
        wordings = {example.own for example in mine}
        if False not in wordings:
            missing.append(f"{name}: the wording for the others")
        if kind.own_sentences is not Event.own_sentences and True not in wordings:
            missing.append(f"{name}: the wording for the client that caused it")
        shown = b"".join(example.lines for example in mine).decode()
        missing += [f"{name}: {text!r}" for text in texts(kind) if text not in shown]
    return missing


def texts(kind: type[Event]) -> Iterator[str]:
    """Yield the texts that stand in the methods and properties of an event, without docstrings and formats."""
    for name, member in vars(kind).items():
        method = member.fget if isinstance(member, property) else member
        if name.startswith("__") or name == "record" or not inspect.isfunction(method):  # `record` is for the log
            continue
        nodes = list(ast.walk(ast.parse(dedent(inspect.getsource(method)))))
        others: list[ast.AST] = [node.value for node in nodes if isinstance(node, ast.Expr)]
        for node in nodes:
            if isinstance(node, ast.FormattedValue) and node.format_spec:
                others += ast.walk(node.format_spec)
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in others:
                yield node.value


def quoted(page: str) -> set[str]:
    """Return the sentences on a page: the lines of code blocks, and code in all columns of tables but the first."""
    sentences: set[str] = set()
    column = 0
    for token in MarkdownIt().enable("table").parse(page):
        if token.type in {"fence", "code_block"}:
            sentences.update(token.content.splitlines())
        elif token.type == "td_open":
            column += 1
        elif token.type == "tr_close":
            column = 0
        elif token.type == "inline" and column > 1:
            sentences.update(child.content for child in token.children or () if child.type == "code_inline")
    return sentences
