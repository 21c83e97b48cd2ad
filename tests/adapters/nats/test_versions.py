"""A node warns of NATS servers whose release has known faults."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import ServerVersion

from tests.links import link
from tests.members import member
from tests.nats_servers import NatsCluster
from tests.waiting import eventually
from udpchat.adapters.nats import versions
from udpchat.adapters.nats.versions import RECOMMENDED, outdated, text

NUMBERS = st.integers(0, 40)
PAGE = Path(__file__).parents[3] / "docs" / "clustering.md"


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.sampled_from(["", "-RC.1", "+build", "-beta"]))
def test_a_release_before_the_recommended_one_is_outdated(number: tuple[int, int, int], more: str) -> None:
    """Versions are compared as numbers, and named without what follows them."""
    named = text(number) if (0, 0, 0) < number < RECOMMENDED else ""
    assert outdated(ServerVersion(f"{text(number)}{more}")) == named


@pytest.mark.parametrize("unknown", ["0.0.0-unknown", "", "new"])
def test_a_version_that_is_not_known_is_not_warned_of(unknown: str) -> None:
    """The library and servers of other makers have such versions."""
    assert outdated(ServerVersion(unknown)) == ""


def installed() -> tuple[int, ...]:
    """Return the version of the nats-server on this machine."""
    done = subprocess.run(["nats-server", "--version"], capture_output=True, text=True, check=True, timeout=30)
    return tuple(map(int, re.findall(r"\d+", done.stdout)[:3]))


@pytest.mark.parametrize("newer", [True, False])
async def test_a_node_warns_once_of_each_server(
    servers: NatsCluster, monkeypatch: pytest.MonkeyPatch, *, newer: bool
) -> None:
    """The warning has the server, its version and the recommended one; a reconnection does not repeat it."""
    version = installed()
    monkeypatch.setattr(versions, "RECOMMENDED", version if newer else (*version[:2], version[2] + 1))
    with structlog.testing.capture_logs() as logged:
        async with link(servers.each[0].port) as cable, member(cable.url) as one:
            await cable.cut()
            await cable.mend()
            await eventually(lambda: any("reachable again" in entry["event"] for entry in logged))
            one.say("hello")
            await one.hears("hello")
    warned = [(entry["server"], entry["version"]) for entry in logged if "known faults" in entry["event"]]
    assert warned == ([] if newer else [(cable.url.removeprefix("nats://"), ".".join(map(str, version)))])


def test_the_page_names_the_recommended_release() -> None:
    """The program warns of servers that are older than the recommended release."""
    page = PAGE.read_text(encoding="utf-8")
    assert f"Use nats-server {text(RECOMMENDED)} or later" in page
