"""Scripts that write under an owned name, to the byte: `/token`, `/post`."""

from __future__ import annotations

import pytest

from tests.room import SERVER, Client, Room, drawing
from tests.wire.acting import make_operator
from tests.wire.example import TEDDC, Example
from tests.wire.kitchen import nickname
from tests.wire.test_claims import TOKEN, token_of
from udpchat.domain.commands.scripts import (
    POST_SECONDS,
    POSTS_AT_ONCE,
    NoScripts,
    Posted,
    PostIncomplete,
    PostTooSoon,
    PostUnknown,
    ScriptSaid,
    ScriptsLet,
    ScriptsStopped,
    ScriptsUnclear,
)
from udpchat.domain.rooms.history.log import DAY
from udpchat.domain.rooms.inputs import Input, Rules

SENTENCES = (
    Example(
        ScriptsLet(TEDDC, "hash", TOKEN),
        b"you let scripts write as TEDDC, they send: /post k7wm-3xqp-9d2f-bcde-fghj-kmnp TEXT\n",
    ),
    Example(ScriptsLet(TEDDC, "hash"), b"you let scripts write as TEDDC, to read the token type /token again\n"),
    Example(ScriptsStopped(), b"you let no script write any more\n"),
    Example(NoScripts(), b"error - no script can write as you, to let one type /token\n"),
    Example(ScriptsUnclear(), b"error - /token takes off, or nothing\n"),
    Example(ScriptSaid(TEDDC, "deploy finished"), b"TEDDC (script): deploy finished\n"),
    Example(Posted(), b"you posted it\n"),
    Example(PostUnknown(), b"error - this token is not valid\n"),
    Example(PostIncomplete(), b"error - /post takes a token and a text\n"),
    Example(PostTooSoon(1.5), b"error - this token was used too often, wait 2 seconds\n"),
)
INVALID = "error - this token is not valid"


class Scripted:
    """A room with TEDDC, who owns that name and lets scripts post, Tyvem, and a script outside."""

    def __init__(self) -> None:
        self.room = Room(drawing("TEDDC", "Tyvem"))
        self.one, self.two = self.room.member(), self.room.member()
        self.own = token_of(self.one)
        self.script = self.room.client("203.0.113.7")
        self.token = self.let()

    def let(self) -> str:
        """Let scripts post; return the token."""
        self.one.say("/token")
        (line,) = self.one.hears()
        return line.removeprefix("you let scripts write as TEDDC, they send: /post ").removesuffix(" TEXT")

    def posts(self, text: str = "deploy finished", by: Client | None = None) -> list[str]:
        """Let a script post, and return what it reads."""
        script = by or self.script
        script.say(f"/post {self.token} {text}")
        return script.hears()


def test_post() -> None:
    """All in the owner's room read it, wherever that is, and nobody joins."""
    scripted = Scripted()
    room, one, two = scripted.room, scripted.one, scripted.two
    assert scripted.posts() == ["you posted it"]
    assert one.hears() == two.hears() == ["TEDDC (script): deploy finished"]
    one.say("/nick other\n/join kitchen")
    one.hears(), two.hears()
    assert scripted.posts("now\x1b[2J  here") == ["you posted it"]
    assert one.hears() == ["TEDDC (script): now  here"]
    assert two.hears() == []
    one.say("/quit")
    two.hears()
    assert scripted.posts("and now") == ["you posted it"]
    assert two.hears() == ["TEDDC (script): and now"]
    assert len(room.chat.state.roster) == 1
    two.say("/history")
    assert two.hears() == ["[00:00] TEDDC (script): deploy finished", "[00:00] TEDDC (script): and now"]


def test_post_by_a_member() -> None:
    """It reads the reply, and the text if it is in that room."""
    scripted = Scripted()
    assert scripted.posts(by=scripted.two) == ["TEDDC (script): deploy finished", "you posted it"]
    assert scripted.one.hears() == ["TEDDC (script): deploy finished"]
    scripted.two.say("/post\n/post x\n/post x y")
    incomplete = "error - /post takes a token and a text"
    assert scripted.two.hears() == [incomplete, incomplete, INVALID]


