"""One browser for all tests of a process; each test has windows of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.page.browsers import Browser, browser
from tests.page.fake import FakeServer
from tests.page.page import Page, Pages


@pytest.fixture(scope="session")
def one_browser() -> Iterator[Browser]:
    """Give the browser."""
    with browser(os.environ.get("PAGE_IN", "chromium")) as found:
        yield found


@pytest.fixture
def pages(one_browser: Browser) -> Iterator[Pages]:
    """Give what opens windows, and closes them all; nothing may be in the console of any."""
    opened = Pages(one_browser)
    yield opened
    opened.close()


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    """Give a server that says what the test wants."""
    with FakeServer() as server:
        yield server


@pytest.fixture
def page(pages: Pages, fake: FakeServer) -> Page:
    """Give a page of the fake server in which ana is."""
    page = pages.open(fake.url)
    page.join("ana")
    return page
