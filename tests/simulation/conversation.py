"""What people who came to talk type: every command, rightly and wrongly."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import attrs

from tests.simulation.peers import Peer

TYPED = {  # with the weight of each; {text} is told from all others, {nick} is perhaps somebody's
    **dict.fromkeys(("/join kitchen", "/join #Kitchen", "/join vault open sesame", "/join attic", "/leave"), 2),
    **dict.fromkeys(("/join {secret}\n/private on", "/join {secret} sesame\n/private on\n{text}", "/invite {nick}"), 2),
    **dict.fromkeys(("/join vault wrong", "/join", "/join lobby", "/join {secret} sesame", "/part", "/key sesame"), 1),
    **dict.fromkeys(("/key off", "/private on", "/private off", "/topic", "/topic what we eat", "/rooms"), 1),
    **dict.fromkeys(("/msg {nick} {text}", "/reply {text}", "/me {text}", "{nick}: {text}"), 5),
    **dict.fromkeys(("/r {text}", "/tell {nick} {text}", "/w {nick}", "/shrug {text}", "/shrug"), 1),
    **dict.fromkeys(("msg {nick} {text}", "/mgs {nick} {text}", ".m {nick} {text}", "m/sg {nick} {text}"), 1),
    **dict.fromkeys(("/ignore {nick}", "/away lunch, {nick}", "/hand {nick} knows", "/next"), 3),
    **dict.fromkeys(("/unignore {nick}", "/ignored", "/away", "/back", "/hand down", "/hands"), 1),
    **dict.fromkeys(
        ("/who", "/who kitchen", "/who {secret}", "/whois {nick}", "/whoami", "/seen {nick}", "/roll 2d6"), 1
    ),
    **dict.fromkeys(("/color on", "/bell on", "/time {zone}", "/time", "/color off", "/bell off", "/time off"), 1),
    **dict.fromkeys(("/motd", "/help join", "/help", "help", "/roll 0d1"), 1),
}
SECRETS = ("secret1", "secret2", "secret3")  # names of rooms that are private, or will be at once
KEEPERS = 3  # one of so many clients knows these names
CLOCKS = 5  # one of so many clients wants to see times: of it less can be checked


@attrs.define(eq=False)
class Conversation:
    """Draws what somebody types. `nickname` returns one that is perhaps somebody's, `text` a text with a number."""

    random: Random
    nickname: Callable[[], str]
    text: Callable[[Peer], str]

    def typed(self, peer: Peer) -> bytes:
        """Return lines of a client."""
        random = self.random
        (typed,) = random.choices(list(TYPED), list(TYPED.values()))
        keeps, has_clock = peer.number % KEEPERS == 0, peer.number % CLOCKS == 1
        return typed.format(
            text=self.text(peer) if "{text}" in typed else "",
            nick=self.nickname() if "{nick}" in typed else "",
            secret=random.choice(SECRETS) if keeps else "garden",
            zone=random.choice(("on", "+02:00")) if has_clock else "off",
        ).encode()
