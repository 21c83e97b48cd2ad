"""Why datagrams or lines were dropped. Each place that drops something has its own reason, and counts it."""

from __future__ import annotations

from collections import Counter
from enum import Enum


class DropReason(Enum):
    """A reason. Its value is its name in logs, and the comment says what is counted."""

    OWN_ADDRESS = "own_address"  # datagrams whose source address is our own
    NO_REPLY = "no_reply"  # datagrams from port 0, to which nothing can be sent (RFC 768)
    RECEIVE_BUFFER = "receive_buffer"  # datagrams that the kernel dropped before we received them
    STUN = "stun"  # datagrams of strangers that a web page made a browser send (RFC 8489)
    CODE_ASKED = "code_asked"  # datagrams of strangers that must first send a code
    CODE_RATE = "code_rate"  # the same, but not answered: as many strangers as allowed were answered
    KEY_ASKED = "key_asked"  # datagrams of strangers that must first send the key of the server
    KEY_WRONG = "key_wrong"  # datagrams of strangers with a wrong key
    KEY_RATE = "key_rate"  # the same, but not looked at: there were as many wrong keys as allowed
    ROOM_FULL = "room_full"  # datagrams of strangers, while there are as many clients as allowed
    NETWORK_FULL = "network_full"  # the same, for the clients of one network
    JOIN_RATE = "join_rate"  # the same, that have a connection, while as many as allowed are joining
    KEPT_OUT = "kept_out"  # datagrams of strangers that are banned, or while nobody new may come in
    POST_RATE = "post_rate"  # datagrams of strangers that post as scripts, over what they may
    CLIENT_RATE = "client_rate"  # lines of a client that exceeds its rate
    NETWORK_RATE = "network_rate"  # lines of a network that exceeds its rate
    SERVER_RATE = "server_rate"  # lines, while all clients together exceed the rate
    LINE_TOO_LONG = "line_too_long"  # lines that are longer than allowed
    UNCOMMITTED = "uncommitted"  # lines that the journal did not commit in time, or before the server ended
    ANSWER_REFUSED = "answer_refused"  # long replies that were not started, because as many as allowed were being sent
    ANSWER_CUT = "answer_cut"  # long replies that were being sent when the server ended
    SEND_BUFFER = "send_buffer"  # datagrams to clients, dropped because too many waited to be sent
    SEND_FAILED = "send_failed"  # datagrams to clients that the kernel refused to send
    FORGOTTEN = "forgotten"  # datagrams that waited to be sent to an address that was forgotten
    UNSENT = "unsent"  # datagrams that waited to be sent when the server ended
    UNREACHABLE = "unreachable"  # datagrams to clients that came back
    BUG = "bug"  # datagrams or lines whose handling raised an exception


DropCounts = Counter[DropReason]
