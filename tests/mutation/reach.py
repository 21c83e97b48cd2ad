"""Which tests reach a line of the domain, and how long each test takes."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import attrs
import coverage
import pytest

from tests.mutation.trial import FEW, context, limit_examples, run_tests

CONSTANTS = "tests/domain/test_limits.py"  # its tests look at what modules define, without running a line of them
SUITES = ("tests/domain", "tests/wire", "tests/app/hub")  # they run in memory
LIMIT = 600.0  # seconds for all of them


@attrs.frozen
class Reach:
    """The seconds that each test takes with few examples, and the tests that reach each line of each file.

    The seconds are those of the processor. A line that runs when its module is imported is reached by the test "".
    The `properties` are the tests that take examples: with more of them, only these may notice more.
    """

    seconds: dict[str, float]
    lines: dict[Path, dict[int, list[str]]]
    properties: frozenset[str]

    @classmethod
    def measured(cls) -> Reach:
        """Run all tests; raise RuntimeError if one fails or they take too long."""
        receiver, sender = context().Pipe(duplex=False)
        process = context().Process(target=_measure, args=(sender,), daemon=True)
        process.start()
        sender.close()
        if not receiver.poll(LIMIT):
            process.kill()
            raise RuntimeError(f"the tests take longer than {LIMIT:.0f} s")
        try:
            found: Reach = receiver.recv()
        except EOFError as exc:
            raise RuntimeError("a test fails without any fault") from exc
        return found

    def tests(self, path: Path, line: int) -> Sequence[str]:
        """Return the tests that reach the statement at a line, the quickest first.

        If it runs at import, these are the tests that look at constants, those that reach anything in its file, and
        then all others.
        """
        reached = self.lines.get(path, {})
        tests = {test for each in _statement(path, line) for test in reached.get(each, [])}
        if "" not in tests:
            return self._quickest_first(tests)
        looking = {test for test in self.seconds if test.startswith(CONSTANTS)}
        near = {test for each in reached.values() for test in each} - {"", *looking}
        others = self.seconds.keys() - near - looking
        return [test for tests in (looking, near, others) for test in self._quickest_first(tests)]

    def _quickest_first(self, tests: set[str]) -> list[str]:
        return sorted(tests, key=lambda test: (self.seconds[test], test))


def _statement(path: Path, line: int) -> range:
    """Return the lines of the innermost statement at a line, without those of the statements in it."""
    found = range(line, line + 1)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        body = getattr(node, "body", None)
        first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
        last = (body[0].lineno - 1 if body else getattr(node, "end_lineno", first)) or first
        if first <= line <= max(first, last):
            found = range(first, max(first, last) + 1)  # a later one begins later, so it is further inside
    return found


@attrs.define
class _Watch:
    """A plugin of pytest that records the lines that each test reaches."""

    recorder: coverage.Coverage
    seconds: dict[str, float] = attrs.field(factory=dict)
    properties: set[str] = attrs.field(factory=set)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        limit_examples(FEW)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            self.properties.add(item.nodeid)
        self.recorder.switch_context(item.nodeid)
        began = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - began
            self.recorder.switch_context("")


def _measure(sender: Connection) -> None:
    """Run in a process of its own; send what was found, or nothing if a test failed."""
    recorder = coverage.Coverage(data_file=None, config_file=False, include=["*/udpchat/domain/*"])
    watch = _Watch(recorder)
    recorder.start()
    code = run_tests(SUITES, watch)
    recorder.stop()
    if code == 0:
        data = recorder.get_data()
        lines = {Path(path): data.contexts_by_lineno(path) for path in data.measured_files()}
        sender.send(Reach(watch.seconds, lines, frozenset(watch.properties)))
    sender.close()
