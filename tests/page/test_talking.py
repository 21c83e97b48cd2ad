"""What people do on the page: come in, talk, write privately, complete, and look elsewhere."""

from __future__ import annotations

import re

from selenium.webdriver import Keys

from tests.page.fake import FakeServer
from tests.page.page import Page, Pages
from tests.waiting import until


def test_the_first_visit(pages: Pages, fake: FakeServer) -> None:
    """There is one field and one button; then one is in, and the name is there the next time."""
    page = pages.open(fake.url)
    until(lambda: page.focused() == "name")
    shown = page.js("return [...document.querySelectorAll('input,button')].filter(e => e.checkVisibility()).length")
    assert shown == 2
    page.join("ana li")
    assert fake.got[0] == {"hello": {"v": 1, "nick": "ana-li"}}
    assert (page.text("#room"), page.text("#topic"), page.focused()) == ("lobby", "lunch at noon", "text")
    until(lambda: page.all("#member-list .nick") == ["ana-li", "ben", "cleo"])
    other = pages.open(fake.url, beside=page)
    until(lambda: other.js("return document.getElementById('name').value") == "ana-li")


def test_lines_of_a_person_share_a_name(page: Page, fake: FakeServer) -> None:
    """Lines are grouped by speaker and by day, with the local time."""
    fake.says("ben", "one", at="2026-11-24T23:58:00.000Z")
    fake.says("ben", "two", at="2026-11-24T23:59:00.000Z")
    fake.says("ben", "three", at="2026-11-25T23:59:30.000Z")
    fake.says("cleo", "four", at="2026-11-25T23:59:40.000Z")
    page.reads("four")
    together = page.js("return [...document.querySelectorAll('.row.said')].map(e => e.classList.contains('together'))")
    assert together == [False, True, False, False]
    assert len(page.all(".day")) == 2
    local = page.js("return new Date('2026-11-24T23:58:00Z').toTimeString().slice(0, 5)")
    assert page.text(".said time") == local


def test_who_comes_and_goes(page: Page, fake: FakeServer) -> None:
    """Notices share a line; the list of members follows, with who is away and why."""
    fake.happens({"event": "joined", "room": "lobby", "nick": "dora", "line": "dora has connected."})
    fake.happens({"event": "left", "room": "lobby", "nick": "ben", "line": "ben has disconnected."})
    fake.happens({"event": "went-away", "room": "lobby", "nick": "cleo", "why": "lunch", "line": "cleo is away: lunch"})
    page.waits(".notice .what", "dora has connected. · ben has disconnected. · cleo is away: lunch", exactly=True)
    until(lambda: page.all("#member-list li") == ["anayou", "cleoaway: lunch", "dora"])
    fake.happens({"event": "nickname-changed", "room": "lobby", "old": "cleo", "new": "zoe", "line": "cleo changed"})
    fake.happens({"event": "came-back", "room": "lobby", "nick": "zoe", "line": "zoe is back"})
    until(lambda: page.all("#member-list li") == ["anayou", "dora", "zoe"], lambda: str(page.all("#member-list li")))
    fake.says("emil", "I was here all the time")
    until(lambda: page.all("#member-list .nick") == ["ana", "dora", "emil", "zoe"])
    fake.happens({"event": "topic-changed", "room": "lobby", "nick": "zoe", "topic": "tea", "line": "zoe changed"})
    page.waits("#topic", "tea", exactly=True)


def test_an_unknown_event_is_shown_by_its_line(page: Page, fake: FakeServer) -> None:
    """A server of later says things that the page does not know."""
    fake.happens({"event": "juggled", "room": "lobby", "line": "ben juggles 3 balls"})
    page.waits(".notice .what", "ben juggles 3 balls", exactly=True)


