"""A client over TCP -> whether what the hub got of it is what it sent, by the specification of the sniffing alone."""

from __future__ import annotations

import re
import socket
from contextlib import suppress

import attrs

from udpchat.adapters.tcp.protocols.sniffing import Speech
from udpchat.adapters.tcp.protocols.text import TextProtocol

NEVER_CHAT = (Speech.HTTP, Speech.TLS, Speech.STUN, Speech.IRC)
# As the sniffing is specified: WORD SP ... SP HTTP/x.y. No browser puts a blank in front, or behind the version.
REQUEST_LINE = re.compile(rb"[^\s]+ (?:.* )?HTTP/[0-9]\.[0-9]\r?", re.DOTALL)


@attrs.define(eq=False)
class Talker:
    """A client, what it has sent, and what the hub and it got."""

    sock: socket.socket
    max_line: int
    sent: bytes = b""
    payloads: list[tuple[str, bytes]] = attrs.field(factory=list)
    answer: bytes = b""
    may_be_silent: bool = False  # time has passed while no first line was whole
    is_over: bool = False  # it sends nothing more
    is_open: bool = False  # the server has not ended its connection

    @property
    def port(self) -> int:
        """The port of the socket."""
        return int(self.sock.getsockname()[1])

    def send(self, data: bytes) -> None:
        """Send as much as the kernel takes."""
        if self.is_over or not data:
            return
        try:
            self.sent += data[: self.sock.send(data)]
        except BlockingIOError:
            pass
        except OSError:  # the other end has closed it
            self.is_over = True

    def read(self) -> None:
        """Read what has come."""
        with suppress(OSError):
            while piece := self.sock.recv(1 << 16):
                self.answer += piece


def judge(talker: Talker) -> None:
    """Compare what the hub got of a client with what it sent."""
    lines = [payload for carrier, payload in talker.payloads if carrier == "tcp"]
    messages = [payload for carrier, payload in talker.payloads if carrier != "tcp"]
    assert all(payload.startswith(b"\x1e") for payload in messages)
    assert not messages or (talker.sent.startswith(b"GET ") and b"upgrade: websocket" in talker.sent.lower())
    begins = {0, 1} if talker.may_be_silent and lines[:1] == [b"\n"] else {0}
    wrong = [found for begin in begins if (found := _wrong(talker, lines, begin))]
    assert len(wrong) < len(begins), (wrong, talker.sent)


def _wrong(talker: Talker, lines: list[bytes], begin: int) -> str:
    """Return what is wrong with what a client has said, or "". The first line is not its own if `begin` is 1."""
    speech, lines = speech_of(talker.sent, is_over=True), lines[begin:]
    if speech in NEVER_CHAT:
        return f"{speech} is chat: {lines}" if lines else ""
    if speech is Speech.JSON:  # after a second of silence it is text, and the hub finds the records in it
        bad = [each for each in lines[: begin or None] if not each.startswith(b"\x1e")]
        return f"no records: {bad}" if bad else ""
    if speech is None and not lines:
        return ""
    said, expected = cut(b"".join(lines), talker.max_line), cut(text_of(talker), talker.max_line)
    if said != expected[: len(said)] or (talker.is_open and not talker.is_over and said != expected):
        return f"{said} in place of {expected}"
    return ""


def cut(text: bytes, max_line: int) -> list[bytes]:
    """Return lines, each cut after one byte more than allowed: what follows may be there or not."""
    return [line[: max_line + 1] for line in text.split(b"\n")[:-1]]


def text_of(talker: Talker) -> bytes:
    """Return the lines in what was sent, as if it had come in one piece."""
    text = TextProtocol(talker.max_line)
    found = [*text.receive(talker.sent, 0.0)] if talker.sent else []
    return b"".join([*found, *(text.end_of_input(0.0) if talker.is_over and not text.ended else ())])


def speech_of(sent: bytes, *, is_over: bool) -> Speech | None:
    """Return what a client speaks that has sent this, by the specification alone; None if that says nothing."""
    if not sent:
        return None
    known = {0x1E: Speech.JSON, 0x16: Speech.TLS, **dict.fromkeys(range(4), Speech.STUN)}.get(sent[0])
    if known:
        return known
    line, feed, _ = sent.partition(b"\n")
    if not feed and not is_over:
        return None
    if b"\xff" in line or b"\r\0" in line:  # telnet, which no browser sends
        return None
    if REQUEST_LINE.fullmatch(line):
        return Speech.HTTP
    return Speech.IRC if line.startswith((b"NICK ", b"USER ", b"PASS ", b"CAP ")) else Speech.TEXT
