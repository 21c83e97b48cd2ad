"""Connections that break, servers that end, sessions, codes and keys."""

from __future__ import annotations

import json

from selenium.webdriver import Keys

from tests.page.fake import FakeServer
from tests.page.page import Page, Pages
from tests.waiting import until


def hellos(fake: FakeServer) -> list[dict[str, object]]:
    """Return each hello that came."""
    return [each["hello"] for each in list(fake.got) if "hello" in each]


def test_a_lost_connection_leaves_no_hole(page: Page, fake: FakeServer) -> None:
    """A page that comes back is the same member, and gets what it missed: nothing is lost, nothing is there twice."""
    fake.says("ben", "before")
    page.reads("before")
    fake.drop()
    fake.says("ben", "meanwhile")
    page.reads("meanwhile")
    fake.says("ben", "after")
    page.reads("after")
    assert page.said() == ["before", "meanwhile", "after"]
    again = hellos(fake)[-1]
    assert (again["session"], again["log"], again["rooms"]) == ("s1", "k3f9", {"lobby": 101})
    assert page.text("#status") == ""


def test_lines_wait_while_the_server_is_away(page: Page, fake: FakeServer) -> None:
    """The page says that the server cannot be reached; what one types waits, and is said once it is back."""
    fake.stop_listening()
    page.waits("#status", "The server cannot be reached. Your lines wait here.")
    page.say("one")
    page.say("two")
    assert page.all(".sending .what") == ["one", "two"]
    fake.listen()
    page.reads("two")
    assert page.said() == ["one", "two"]
    assert [line for line in fake.lines() if line in {"one", "two"}] == ["one", "two"]
    until(lambda: page.all(".said .state") == ["✓", "✓"])


def test_a_device_without_a_network_says_so(page: Page, fake: FakeServer) -> None:
    """Where the device itself is offline, the page says that."""
    page.js("Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })")
    fake.drop()
    fake.stop_listening()
    page.waits("#status", "This device is offline.")


def test_a_room_that_does_not_answer(pages: Pages, fake: FakeServer) -> None:
    """Where there is a server but no room behind it, the page says so, and comes in once there is one."""
    fake.silent = True
    page = pages.open(fake.url, script="const t = setTimeout; window.setTimeout = (f, ms, ...a) => t(f, ms / 20, ...a)")
    until(lambda: page.sees("#name"))
    page.find("#name").send_keys("ana", Keys.ENTER)
    page.waits("#entry-note", "The server is there, but its room does not answer.")
    fake.silent = False
    fake.drop()
    until(lambda: page.sees("#chat"))


def test_a_server_that_lets_nobody_in(page: Page, fake: FakeServer) -> None:
    """Where pages come but the socket is refused, the page says so."""
    page.js(
        "WebSocket.prototype.close = function () {}; window.WebSocket = class extends EventTarget {"
        "constructor() { super(); setTimeout(() => this.dispatchEvent(new Event('close'))); } close() {} }"
    )
    fake.drop()
    page.waits("#status", "The server is there, but does not let this page in now.")


def test_what_is_missing_is_asked_for(page: Page, fake: FakeServer) -> None:
    """A number that is missing is asked for; what comes twice is shown once; what is gone is said."""
    fake.says("ben", "one")
    page.reads("one")
    lost = {"event": "said", "room": "lobby", "nick": "ben", "text": "two", "seq": 102}
    fake.events.append(lost)
    fake.seq = 102
    fake.says("ben", "three")
    page.reads("three")
    assert page.said() == ["one", "two", "three"]
    assert {"since": {"lobby": 101}, "own": 0, "log": "k3f9"} in fake.got
    fake.happens(lost)
    fake.happens({"event": "gap", "room": "lobby", "from": 104, "to": 110, "seq": 0})
    fake.seq = 110
    fake.says("ben", "four")
    page.reads("four")
    assert page.said() == ["one", "two", "three", "four"]
    page.waits(".notice .what", "7 lines are missing here")