def test_tokens() -> None:
    """A new one replaces the old one; off ends it. It is not the token of the name, nor ends with that."""
    scripted = Scripted()
    one = scripted.one
    old, scripted.token = scripted.token, scripted.let()
    scripted.script.say(f"/post {old} deploy finished")
    assert scripted.script.hears() == [INVALID]
    scripted.script.say(f"/post {scripted.own} deploy finished")
    assert scripted.script.hears() == [INVALID]
    one.say(f"/resume {scripted.token}")
    assert one.hears()[0].startswith("error - this token is not valid")
    one.say(f"/claim\n/resume {scripted.own}")
    assert scripted.posts() == ["you posted it"]
    one.hears()
    one.say("/token off\n/token off\n/token on\n/token off now\n/release\n/token")
    unclear = "error - /token takes off, or nothing"
    assert one.hears() == [
        "you let no script write any more",
        "error - no script can write as you, to let one type /token",
        unclear,
        unclear,
        "you own TEDDC no longer",
        "error - you own no name, to own yours type /claim",
    ]
    assert scripted.posts() == [INVALID]


def test_a_script_is_limited() -> None:
    """Some lines at once, then one in so many seconds, whatever address it posts from. A clock may go back."""
    scripted = Scripted()
    read = [scripted.posts(by=scripted.room.client(f"203.0.113.{number}")) for number in range(POSTS_AT_ONCE)]
    assert read == [["you posted it"]] * POSTS_AT_ONCE
    scripted.room.now += 1.0
    assert scripted.posts() == ["error - this token was used too often, wait 2 seconds"]
    scripted.room.now += POST_SECONDS - 1.0
    assert scripted.posts() == ["you posted it"]
    scripted.room.now -= 1000 * DAY
    wait = f"error - this token was used too often, wait {int(POST_SECONDS) + 1} seconds"
    assert scripted.posts() == [wait]


@pytest.mark.parametrize("away", [True, False])
def test_what_silences_the_owner(*, away: bool) -> None:
    """A mute, a hush, a slow room, and a ban silence its script, while it is here and when it left."""
    scripted = Scripted()
    operator = scripted.two
    make_operator(operator)
    operator.say("/mute TEDDC 10m stop that")
    if away:
        scripted.one.say("/quit")
    assert scripted.posts() == ["error - you are muted for 10 minutes more, by Tyvem: stop that"]
    scripted.room.now += 601
    operator.say("/hush on")
    assert scripted.posts() == ["error - only operators speak in lobby now, /hand raises your hand"]
    operator.say("/hush off\n/slow 60")
    assert [scripted.posts(), scripted.posts()] == [
        ["you posted it"],
        ["error - one line in 1 minute here, wait 1 minute"],
    ]
    operator.say("/slow off\n/ban TEDDC 1h stop that")
    assert scripted.posts() == ["error - you are banned for 1 hour more: stop that"]
    operator.say("/unban TEDDC")
    assert scripted.posts() == ["you posted it"]


def test_a_ban_of_where_the_owner_was() -> None:
    """If the network is banned from which the owner left, its script is silent; who is banned itself has no reply."""
    scripted = Scripted()
    make_operator(scripted.two)
    owner = scripted.room.client("10.0.0.7")
    owner.say(f"/resume {scripted.own}")
    scripted.two.say("/ban 10.0.0.0/24 1h")
    assert scripted.posts() == ["error - you are banned for 1 hour more"]
    scripted.two.say("/unban 10.0.0.0/24\n/ban 203.0.113.0/24 1h")
    assert scripted.posts() == ["error - you are banned for 1 hour more"]  # by the gate
    assert scripted.posts() == []


def test_while_nobody_new_may_come_in() -> None:
    """A script posts nevertheless: it does not come in."""
    scripted = Scripted()
    make_operator(scripted.two)
    scripted.two.say("/lockdown on")
    assert scripted.posts() == ["you posted it"]


