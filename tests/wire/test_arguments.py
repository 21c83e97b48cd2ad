"""Arguments that several families take, to the byte."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import Example
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.arguments import (
    NicknameNeeded,
    NotHere,
    NothingAfter,
    NothingToSay,
    PersonNeeded,
    ReasonTooLong,
    SwitchUnclear,
)
from udpchat.domain.commands.spec import each_once

SENTENCES = (
    Example(NicknameNeeded("/ignore"), b"error - /ignore takes one nickname\n"),
    Example(NicknameNeeded("/invite"), b"error - /invite takes one nickname\n"),
    Example(NicknameNeeded("/seen"), b"error - /seen takes one nickname\n"),
    Example(NicknameNeeded("/release"), b"error - /release takes one nickname\n"),
    Example(NicknameNeeded("/restore"), b"error - /restore takes one nickname\n"),
    Example(NicknameNeeded("/unban"), b"error - /unban takes one nickname\n"),
    Example(NicknameNeeded("/unmute"), b"error - /unmute takes one nickname\n"),
    Example(NicknameNeeded("/unignore"), b"error - /unignore takes one nickname\n"),
    Example(NicknameNeeded("/whois"), b"error - /whois takes one nickname\n"),
    Example(NotHere("Tyvem"), b"error - Tyvem is not here\n"),
    Example(ReasonTooLong("/away"), b"error - a reason for /away has at most 200 characters\n"),
    Example(ReasonTooLong("/hand"), b"error - a reason for /hand has at most 200 characters\n"),
    Example(ReasonTooLong("/ban"), b"error - a reason for /ban has at most 200 characters\n"),
    Example(ReasonTooLong("/kick"), b"error - a reason for /kick has at most 200 characters\n"),
    Example(ReasonTooLong("/mute"), b"error - a reason for /mute has at most 200 characters\n"),
    Example(NothingToSay("/announce"), b"error - /announce takes a text\n"),
    Example(PersonNeeded("/ban"), b"error - /ban takes a nickname first\n"),
    Example(PersonNeeded("/kick"), b"error - /kick takes a nickname first\n"),
    Example(PersonNeeded("/mute"), b"error - /mute takes a nickname first\n"),
    Example(PersonNeeded("/wipe"), b"error - /wipe takes a nickname first\n"),
    Example(NothingAfter("/wipe"), b"error - /wipe takes a nickname and a time such as 1h\n"),
    Example(PersonNeeded("/unban"), b"error - /unban takes a nickname first\n"),
    Example(SwitchUnclear("/hush"), b"error - /hush takes on or off\n"),
    Example(SwitchUnclear("/lockdown"), b"error - /lockdown takes on or off\n"),
    Example(SwitchUnclear("/bell"), b"error - /bell takes on or off\n"),
    Example(SwitchUnclear("/color"), b"error - /color takes on or off\n"),
    Example(SwitchUnclear("/private"), b"error - /private takes on or off\n"),
)
WORDS = [command.word for command in each_once(COMMANDS) if command.usage.endswith(" NICK")]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("rest", ["", " ", " Tyvem TEDDC"])
def test_a_command_for_one_person_takes_one_nickname(word: str, rest: str) -> None:
    """Whichever family it is of; nobody else reads anything."""
    _, one, two = two_members()
    one.say(word + rest)
    assert one.hears() == [f"error - {word} takes one nickname"]
    assert two.gets() == []
