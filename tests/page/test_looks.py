"""The page on a desk and on a phone, light and dark: everything fits, can be read, and can be reached by keys alone."""

from __future__ import annotations

from functools import partial
from itertools import product

import pytest
from selenium.webdriver import Keys

from tests.page.accessibility import controls, faults
from tests.page.browsers import Chromium
from tests.page.fake import FakeServer
from tests.page.page import NARROW, WIDE, Page, Pages
from tests.waiting import until

LOOKS = [*product((WIDE, NARROW), (False, True)), ((320, 568), False)]
TALK = [
    ("ben", "Who has the cable for the projector?"),
    ("ben", "The short one with the blue plug, not the long one that never works when somebody needs it."),
    ("cleo", "ana: it is on your desk, I think"),
    ("יעל", "שלום לכולם, https://example.org/a_(b)?c=d#e"),
    ("zoe-with-a-name-of-24-xx", "x" * 300),
]


def talk(page: Page, fake: FakeServer) -> None:
    """Fill a page with all that it can show."""
    fake.answers["/who"] = lambda number: [
        {"event": "names-shown", "id": number, "line": "showing who is in lobby: ana"}
    ]
    fake.answers["loud"] = lambda number: [
        {"event": "error", "code": "muted", "line": "error - you are muted", "id": number}
    ]
    fake.answers["/nick"] = lambda number: [
        {"event": "error", "code": "x", "line": "error - ben is taken", "id": number}
    ]
    for nick, text in TALK:
        fake.says(nick, text)
    fake.happens({"event": "joined", "room": "lobby", "nick": "dora", "line": "dora has connected."})
    fake.happens({"event": "went-away", "room": "lobby", "nick": "ben", "why": "lunch", "line": "ben is away: lunch"})
    fake.happens({"event": "acted", "room": "lobby", "nick": "dora", "text": "waves"})
    fake.own += 1
    private = {"event": "privately-said", "own": fake.own, "nick": "cleo", "to": "ana", "text": "psst", "line": "psst"}
    fake.happens(private)
    for line in ("Here it is.", "/who", "/nick ben", "loud"):
        page.say(line)
    page.waits(".refused .state", "not sent")
    page.waits("#privates li", "cleo")


