"""One Chromium for all tests of a process; each test has windows of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver

from tests.app.clients.processes import needs
from tests.page.fake import FakeServer
from tests.page.page import Page, Pages

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
# The sandbox needs privileges that a container lacks. The fonts and colors are the same on each machine.
# Two names lead to this machine: one that the operator of a server has named, and one of somebody else.
NAMES = "--host-resolver-rules=MAP chat.example 127.0.0.1, MAP evil.example 127.0.0.1"
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--disable-dev-shm-usage",
    NAMES,
)


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """Run Debian's Chromium, with its driver: nothing is downloaded."""
    os.environ["SE_OFFLINE"] = "true"
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """Give the browser."""
    needs("chromium")
    needs("chromedriver")
    with browser() as driver:
        yield driver


@pytest.fixture
def pages(chromium: webdriver.Chrome) -> Iterator[Pages]:
    """Give what opens windows, and closes them all; nothing may be in the console of any."""
    opened = Pages(chromium)
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