def test_a_line_is_sending_then_sent(page: Page, fake: FakeServer) -> None:
    """A line is there at once, and marked when the room has it; it is sent again until then, and said once."""
    fake.outcomes = False
    page.say("hello")
    page.waits(".sending .what", "hello", exactly=True)
    assert page.text(".sending .state") == "sending"
    fake.outcomes = True
    page.reads("hello")
    until(lambda: page.all(".said .state") == ["✓"])
    assert page.all(".sending") == []
    sent = [each["id"] for each in fake.got if each.get("line") == "hello"]
    assert len(sent) >= 2
    assert len(set(sent)) == 1


def test_a_line_is_refused(page: Page, fake: FakeServer) -> None:
    """A refused line stays, with the reason, and can be sent again, as a new one."""
    fake.answers["HELLO"] = lambda number: [
        {"event": "error", "code": "muted", "line": "error - you are muted", "id": number}
    ]
    page.say("HELLO")
    page.waits(".refused .state", "not sent: you are muted")
    del fake.answers["HELLO"]
    page.click(".refused button")
    page.reads("HELLO")
    ids = [each["id"] for each in fake.got if each.get("line") == "HELLO"]
    assert len(set(ids)) == 2


def test_a_line_that_is_not_taken_yet_is_sent_again(pages: Pages, fake: FakeServer) -> None:
    """A line that came too fast, or that a cluster did not take in time, keeps its number."""
    page = pages.open(fake.url, script="const n = Date.now; Date.now = () => n() * 20")
    page.join("ana")
    codes = ["slow-down", "room-unreachable"]

    def answer(number: int) -> list[dict[str, object]]:
        if len(codes) == 1:
            del fake.answers["HELLO"]
        return [{"event": "error", "code": codes.pop(0), "line": "error - not yet", "id": number}]

    fake.answers["HELLO"] = answer
    page.say("HELLO")
    page.reads("HELLO")
    assert page.all(".refused") == []
    ids = [each["id"] for each in fake.got if each.get("line") == "HELLO"]
    assert (len(ids), len(set(ids))) == (3, 1)


def test_a_long_line_is_not_sent(page: Page, fake: FakeServer) -> None:
    """What the server would refuse is said before, and stays in the field."""
    page.js("document.getElementById('text').value = 'é'.repeat(4001)")
    page.find("#text").send_keys(Keys.ENTER)
    page.waits(".answer .line", "not sent: this line has 8002 bytes, the limit is 8000", exactly=True)
    assert len(page.value()) == 4001
    assert fake.lines() == ["/history 50"]


def test_a_paste_is_several_lines(page: Page, fake: FakeServer) -> None:
    """Each line of a paste is a line; blank ones are none."""
    page.js("document.getElementById('text').value = 'one\\n\\n  \\ntwo\\r\\nthree'")
    page.find("#text").send_keys(Keys.ENTER)
    page.reads("three")
    assert fake.lines()[1:] == ["one", "two", "three"]


def test_answers_are_below_what_was_typed(page: Page, fake: FakeServer) -> None:
    """What the server answers to oneself is apart from what the room reads; so are its errors."""
    fake.answers["/who"] = lambda number: [{"event": "names-shown", "id": number, "line": "showing who: ana"}]
    fake.answers["/nick"] = lambda number: [
        {"event": "error", "code": "nickname-taken", "id": number, "line": "error - nickname ben is already in use"}
    ]
    page.say("/who")
    page.waits(".answer", "/whoshowing who: ana", exactly=True)
    page.say("/nick ben")
    page.waits(".answer.bad", "/nick bennickname ben is already in use", exactly=True)
    page.say("/back")
    until(lambda: fake.lines()[-1] == "/back")
    until(lambda: page.all(".sending") == [])
    page.say("/me waves")
    page.waits(".action .what", "waves", exactly=True)


def test_history_comes_first(pages: Pages, fake: FakeServer) -> None:
    """A newcomer is shown what was said before, above what is new, and each line once."""
    morning = {"event": "said", "nick": "ben", "text": "good morning", "at": "2026-11-24T08:00:00.000Z"}
    fake.answers["/history"] = lambda number: [{"event": "history", "id": number, "messages": [morning]}]
    page = pages.open(fake.url)
    page.join("ana")
    fake.says("ben", "news")
    page.reads("news")
    assert page.said() == ["good morning", "news"]


