"""A page in a browser, as its tests see it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import attrs
from selenium.webdriver import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.page.browsers import Browser
from tests.waiting import until

PICTURES = Path(__file__).parents[2] / "build" / "page"  # which git ignores
NETWORK = ("net::ERR_", "WebSocket connection to")  # what Chromium itself says of a server that is gone
WIDE, NARROW = (1280, 800), (360, 740)  # pixels


@attrs.define(eq=False)
class Page:
    """A window. Every method goes to it first."""

    browser: Browser
    handle: str

    @property
    def driver(self) -> WebDriver:
        """What drives the browser."""
        return self.browser.driver

    def js(self, script: str, *arguments: Any) -> Any:
        """Run a script, and return what it returns."""
        self.driver.switch_to.window(self.handle)
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[str]:
        """Return the texts of all elements, also of hidden ones."""
        texts: list[str] = self.js(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector
        )
        return texts

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return self.all(selector)[0]

    def sees(self, selector: str) -> bool:
        """Return whether an element is shown."""
        return bool(self.js("return !!document.querySelector(arguments[0])?.checkVisibility()", selector))

    def find(self, selector: str) -> WebElement:
        """Return the first element."""
        self.driver.switch_to.window(self.handle)
        return self.driver.find_element("css selector", selector)

    def click(self, selector: str) -> None:
        """Click an element."""
        self.find(selector).click()

    def press(self, *keys: str) -> None:
        """Press keys, whatever has the focus."""
        self.driver.switch_to.window(self.handle)
        self.driver.switch_to.active_element.send_keys(*keys)

    def focused(self) -> str:
        """Return the id of what has the focus."""
        return str(self.js("return document.activeElement.id"))

    def waits(self, selector: str, text: str, *, exactly: bool = False) -> None:
        """Wait until an element has a text."""
        fits = (lambda each: each == text) if exactly else (lambda each: text in each)
        until(lambda: any(map(fits, self.all(selector))), lambda: f"{text!r} in {self.all(selector)}")

    def join(self, name: str) -> None:
        """Come in, as a person does."""
        until(lambda: self.sees("#name"))
        self.find("#name").clear()
        self.find("#name").send_keys(name, Keys.ENTER)
        until(lambda: self.sees("#chat"), lambda: self.text("#entry-note"))

    def say(self, line: str) -> None:
        """Type a line."""
        self.find("#text").send_keys(line, Keys.ENTER)

    def said(self) -> list[str]:
        """Return what was said in the conversation that is shown."""
        return self.all("#scroller .said:not(.sending):not(.refused) .what")

    def reads(self, text: str) -> None:
        """Wait until a line was said."""
        until(lambda: text in self.said(), lambda: f"{text!r} in {self.said()}")

    def value(self) -> str:
        """Return what is typed."""
        return str(self.js("return document.getElementById('text').value"))

    def looks(self, size: tuple[int, int] = WIDE, *, dark: bool = False) -> None:
        """Have this size, and this palette."""
        width, height = size
        self.driver.switch_to.window(self.handle)
        self.browser.look(width, height, dark=dark)

    def console(self) -> list[str]:
        """Return what the browser has said of the page since the last call."""
        self.driver.switch_to.window(self.handle)
        return self.browser.console()

    def picture(self, name: str) -> None:
        """Keep a picture of it."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.driver.switch_to.window(self.handle)
        self.driver.save_screenshot(os.fspath(PICTURES / f"{name}.png"))


@attrs.define(eq=False)
class Pages:
    """Opens windows in a browser."""

    browser: Browser
    opened: list[Page] = attrs.field(factory=list)

    def open(self, url: str, *, beside: Page | None = None, script: str = "") -> Page:
        """Open a window at a URL. The browser forgets what it has of that server, unless it opens `beside` a page.

        `script` runs before all others, where the browser can do that.
        """
        self.browser.add_window(more=bool(self.opened))
        page = Page(self.browser, self.browser.driver.current_window_handle)
        self.opened.append(page)
        page.looks()
        self.browser.open(url, again=beside is not None, script=script)
        return page

    def close(self) -> None:
        """Close all windows. Fail if a page had errors."""
        errors = []
        for page in self.opened:
            errors += [each for each in page.console() if not any(known in each for known in NETWORK)]
            self.browser.close()
        self.browser.driver.switch_to.window(self.browser.first)
        assert not errors, errors
