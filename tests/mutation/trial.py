"""Tests that run in a process of their own, with one module of the package replaced.

The process is forked from a server that has imported the libraries, but nothing of the package: so it begins within
milliseconds, and imports the replaced module as any other.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import CodeType, ModuleType

import attrs
import hypothesis
import pytest

from tests.mutation.mutant import ROOT

FEW, ALL = 20, 200  # examples of a property: enough for most faults; as many as `make test` takes
MAX_MEMORY = 4 << 30  # bytes; a mutant may build lists without end
OPTIONS = [
    "--exitfirst",
    "--quiet",
    "--tb=no",
    *("-p", "no:cacheprovider"),
    *("-p", "no:faulthandler"),  # it wants the standard error output
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # the libraries are there already
]
LIBRARIES = ["attrs", "cattrs", "click", "coverage", "hypothesis.stateful", "pytest", "structlog", "typed_settings"]


def context() -> ForkServerContext:
    """Return what starts the processes."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(LIBRARIES)
    return found


@attrs.frozen
class Trial:
    """A module, its replaced source, and the ids of the tests to run in this order, until the first fails.

    Properties are tested with `examples` examples, unless they say themselves how many they need. The process may use
    `cpu` seconds of the processor; a busy machine does not count.
    """

    module: str
    path: Path
    source: str
    tests: Sequence[str]
    examples: int
    cpu: int

    def start(self) -> ForkServerProcess:
        """Start the process. Its exit code is that of pytest, or -SIGXCPU if it takes too long."""
        process = context().Process(target=self.run, daemon=True)
        process.start()
        return process

    def run(self) -> None:
        """Run the tests in this process, and end it."""
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (self.cpu, self.cpu + 1))
        sys.meta_path.insert(0, Replacement(self.module, self.path, self.source))
        files = dict.fromkeys(test.partition("::")[0] for test in self.tests)
        os._exit(run_tests(list(files), Plan(self)))


def run_tests(paths: Sequence[str], plugin: object) -> int:
    """Run pytest on files or folders of the repository, silently; return its exit code."""
    silence = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(silence, number)
    return int(pytest.main([*OPTIONS, *(str(ROOT / path) for path in paths)], plugins=[plugin]))


def limit_examples(number: int) -> None:
    """Test properties with so many examples, and store none that fails."""
    same = hypothesis.settings.get_profile("same")
    hypothesis.settings.register_profile("trial", same, max_examples=number, database=None)
    hypothesis.settings.load_profile("trial")


@attrs.frozen
class Replacement(MetaPathFinder):
    """Finds one module, and gives it another source."""

    module: str
    path: Path
    source: str

    def find_spec(self, fullname: str, _: Sequence[str] | None, __: ModuleType | None = None) -> ModuleSpec | None:
        """Return the spec of the module, or None for any other."""
        if fullname != self.module:
            return None
        return spec_from_file_location(fullname, self.path, loader=_Loader(fullname, str(self.path), self.source))


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.get_filename(fullname), "exec", dont_inherit=True)


@attrs.frozen
class Plan:
    """A plugin of pytest: it selects the tests of a trial, and brings them into their order."""

    trial: Trial

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """Draw as many examples as wanted."""
        limit_examples(self.trial.examples)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Select and sort."""
        place = {test: number for number, test in enumerate(self.trial.tests)}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])
