"""The end of a server that has more to do than it can."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from pathlib import Path

from tests.app.clients.processes import serving
from tests.app.clients.talking import say_until_heard, sockets
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.udp.address_codec import OfflineAddressCodec

ENDS = 5.0  # seconds: with much to do, ten times as long as it should take


def received(sock: socket.socket) -> set[str]:
    """Return what was said in the room, as a client received it."""
    sock.settimeout(0)
    lines: list[bytes] = []
    with suppress(BlockingIOError):
        while True:
            lines += sock.recv(9000).split(b"\n")
    return {line.partition(b": ")[2].decode() for line in lines if b": said " in line}


def test_a_server_under_load_ends_at_once_with_a_whole_journal(tmp_path: Path) -> None:
    """Work for a minute waits when the signal comes. Whatever anybody received by then is in the journal."""
    path = tmp_path / "journal"
    unlimited = ("--rate", "0", "--server-rate", "0", "--journal", str(path))
    with serving(tmp_path, *unlimited) as server, sockets(server, 150) as members:
        for member in members:
            say_until_heard(member, b"/missed\n", member, b"you are new at this address, try /history\n")
        for number, member in enumerate(members):
            member.send(b"".join(b"/list\nsaid %d by %d\n" % (each, number) for each in range(500)))
        server.program.process.send_signal(signal.SIGTERM)
        assert server.program.process.wait(ENDS) == 0
        heard = set[str]().union(*map(received, members))
    journal = SqliteJournal(JournalFile.open(path), Codec(OfflineAddressCodec()), 10)
    recovered = journal.recover()
    kept = {message.text for room in recovered.state.rooms for message in room.lines}
    kept |= {each.line for each in recovered.inputs if isinstance(each.line, str)}
    journal.close()
    assert heard <= kept
    assert len(recovered.state.members) + len({each.sender for each in recovered.inputs}) >= len(members)