def test_commands_are_completed(page: Page, fake: FakeServer) -> None:
    """Behind a slash the server's commands are shown, with what they do; Tab takes one, Enter what was typed."""
    field = page.find("#text")
    field.send_keys("/nic")
    page.waits("#suggestions li", "/nick NAMEchange your nickname", exactly=True)
    assert field.get_attribute("aria-expanded") == "true"
    field.send_keys(Keys.TAB)
    assert page.value() == "/nick "
    page.waits("#suggestions li", "for example: /nick client")
    field.send_keys(Keys.ESCAPE)
    assert not page.sees("#suggestions")
    field.clear()
    field.send_keys("/who", Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    chosen = field.get_attribute("aria-activedescendant")
    assert page.text(f"#{chosen} code") == "/whois NICK"
    field.send_keys(Keys.ENTER)
    assert page.value() == "/whois "
    field.clear()
    field.send_keys("/who", Keys.ENTER)
    until(lambda: fake.lines()[-1] == "/who")


def test_names_are_completed(page: Page, fake: FakeServer) -> None:
    """Tab completes a name; who spoke last comes first, and the next Tab takes the next one."""
    fake.members.append("clara")
    fake.says("clara", "hello")
    page.reads("hello")
    field = page.find("#text")
    field.send_keys("cl", Keys.TAB)
    assert page.value() == "clara: "
    field.send_keys(Keys.TAB)
    assert page.value() == "cleo: "
    field.send_keys("ask BE", Keys.TAB)
    assert page.value() == "cleo: ask ben "
    field.send_keys("zzz", Keys.TAB)
    assert page.focused() == "send"  # where there is nothing to complete, Tab goes on


def test_earlier_lines_come_back(page: Page) -> None:
    """Up and Down go through one's own lines, and back to what was begun."""
    page.say("one")
    page.say("/who")
    field = page.find("#text")
    field.send_keys("begun", Keys.ARROW_UP)
    assert page.value() == "/who"
    field.send_keys(Keys.ARROW_UP, Keys.ARROW_UP)
    assert page.value() == "one"
    field.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert page.value() == "begun"


def private(fake: FakeServer, text: str, nick: str = "cleo", to: str = "ana") -> None:
    """Let a private line come."""
    fake.own += 1
    fake.happens({"event": "privately-said", "own": fake.own, "nick": nick, "to": to, "text": text, "line": text})


def test_private_words(page: Page, fake: FakeServer) -> None:
    """Who is written to has a conversation of its own, which is unread until one looks, also in the title."""
    private(fake, "psst")
    page.waits("#privates li", "cleo")
    assert page.all("#privates .count") == ["1"]
    assert page.js("return document.title") == "(1) lobby · udpchat"
    page.click("#privates button")
    until(lambda: page.said() == ["psst"])
    assert (page.text("#room"), page.all("#privates .count")) == ("cleo", [])
    assert page.js("return document.title") == "cleo · udpchat"
    fake.answers["/msg"] = lambda number: [{"event": "done", "id": number}]
    page.say("yes?")
    until(lambda: fake.lines()[-1] == "/msg cleo yes?")
    private(fake, "yes?", "ana", "cleo")
    until(lambda: page.said() == ["psst", "yes?"])
    assert page.all(".sending") == []
    page.click("#close")
    assert (page.text("#room"), page.all("#privates li")) == ("lobby", [])


def test_a_member_can_be_written_to(page: Page) -> None:
    """A click on a member begins a conversation; what was begun elsewhere stays there."""
    page.find("#text").send_keys("begun")
    page.click("#member-list li:nth-child(2) button")
    assert (page.text("#room"), page.value(), page.focused()) == ("ben", "", "text")
    page.click("#rooms button")
    assert page.value() == "begun"


def test_a_mention_is_marked(page: Page, fake: FakeServer) -> None:
    """One's own name, as a word of its own, marks the line."""
    for text in ("ana: look", "banana", "ANA?", "ana-lena", "@ana"):
        fake.says("ben", text)
    page.reads("@ana")
    assert page.all(".mention .what") == ["ana: look", "ANA?", "@ana"]


RECORDING = """
window.shown = []; window.rang = 0;
window.Notification = class { static permission = "default";
  static async requestPermission() { this.permission = window.allow ? "granted" : "denied"; }
  constructor(title, { body }) { window.shown.push([title, body]); } close() {} };
window.AudioContext = class { currentTime = 0; destination = {};
  createGain() { return { gain: {}, connect: (next) => next }; }
  createOscillator() {
    return { frequency: {}, connect(x) { return x; }, start() { window.rang++; }, stop() {} }; } };
document.hasFocus = () => !window.away;
"""


def test_one_is_called(pages: Pages, fake: FakeServer) -> None:
    """A click on the bell asks once; then a mention shows a notification, or rings where none is allowed."""
    page = pages.open(fake.url, script=RECORDING)
    page.join("ana")
    fake.says("ben", "ana, are you there?")
    page.reads("ana, are you there?")
    page.js("window.allow = window.away = true")
    page.click("#bell")
    until(lambda: page.find("#bell").get_attribute("aria-pressed") == "true")
    fake.says("ben", "somebody?")
    fake.says("ben", "ana?")
    page.reads("ana?")
    assert (page.js("return window.shown"), page.js("return window.rang")) == ([["ben", "ana?"]], 0)
    assert page.js("return document.title") == "(2) lobby · udpchat"
    assert page.all(".new") == ["New"]
    page.js("Notification.permission = 'denied'")
    fake.says("ben", "ana!")
    until(lambda: page.js("return window.rang") == 1)
    page.js("window.away = false; dispatchEvent(new Event('focus'))")
    assert page.js("return document.title") == "lobby · udpchat"
    fake.says("ben", "ana.")
    page.reads("ana.")
    assert page.js("return window.rang") == 1


def test_one_can_read_further_up(page: Page, fake: FakeServer) -> None:
    """While one reads further up, nothing moves; a button says that there is more below."""
    for number in range(60):
        fake.says("ben", f"line {number}")
    page.reads("line 59")
    bottom = "const s = document.getElementById('scroller'); return s.scrollHeight - s.scrollTop - s.clientHeight"
    assert page.js(bottom) < 5
    page.js("const s = document.getElementById('scroller'); s.scrollTop = 0")
    until(lambda: page.js(bottom) > 100)
    page.js("return new Promise(each => requestAnimationFrame(() => requestAnimationFrame(each)))")  # it hears of it
    fake.says("ben", "below")
    page.reads("below")
    assert page.js("return document.getElementById('scroller').scrollTop") == 0
    page.click("#jump")
    until(lambda: page.js(bottom) < 5)
    assert not page.sees("#jump")


def test_dialogs(page: Page, fake: FakeServer) -> None:
    """Rooms can be chosen, the name changed or kept, and others brought by a QR code."""
    fake.answers["/rooms"] = lambda number: [
        {
            "event": "rooms-listed",
            "id": number,
            "rooms": [{"name": "kitchen", "members": 2, "topic": "tea"}],
            "line": "x",
        }
    ]
    page.click("#go")
    page.waits("#go-rooms li", "kitchen")
    page.click("#go-rooms button")
    until(lambda: fake.lines()[-1] == "/join kitchen")
    assert page.all(".answer") == []
    page.click("#self")
    page.find("#self-nick").clear()
    page.find("#self-nick").send_keys("anna", Keys.ENTER)
    until(lambda: fake.lines()[-1] in {"/nick anna", "/quit"})
    assert fake.lines()[-1] == "/nick anna"
    page.click("#bring")
    until(lambda: page.js("return document.getElementById('qr').naturalWidth") > 0)
    assert re.fullmatch(rf"nc -u 127.0.0.1 {fake.port}", page.text("#bring-netcat"))
    page.press(Keys.ESCAPE)
    until(lambda: not page.sees("#bring-dialog"))
