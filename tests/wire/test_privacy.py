"""Lines that look like private words, to the byte."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import TYVEM, Example
from udpchat.domain.commands.privacy import WriteMistyped

SENTENCES = (
    Example(
        WriteMistyped(TYVEM),
        b"error - not sent, to write to Tyvem alone, type: /msg Tyvem TEXT\n"
        b"to say it to the room, put it in quotation marks\n",
    ),
)
REFUSED = SENTENCES[0].lines.decode().splitlines()


@pytest.mark.parametrize(
    "word",
    [
        *("msg", "Msg", "MSG", "tell", "Tell", "query", "m", "w", "W", " msg", "   tell", "\t.msg"),
        *("\\msg", ".msg", ",msg", "-tell", "?msg", "7msg", "7tell", "x/msg", "1/m", ";/query", "m/sg", "t/ell"),
        *("\uff0fmsg", "\uff0f\uff4d\uff53\uff47", "\uff0f\uff34ell", "\uff3cmsg", "\uff0emsg", "\u30fb\uff4d"),
        *("\u2044msg", "\u2215m", "\u3001\uff57", "ms\u200bg", "\u200b.msg", "\ufeffmsg", "m\u0007sg"),
    ],
)
@pytest.mark.parametrize("nickname", ["Tyvem", "tyvem:", "TYVEM,"])
def test_a_private_line_without_its_slash_is_not_said(word: str, nickname: str) -> None:
    """If its slash is missing, beside its place or another sign, and the name is that of somebody who is here."""
    _, one, two = two_members()
    one.say(f"{word} {nickname} secret")
    assert two.hears() == []
    assert one.hears() == REFUSED


@pytest.mark.parametrize(
    "line",
    [
        *("m", "msg", "msg Tyvem", "tell Tyvem:", "tell me a story", "msg somebody hello", "query it is", "w it is"),
        *('"msg Tyvem hello"', '"tell Tyvem hello', "please tell Tyvem hello", "tells Tyvem hello", "-x Tyvem hi"),
        *(
            "we Tyvem hello",
            "...msg Tyvem hello",
            "tell TEDDC hello",
            "quit Tyvem hello",
            "7 Tyvem is",
            "w/ Tyvem it is",
        ),
        *("w/ Tyvem it is", "and/w Tyvem hello", "-messages Tyvem hello", "tea Tyvem hello", "messages Tyvem hello"),
    ],
)
def test_other_lines_are_said(line: str) -> None:
    """A line for somebody who is not here, for oneself, without a text, or with any other first word is no secret."""
    _, one, two = two_members()
    one.say(line)
    assert one.hears() == two.hears() == [f"TEDDC: {line}"]


@pytest.mark.parametrize(
    "word", ["/mgs", "/msgg", "/", "/ msg", "/m\u00e9", "/\uff4d\uff53\uff47", "/mTyvem", "/msg:", "/tel"]
)
def test_a_mistyped_command_is_not_said(word: str) -> None:
    """It is an unknown command, as any other."""
    _, one, two = two_members()
    one.say(f"{word} Tyvem secret")
    assert two.hears() == []
    first, second = one.hears()
    assert first.startswith("error - unknown command /")
    assert second.startswith("to say it, type: //")


def test_two_slashes_say_the_line() -> None:
    """That is what two slashes are for."""
    _, one, two = two_members()
    one.say("//msg Tyvem hello")
    assert one.hears() == two.hears() == ["TEDDC: /msg Tyvem hello"]
