"""The browsers in which the tests of the page can run: Chromium, and others as far as WebDriver goes.

`make page IN=webkit` is WebKitGTK, which has the engine of Safari; `IN=firefox` needs a geckodriver. Neither is made to
show a dark page, or tells what a screen reader gets, or knows the names below.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.webdriver import WebDriver as ChromiumDriver
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from tests.app.clients.processes import needs

CHROMIUM, CHROMIUM_DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
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
WEBKIT_DRIVER, MINI_BROWSER = "/usr/bin/WebKitWebDriver", "*/webkit2gtk-4.*/MiniBrowser"


@attrs.define(eq=False)
class Browser:
    """A browser by what every WebDriver can do (W3C)."""

    driver: WebDriver
    first: str = attrs.field(init=False)  # the window that it has from the start

    def __attrs_post_init__(self) -> None:
        self.first = self.driver.current_window_handle

    def add_window(self, *, more: bool) -> None:
        """Go to a new window, but to the first one as long as there are no `more`: that has the focus."""
        self.driver.switch_to.window(self.first)
        if more:
            self.driver.switch_to.new_window("window")

    def open(self, url: str, *, again: bool, script: str) -> None:
        """Open a URL. The browser forgets what it has of that server, unless it opens it `again`."""
        self.driver.get(url)
        if not again:  # a server of an earlier test may have had the port
            self.driver.execute_script("localStorage.clear(); sessionStorage.clear()")
            self.driver.get(url)
        if script:
            self.driver.execute_script(script)

    def close(self) -> None:
        """Close the window, unless it is the first one."""
        if self.driver.current_window_handle == self.first:
            self.driver.get("about:blank")
        else:
            self.driver.close()

    def look(self, width: int, height: int, *, dark: bool) -> None:
        """Have a window of this size in pixels. It is light."""
        del dark
        self.driver.set_window_size(width, height)

    def needs(self, name: str) -> None:
        """Skip the test if a name does not lead to this machine."""
        pytest.skip(f"only Chromium can be told where {name} is")

    def console(self) -> list[str]:
        """Return what the browser has said of the page since the last call, if it tells."""
        return []

    def spoken(self) -> list[dict[str, Any]]:
        """Return the accessibility tree of the page, which is what a screen reader gets, if it can be had."""
        return []


@attrs.define(eq=False)
class Chromium(Browser):
    """Chromium, by the protocol of its developer tools."""

    driver: ChromiumDriver

    def add_window(self, *, more: bool) -> None:
        """Go to a new tab. It knows nothing of the tabs before."""
        del more
        self.driver.switch_to.window(self.first)
        self.driver.switch_to.new_window("tab")

    def open(self, url: str, *, again: bool, script: str) -> None:
        """Open a URL. `script` runs before all others."""
        if not again:
            where = {"origin": url.rstrip("/"), "storageTypes": "all"}
            self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", where)
        self.driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
        if script:
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self.driver.get(url)

    def look(self, width: int, height: int, *, dark: bool) -> None:
        """Have this size, and this palette."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def needs(self, name: str) -> None:
        """Do nothing: it was told where both names are."""

    def console(self) -> list[str]:
        """Return what the browser has said of the page since the last call."""
        entries: list[dict[str, str]] = self.driver.execute("getLog", {"type": "browser"})["value"]
        return [each["message"] for each in entries]

    def spoken(self) -> list[dict[str, Any]]:
        """Return the accessibility tree of the page."""
        nodes: list[dict[str, Any]] = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return nodes


@contextmanager
def browser(name: str = "chromium") -> Iterator[Browser]:
    """Run a browser with its driver: nothing is downloaded."""
    os.environ["SE_OFFLINE"] = "true"
    found = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}[name]()
    try:
        yield found
    finally:
        found.driver.quit()


def _chromium() -> Browser:
    needs("chromium")
    needs("chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chromium(webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMIUM_DRIVER)))


def _webkit() -> Browser:
    needs("WebKitWebDriver")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = os.fspath(next(Path("/usr/lib").glob(MINI_BROWSER)))
    options.add_argument("--automation")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # selenium warns of what it does itself
        return Browser(webdriver.WebKitGTK(options=options, service=WebKitService(WEBKIT_DRIVER)))


def _firefox() -> Browser:
    needs("geckodriver")
    options = webdriver.FirefoxOptions()
    options.add_argument("-headless")
    return Browser(webdriver.Firefox(options=options))
