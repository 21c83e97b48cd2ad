"""The table of bounds in the manual has the values of the code."""

from __future__ import annotations

import re

from tests.docs.pages import rows
from udpchat.adapters.tcp.carrier import JOIN_SECONDS
from udpchat.adapters.tcp.census import CONNECTIONS_PER_CLIENT, MAX_UNIDENTIFIED, MAX_UNIDENTIFIED_OF_NETWORK
from udpchat.adapters.tcp.connection import MAX_UNREAD
from udpchat.adapters.tcp.entrance import BROWSING_SECONDS, MAX_BROWSING, SPARE_SECONDS
from udpchat.adapters.tcp.protocols.sniffing import SILENCE
from udpchat.app.hub.pacer import MAX_WAITING
from udpchat.app.settings import Settings
from udpchat.domain.commands import expression, hands, ignoring
from udpchat.domain.commands.arguments import MAX_REASON
from udpchat.domain.commands.rooms import MAX_TOPIC
from udpchat.domain.limits import MAX_MOTD_BYTES, MAX_MOTD_LINES
from udpchat.domain.machine.ask import MAX_QUOTED
from udpchat.domain.rooms.claims import MAX_ALL_KEPT_BYTES, MAX_KEPT_BYTES, MAX_KEPT_LINES, MAX_OF_NETWORK
from udpchat.domain.rooms.history.log import LINE_CHARACTERS
from udpchat.domain.rooms.history.reception import MAX_ABSENT
from udpchat.domain.rooms.programs.session import MAX_OUTCOMES, MAX_OWN, MAX_OWN_BYTES
from udpchat.domain.rooms.programs.told import MAX_TOLD_BYTES
from udpchat.domain.rooms.room import MAX_INVITED
from udpchat.domain.rooms.rooms import MAX_HELD, MAX_ROOMS_OF_CLIENT
from udpchat.domain.text.nickname import MAX_CHARACTERS

KIB = 1 << 10  # bytes
MIB = 1 << 20  # bytes
KEYS_OF_NICKNAME = 4  # at most, by which /seen remembers it


def test_bounds_in_the_manual() -> None:
    """Each row has the numbers of its limit, in this order."""
    settings = Settings()
    numbers = [
        [int(each) for each in re.findall(r"\d+", row[1].content.replace(",", ""))]
        for heading, row in rows("docs/manual.md")
        if heading == "Bounds"
    ]
    assert numbers == [
        [settings.max_rooms],
        [MAX_HELD],
        [MAX_ROOMS_OF_CLIENT],
        [],
        [MAX_INVITED],
        [ignoring.MAX_IGNORED],
        [hands.MAX_HANDS],
        [settings.max_claims],
        [MAX_OF_NETWORK],
        [MAX_KEPT_LINES, MAX_KEPT_BYTES],
        [MAX_ALL_KEPT_BYTES // MIB],
        [settings.history_keep, LINE_CHARACTERS],
        [settings.history_bytes // MIB],
        [settings.log_events],
        [MAX_TOLD_BYTES // MIB],
        [MAX_OWN, MAX_OWN_BYTES],
        [MAX_OUTCOMES, MAX_QUOTED],
        [MAX_TOPIC],
        [MAX_REASON],
        [MAX_CHARACTERS],
        [expression.MAX_SEEN // KEYS_OF_NICKNAME],
        [MAX_ABSENT],
        [MAX_MOTD_LINES, MAX_MOTD_BYTES],
        [MAX_WAITING],
        [],
        [CONNECTIONS_PER_CLIENT],
        [MAX_UNIDENTIFIED, MAX_UNIDENTIFIED_OF_NETWORK, int(SILENCE)],
        [int(SPARE_SECONDS), int(BROWSING_SECONDS)],
        [MAX_BROWSING],
        [int(JOIN_SECONDS)],
        [MAX_UNREAD // KIB],
    ]
