"""Settings for all tests, a runner for tests that are coroutines, and a NATS server for tests that need one."""

import asyncio
import gc
import inspect
import os
from collections.abc import Callable, Generator, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import attrs
import pytest
import structlog
from coverage import Coverage
from hypothesis import settings

from tests.nats_servers import NatsCluster, nats_cluster

# The examples are the same in each run, so a failure is reproducible; `--hypothesis-profile=explore` draws others.
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True, max_examples=200)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True, max_examples=5000)
settings.load_profile("same")
TESTS = Path(__file__).parent
# Processes that a test of these starts are measured. All others run the same lines, for a tenth of the time.
MEASURED = TESTS / "app" / "server", TESTS / "app" / "cli"
VARIABLE = "COVERAGE_PROCESS_CONFIG"  # coverage sets it for the processes that are started
COVERAGE_CONFIG = os.environ.get(VARIABLE)
TRACED = 10  # examples of a property whose lines count for the coverage; they are the same in each run


def pytest_collection_finish() -> None:
    """Leave what is there now out of garbage collection, in which it would take a sixth of a second each time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the processes that a test starts be measured, or not."""
    os.environ.pop(VARIABLE, None)
    if COVERAGE_CONFIG is not None and any(folder in item.path.parents for folder in MEASURED):
        os.environ[VARIABLE] = COVERAGE_CONFIG


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine; fail it if a task is left, or if a task ended with an unhandled error."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: value for name, value in pyfuncitem.funcargs.items() if name in wanted}

    async def run() -> None:
        wrong: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
        await pyfuncitem.obj(**arguments)
        await asyncio.sleep(0)  # cancelled tasks end now
        gc.collect()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert (wrong, left) == ([], set())

    asyncio.run(run())
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measure coverage in the first examples of a property alone, and none in a test that is marked `untraced`.

    A search through random inputs takes twice the time if its lines are traced. Tests that aim at lines reach them all.
    """
    tracing = Coverage.current()
    if tracing is None:
        return (yield)
    left, handle = TracedExamples(tracing), getattr(getattr(item, "obj", None), "hypothesis", None)
    example = getattr(handle, "inner_test", None)
    if item.get_closest_marker("untraced"):
        left.number = 0
        tracing.stop()
    elif handle is not None:
        handle.inner_test = left.counted(example)
    try:
        return (yield)
    finally:
        if left.number <= 0:
            tracing.start()
        if handle is not None:
            handle.inner_test = example  # a test with parameters comes again


@attrs.define
class TracedExamples:
    """How many examples of a test are still to be traced."""

    tracing: Coverage
    number: int = TRACED

    def counted(self, example: Any) -> Callable[..., object]:
        """Return the test of one example. It ends the tracing when enough examples were traced."""

        @wraps(example)
        def run(*arguments: object, **named: object) -> object:
            self.number -= 1
            if not self.number:
                self.tracing.stop()
            return example(*arguments, **named)

        return run


@pytest.fixture(autouse=True)
def _log_as_at_first() -> Iterator[None]:
    """Reset the log after the command line configured it; otherwise the next test would miss debug lines."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[NatsCluster]:
    """Give one NATS server."""
    with nats_cluster(tmp_path) as running:
        yield running
