"""A journal of a small room, and the tools that read it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from click.testing import CliRunner, Result

from tests.app.cli.command import in_process
from tests.room import NAMES
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.app.cli.journal.group import journal as command
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Idle, Input, Rules, Started, Unreachable
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import LineTooLong

SERVER = address_of(("127.0.0.1", 12000), 0)
ONE, TWO = (address_of(("127.0.0.1", port), 0) for port in (5001, 5002))
INPUTS = [
    Input(0.0, 0, SERVER, Started(Rules(), 3)),
    Input(60.0, 1, ONE, "hello"),
    Input(61.0, 2, TWO, ""),
    Input(62.0, 3, TWO, "/nick bob"),
    Input(63.0, 4, TWO, "/enter secret"),
    Input(64.0, 5, TWO, "/mgs secret"),
    Input(65.0, 6, TWO, "/list"),
    Input(66.0, 7, ONE, LineTooLong(9000, 8000)),
    Input(67.0, 8, ONE, Idle()),
    Input(68.0, 9, TWO, "//bye"),
    Input(69.0, 10, TWO, Unreachable(1)),
]


def opened(path: Path) -> SqliteJournal:
    """Return the journal at `path` after its recovery."""
    journal = SqliteJournal(JournalFile.open(path), Codec(OfflineAddressCodec()), 100)
    journal.recover()
    return journal


def record(path: Path) -> None:
    """Make a journal of `INPUTS` with one snapshot in their middle and one at the end."""
    journal, chat = opened(path), Chat(ChatState(NAMES))
    for part in (INPUTS[:5], INPUTS[5:]):
        journal.append(part)
        for each in journal.committed():
            chat.handle(each)
        journal.save(snapshot(chat.state))
    journal.close()


def invoke(*arguments: object) -> Result:
    """Run `udpchat journal` in this process."""
    return CliRunner().invoke(command, [str(each) for each in arguments], prog_name="udpchat journal")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `udpchat journal` with all that the command line does, such as to end with an exit code."""
    return in_process("journal", *arguments)