def wide_parts(page: Page) -> list[str]:
    """Return what is wider than the window."""
    found: list[str] = page.js(
        "return [...document.body.querySelectorAll('*')].filter(e => e.checkVisibility()"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    return found


def test_the_page_in_all_its_looks(page: Page, fake: FakeServer) -> None:
    """At each size and in both palettes nothing is cut off, all text has contrast, and every control has a name."""
    talk(page, fake)
    for size, dark in LOOKS:
        name = f"{size[0]}-{'dark' if dark else 'light'}"
        page.looks(size, dark=dark)
        page.js("return new Promise(requestAnimationFrame)")
        page.picture(f"room-{name}")
        assert (name, wide_parts(page), faults(page)) == (name, [], [])
        if size[0] < 1000:
            for opener, panel in (("#open-side", "#side"), ("#open-members", "#members")):
                page.click(opener)
                until(partial(page.sees, panel))
                page.picture(f"{panel[1:]}-{name}")
                assert (name, panel, wide_parts(page), faults(page)) == (name, panel, [], [])
                page.press(Keys.ESCAPE)
                assert (page.sees(panel), f"#{page.focused()}") == (False, opener)
        page.find("#text").send_keys("/to")
        page.picture(f"commands-{name}")
        assert (name, wide_parts(page), faults(page)) == (name, [], [])
        page.find("#text").clear()


@pytest.mark.parametrize("dialog", ["go", "self", "bring"])
def test_dialogs_in_all_their_looks(page: Page, fake: FakeServer, dialog: str) -> None:
    """Dialogs fit, can be read, keep the focus, and give it back."""
    rooms = [{"name": name, "members": 3, "topic": "x" * 100} for name in ("lobby", "kitchen")]
    fake.answers["/rooms"] = lambda number: [{"event": "rooms-listed", "id": number, "rooms": rooms, "line": "x"}]
    for size, dark in LOOKS:
        page.looks(size, dark=dark)
        if size[0] < 760:
            page.click("#open-side")
        page.click(f"#{dialog}")
        if dialog == "go":
            page.waits("#go-rooms li", "kitchen")
        page.picture(f"{dialog}-{size[0]}-{'dark' if dark else 'light'}")
        assert (size, wide_parts(page), faults(page)) == (size, [], [])
        page.press(Keys.ESCAPE)
        until(lambda: not page.sees(f"#{dialog}-dialog"))
        assert page.focused() == dialog
        page.press(Keys.ESCAPE)


def test_the_first_visit_in_all_its_looks(pages: Pages, fake: FakeServer) -> None:
    """So it is with the first page, and with the one that asks for a key."""
    fake.key = "sesame"
    page = pages.open(fake.url)
    until(lambda: page.sees("#name"))
    for step in ("name", "key"):
        for size, dark in LOOKS:
            page.looks(size, dark=dark)
            page.picture(f"{step}-{size[0]}-{'dark' if dark else 'light'}")
            assert (size, wide_parts(page), faults(page)) == (size, [], [])
        page.press("ana", Keys.ENTER)
        until(lambda: page.sees("#key"))


def test_a_keyboard_on_the_screen_covers_nothing(page: Page, fake: FakeServer) -> None:
    """When a phone's keyboard takes half of the screen, the field and the last line stay in sight."""
    talk(page, fake)
    page.looks(NARROW)
    page.looks((360, 380))
    until(lambda: page.js("return document.getElementById('send').getBoundingClientRect().bottom <= innerHeight"))
    bottom = "const s = document.getElementById('scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight"
    until(lambda: page.js(bottom) < 5)
    page.picture("keyboard-360")


def test_keys_alone_reach_everything(page: Page) -> None:
    """From the field, Tab goes through all that can be clicked, in order, and what has the focus can be seen."""
    page.waits("#member-list li", "cleo")
    reached: list[str] = []
    for _ in range(14):
        page.press(Keys.TAB)
        name = page.js("const e = document.activeElement; return e.id || e.textContent")
        outlined = page.js("return getComputedStyle(document.activeElement).outlineStyle")
        if name and name not in reached and outlined != "none":
            reached.append(name)
    assert reached[:3] == ["send", "ben", "cleo"]
    assert {"go", "#lobby", "self", "bring", "bell", "scroller"} <= set(reached)


def test_a_screen_reader_is_told(page: Page, fake: FakeServer) -> None:
    """The log is a live region with a name; the state of the connection is one, too; hidden logs say nothing."""
    if not isinstance(page.browser, Chromium):
        pytest.skip("only Chromium tells what a screen reader gets")
    names = {role: name for role, name, _ in controls(page)}
    assert names["log"] == "Room lobby"
    assert names["combobox"] == "Message to lobby"
    assert page.find("#status").get_attribute("role") == "status"
    fake.own += 1
    fake.happens({"event": "privately-said", "own": fake.own, "nick": "cleo", "to": "ana", "text": "psst", "line": "x"})
    page.waits("#privates li", "cleo")
    assert [name for role, name, _ in controls(page) if role == "log"] == ["Room lobby"]


def test_text_from_right_to_left(page: Page, fake: FakeServer) -> None:
    """Each line has its own direction, and a name keeps to itself whatever its direction is."""
    fake.says("יעל", "שלום")
    fake.says("ben", "hello")
    page.reads("hello")
    directions = page.js("return [...document.querySelectorAll('.said .what')].map(e => getComputedStyle(e).direction)")
    assert directions == ["rtl", "ltr"]
    assert page.js("return [...document.querySelectorAll('.said .nick')].map(e => e.tagName)") == ["BDI", "BDI"]
    assert page.js("return document.getElementById('text').dir") == "auto"