def test_who_ignores_the_owner() -> None:
    """It receives nothing of its script, neither now nor in history."""
    scripted = Scripted()
    scripted.two.say("/ignore TEDDC\n/bell on")
    scripted.two.hears()
    assert scripted.posts("look here, Tyvem") == ["you posted it"]
    assert scripted.two.gets() == []
    scripted.two.say("/history")
    assert scripted.two.hears() == ["showing history: nothing was said"]


def test_a_bell() -> None:
    """It rings for who is named."""
    scripted = Scripted()
    scripted.two.say("/bell on")
    scripted.two.hears()
    scripted.posts("look here, Tyvem")
    assert scripted.two.gets() == [b"\x07TEDDC (script): look here, Tyvem\n"]


def test_whoever_ignores_somebody_else_reads_it() -> None:
    """What a script says while its owner is away is the owner's, in history too, and of nobody who is here."""
    scripted = Scripted()
    scripted.two.say("/claim\n/token\n/quit")
    scripted.token = scripted.two.hears()[-2].removesuffix(" TEXT").rpartition(" ")[2]
    three = scripted.room.member()
    three.say("/ignore TEDDC")
    three.hears()
    scripted.posts("from afar")
    assert three.hears() == ["Tyvem (script): from afar"]
    three.say("/history")
    assert three.hears() == ["[00:00] Tyvem (script): from afar"]


def test_a_name_that_is_not_kept_any_more() -> None:
    """Its script is silent."""
    scripted = Scripted()
    scripted.one.say("/quit")
    scripted.room.now += 30 * DAY
    assert scripted.posts() == [INVALID]


def test_a_name_that_was_left_behind() -> None:
    """A mute of whoever owns another name now silences the script of the first one, too."""
    scripted = Scripted()
    make_operator(scripted.two)
    other = scripted.room.member()
    second = token_of(other)
    other.say("/quit")
    scripted.one.say(f"/resume {second}")
    assert scripted.posts() == ["you posted it"]
    scripted.two.say(f"/mute {nickname(scripted.one)} 10m")
    assert scripted.posts() == ["error - you are muted for 10 minutes more, by Tyvem"]


def test_before_there_was_order() -> None:
    """A stranger joined by any line, and the word was unknown. From a global address it was asked for a code."""
    scripted = Scripted()
    scripted.room.chat.state.grammar = 3
    assert scripted.posts()[0].startswith("to join, ")
    near = scripted.room.client()
    assert scripted.posts(by=near)[0] == "error - unknown command /post, try /help"
    assert len(scripted.room.chat.state.roster) == 3


def test_guests_post_as_before() -> None:
    """A line of a stranger joins, as it always did."""
    room = Room(drawing("start", "TEDDC", "Tyvem"))
    room.hub.start(SERVER, Rules())
    one, guest = room.member(), room.client()
    guest.say("deploy finished\n")
    assert one.hears() == guest.hears() == ["Tyvem: deploy finished"]


def test_who_is_banned_posts_nothing() -> None:
    """Also where the gate let its line through before the ban."""
    room = Room(drawing("TEDDC", "Tyvem"))
    one, two = room.member(), room.member()
    make_operator(one)
    one.say("/ban Tyvem 1h")
    given = Input(room.clock(), 7, two.end.address, "/post k7wm-3xqp-9d2f-bcde-fghj-kmnp done")
    assert room.chat.handle(given) == []


def test_two_owners_of_one_network() -> None:
    """Each counts for it until its name is released."""
    room = Room(drawing("TEDDC", "Tyvem"))
    one, two = room.client("10.0.0.7"), room.client("10.0.0.7")
    for each in (one, two):
        each.say("hello there\n/claim\n/release\n/claim")
    for each in (one, two):
        each.hears()
        each.say("/release")
        assert each.hears() == [f"you own {nickname(each)} no longer"]
