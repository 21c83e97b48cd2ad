"""Why something was not served or not delivered: one reason for each place where that happens, and each is counted."""

from __future__ import annotations

from collections import Counter
from enum import Enum, unique


@unique
class DropReason(Enum):
    """A reason; its value is the name in logs. What is counted stands behind it."""

    OWN_ADDRESS = "own_address"  # datagrams that claim to come from ourselves
    NO_REPLY = "no_reply"  # datagrams from port 0, to which nothing can be sent (RFC 768)
    RECEIVE_BUFFER = "receive_buffer"  # datagrams the kernel dropped before we saw them
    CODE_ASKED = "code_asked"  # datagrams of strangers who have to show that their address is theirs
    CODE_RATE = "code_rate"  # the same, and we answer no more strangers this second
    ROOM_FULL = "room_full"  # datagrams of strangers
    NETWORK_FULL = "network_full"  # datagrams of strangers from a prefix that has its share
    CLIENT_RATE = "client_rate"  # lines of a client that says too much
    NETWORK_RATE = "network_rate"  # lines from a prefix that says too much
    SERVER_RATE = "server_rate"  # lines, when all together say too much
    LINE_TOO_LONG = "line_too_long"  # lines
    UNCOMMITTED = "uncommitted"  # lines that the journal did not commit in time
    ANSWER_REFUSED = "answer_refused"  # long answers that were not begun, because too many are on their way
    ANSWER_CUT = "answer_cut"  # long answers that were on their way when the server ended
    SEND_BUFFER = "send_buffer"  # datagrams to clients, given up because too many waited
    SEND_FAILED = "send_failed"  # datagrams to clients that the kernel would not send
    FORGOTTEN = "forgotten"  # datagrams that waited for clients which left, or were nobody's
    UNSENT = "unsent"  # datagrams that still waited when the server ended
    UNREACHABLE = "unreachable"  # datagrams to clients, reported as not delivered
    BUG = "bug"  # datagrams or lines on which we failed


DropCounts = Counter[DropReason]