def test_hidden_events_have_numbers(page: Page, fake: FakeServer) -> None:
    """What one is not to see counts, and is not shown."""
    fake.happens({"event": "hidden", "room": "lobby"})
    fake.says("ben", "seen")
    page.reads("seen")
    assert len(page.all(".row")) == 1
    assert not any("since" in each for each in fake.got)


def test_a_long_line_is_whole_again(page: Page, fake: FakeServer) -> None:
    """What came in parts is one line; a long list of members is one list."""
    said = {"event": "said", "room": "lobby", "nick": "ben", "seq": 101}
    fake.happens({**said, "text": "one ", "part": 1, "more": True}, {**said, "text": "two ", "part": 2, "more": True})
    fake.happens({**said, "text": "three", "part": 3})
    page.reads("one two three")
    welcome = {"event": "welcome", "you": "ana", "log": "k3f9", "own": 0, "id": 0}
    lobby = {"room": "lobby", "topic": None, "seq": 101}
    first = [{**lobby, "members": [{"nick": "ana", "away": None}], "more": True}]
    rest = [{**lobby, "members": [{"nick": "zoe", "away": ""}]}]
    fake.happens({**welcome, "rooms": first, "part": 1, "more": True}, {**welcome, "rooms": rest, "part": 2})
    until(lambda: page.all("#member-list li") == ["anayou", "zoeaway"])


def test_a_loaded_page_is_the_same_member(page: Page, fake: FakeServer) -> None:
    """Who loads the page again is the same member, in the same conversation, with the lines of before."""
    fake.says("ben", "ana, before")
    fake.own += 1
    fake.happens({"event": "privately-said", "own": fake.own, "nick": "cleo", "to": "ana", "text": "psst", "line": "x"})
    page.waits("#privates .count", "1")
    page.driver.refresh()
    page.reads("ana, before")
    page.waits("#privates li", "cleo")
    assert page.all("#privates .count") == []  # it was there before
    assert hellos(fake)[-1]["session"] == "s1"
    assert not page.sees("#entry")
    page.say("here I am")
    page.reads("here I am")
    ids = [each["id"] for each in fake.got if "id" in each]
    assert ids == sorted(set(ids))


def test_a_new_session_is_said_to_be_one(page: Page, fake: FakeServer) -> None:
    """A server that has forgotten the session says so by its numbers: what was under way is not said twice."""
    fake.outcomes = False
    page.say("was I heard?")
    until(lambda: "was I heard?" in fake.lines())
    fake.outcomes, fake.log, fake.seq, fake.highest = True, "other", 7, 0
    fake.events.clear()
    fake.drop()
    page.waits(".refused .state", "not sent: perhaps it was")
    fake.says("ben", "a new beginning")
    page.reads("a new beginning")
    assert fake.lines().count("was I heard?") == 1


def test_two_tabs_are_two_members(page: Page, pages: Pages, fake: FakeServer) -> None:
    """A tab has its own session; a copy of a tab, which has a copy of the session, begins a new one."""
    stored = page.js("return JSON.stringify(JSON.stringify(sessionStorage))")
    script = f"Object.entries(JSON.parse({stored})).forEach(([k, v]) => sessionStorage.setItem(k, v))"
    copy = pages.open(fake.url, beside=page, script=script)
    until(lambda: copy.sees("#name"))
    assert len(hellos(fake)) == 1


def test_a_code_is_sent_back(pages: Pages, fake: FakeServer) -> None:
    """A code that the server asks for is sent back by the page itself."""
    fake.code = "x7k2mp"
    page = pages.open(fake.url)
    page.join("ana")
    assert fake.shown() == ["x7k2mp"]


HEARD = """
    const Socket = WebSocket;
    window.heard = 0;
    window.WebSocket = class extends Socket {
        constructor(...given) {
            super(...given);
            this.addEventListener("message", () => ++window.heard);
        }
    };
"""


