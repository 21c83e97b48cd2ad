"""The versions of the grammar: by which rules a room reads lines and decides, and since which version each is in force.

A start records the version (`machine/versions.py`). So a replay of an old journal says what the server said then, and
nodes with different versions of udpchat agree. A rule that changes raises `GRAMMAR`, and the old rule stays.
"""

from __future__ import annotations

GRAMMAR = 5  # the version of this udpchat

AGES_SINCE = 2  # messages that are too old are kept, and not shown
ARGUMENTS_SINCE = 2  # an argument that would be understood only in part is an error
GREETINGS_SINCE = 2  # newcomers that say nothing are greeted, and the replies to /enter say more
HINTS_SINCE = 2  # members who do not know the commands get hints
NAMES_SINCE = 2  # the rules for nicknames in `text/nickname.py` are in force
ORDER_SINCE = 4  # there are operators, acts against those who disturb, and names that are kept
PROGRAMS_SINCE = 5  # programs talk in objects, what rooms are told has numbers, and sessions go on elsewhere
REPORTS_SINCE = 2  # a report about a datagram counts also if its client left meanwhile
REQUESTS_SINCE = 2  # the holder of a nickname is notified of who asks for it
RETURNS_SINCE = 2  # it is noted that a client came back, even if nothing was said
ROOMS_SINCE = 3  # there are rooms, and all commands that came with them
WHOAMI_SINCE = 2  # /whoami is a command
