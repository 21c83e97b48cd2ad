"""Settings for all tests, a runner for tests that are coroutines, and a NATS server for tests that need one."""

import asyncio
import gc
import inspect
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from coverage import Coverage
from hypothesis import settings

from tests.nats_servers import NatsCluster, nats_cluster

# The examples are the same in each run, so a failure is reproducible; `--hypothesis-profile=explore` draws others.
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True, max_examples=200)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True, max_examples=5000)
settings.load_profile("same")


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
    """Measure no coverage in a test that is marked `untraced`: tests that aim at them must reach all lines.

    A long search through random inputs takes more than twice the time if its lines are traced.
    """
    tracing = Coverage.current() if item.get_closest_marker("untraced") else None
    if tracing is None:
        return (yield)
    tracing.stop()
    try:
        return (yield)
    finally:
        tracing.start()


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