def asked_for_a_key(pages: Pages, fake: FakeServer) -> Page:
    """Return a page that has said the name ana, and asks for a key."""
    fake.key = "sesame"
    page = pages.open(fake.url, script=HEARD)
    until(lambda: page.sees("#name"))
    page.find("#name").send_keys("ana", Keys.ENTER)
    until(lambda: page.sees("#key"))
    return page


def test_a_key_is_asked_for(pages: Pages, fake: FakeServer) -> None:
    """A key has to be known by a person: there is a field for it, and a sentence if it was wrong."""
    page = asked_for_a_key(pages, fake)
    assert (page.focused(), page.text("#entry-note"), page.sees("#name")) == ("key", "", False)
    page.press("open", Keys.ENTER)
    page.waits("#entry-note", "That was not the key.")
    page.find("#key").clear()
    page.find("#key").send_keys("sesame", Keys.ENTER)
    until(lambda: page.sees("#chat"))
    assert "sesame" not in page.js("return JSON.stringify([localStorage, sessionStorage])")


def test_who_types_a_key_is_not_disturbed(pages: Pages, fake: FakeServer) -> None:
    """What is typed stays when the server asks for the key again, and waits while there is no connection."""
    page = asked_for_a_key(pages, fake)
    page.press("ses")
    count = int(page.js("return window.heard"))
    fake.happens({"event": "key-asked"})
    until(lambda: int(page.js("return window.heard")) > count)
    page.press("ame")
    assert page.js("return document.getElementById('key').value") == "sesame"
    fake.stop_listening()
    page.waits("#entry-note", "The server cannot be reached.")
    page.press(Keys.ENTER)
    fake.listen()
    until(lambda: page.sees("#chat"))


def test_a_key_that_nobody_judged_was_not_wrong(pages: Pages, fake: FakeServer) -> None:
    """If the connection breaks before the answer, the page asks again, and says nothing of the key."""
    page = asked_for_a_key(pages, fake)
    fake.silent = True
    page.press("sesame", Keys.ENTER)
    until(lambda: "sesame" in fake.shown())
    fake.silent = False
    count = int(page.js("return window.heard"))
    fake.drop()
    until(lambda: int(page.js("return window.heard")) > count)
    assert page.text("#entry-note") == ""


def test_who_is_removed_reads_why(page: Page, fake: FakeServer) -> None:
    """Who is kicked does not come back by itself, and can come back with a click."""
    fake.happens({"event": "closing", "why": "kicked", "line": "x"})
    page.waits("#entry-note", "You were removed from the chat.")
    count = len(hellos(fake))
    page.click("#entry-form button")
    until(lambda: page.sees("#chat"))
    assert len(hellos(fake)) == count + 1
    assert "session" not in hellos(fake)[-1]


def test_quitting_ends_the_session(page: Page) -> None:
    """Who leaves is asked for a name again, and nothing of the session stays."""
    page.say("/quit")
    page.waits("#entry-note", "You have left the chat.")
    assert "session" not in json.loads(page.js("return sessionStorage.getItem('udpchat.session')"))


def test_a_claimed_name_is_taken_again(page: Page, pages: Pages, fake: FakeServer) -> None:
    """The token of a name stays in this browser; the next visit uses it, but not while another tab is its owner."""
    fake.answers["/claim"] = lambda number: [
        {"event": "token", "for": "name", "nick": "ana", "token": "k7wm-3xqp", "id": number, "line": "you own ana"}
    ]
    page.say("/claim")
    page.waits(".answer", "you own ana")
    second = pages.open(fake.url, beside=page)
    second.join("ben")
    page.driver.refresh()  # it is owner now
    until(lambda: page.sees("#chat"))
    page.driver.switch_to.window(second.handle)
    second.driver.close()
    pages.opened.remove(second)
    page.click("#self")
    page.waits("#self-claim", "ana is yours")
    page.find("#self-dialog [data-close]").click()
    page.say("/quit")
    page.waits("#entry-note", "You have left the chat.")
    page.click("#entry-form button")
    until(lambda: "/resume k7wm-3xqp" in fake.lines())
