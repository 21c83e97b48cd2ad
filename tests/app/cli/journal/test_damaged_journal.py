"""A journal with wrong bytes anywhere: the tools and the server print a sentence, or use what is left."""

from __future__ import annotations

from contextlib import suppress
from math import inf
from pathlib import Path
from struct import pack

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.room import NAMES
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.app.cli.journal import reading
from udpchat.app.cli.journal.group import journal as command
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.inputs import ControlInput, Idle, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line, LineTooLong

SERVER = address_of(("127.0.0.1", 12000), 0)
PEERS = [address_of(("127.0.0.1", port), 0) for port in range(5001, 5006)]
LINES: list[Line | ControlInput] = [
    "hello",
    "",
    "/nick bob",
    "/list",
    "/history 5",
    "/missed",
    "/quit",
    Idle(),
    LineTooLong(9000, 8000),
]
INPUTS = [
    Input(0.5, 0, SERVER, Started(Rules(history_on_join=2), 3)),
    *(Input(60.25 + at, at << 50, PEERS[at % 5], LINES[at % len(LINES)]) for at in range(40)),
]

Bytes = tuple[bytes, bytes]
"""A file, and the write-ahead log beside it."""
Damage = list[tuple[int, int]] | int
"""New bytes, each with its place among the bytes that are not 0; or how many bytes are left."""

damages = st.one_of(
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 1 << 20)
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Bytes:
    """Give a small journal that has snapshots and a write-ahead log: the file and the log."""
    path = tmp_path_factory.mktemp("whole") / "journal"
    journal, chat = SqliteJournal(JournalFile.open(path), Codec(OfflineAddressCodec()), 10), Chat(ChatState(NAMES))
    journal.recover()
    for number, start in enumerate(range(0, len(INPUTS), 5)):
        journal.append(INPUTS[start : start + 5])
        for each in journal.committed():
            chat.handle(each)
        if number == 3:
            journal.save(snapshot(chat.state))
        if number == 5:
            journal.file.tables.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as SQLite does by itself
    file, log = path.read_bytes(), path.with_name("journal-wal").read_bytes()
    journal.close()
    return file, log


def damaged(content: bytes, damage: Damage) -> bytes:
    """Return the content with the damage."""
    if isinstance(damage, int):
        return content[: damage % len(content)]
    places = [place for place, byte in enumerate(content) if byte]
    changed = bytearray(content)
    for place, byte in damage:
        changed[places[place % len(places)]] = byte
    return bytes(changed)


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use tables that are loaded already: to load them for each example is slow."""
    monkeypatch.setattr(reading, "UnicodeTables", lambda: NAMES.unicode)


shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@pytest.mark.untraced
@shared
@given(damage=damages, in_log=st.booleans())
def test_damage_anywhere_is_told_or_lived_with(whole: Bytes, tmp_path: Path, *, damage: Damage, in_log: bool) -> None:
    """Whatever bytes are changed or missing, each tool and a start end with a sentence, or succeed."""
    file, log = (
        damaged(content, damage) if in_log is is_log else content
        for content, is_log in zip(whole, (False, True), strict=True)
    )
    use(tmp_path / "journal", file, log)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"tableinputsinputs", b"table\x83nputsinputs"),
        (b"CREATE TABLE inputs", b"CREATE TABLE \xffnputs"),
        (pack(">d", INPUTS[25].at), pack(">d", 1e300)),
        (pack(">d", INPUTS[25].at), pack(">d", inf)),
        (b'"at": 60.25', b'"at": 6e250'),
        (b'"max_datagram": 1400', b'"max_datagram": 0   '),
        (b'"history_keep": 10000', b'"history_keep": -1000'),
        (b"[9000, 8000]", b'["x", 8000] '),
    ],
)
def test_damage_in_a_bad_place(whole: Bytes, tmp_path: Path, old: bytes, new: bytes) -> None:
    """A value that no server wrote is reported, although SQLite and JSON can read it."""
    file, log = (content.replace(old, new) for content in whole)
    assert (file, log) != whole
    complaints = use(tmp_path / "journal", file, b"")
    assert complaints
    assert all(str(tmp_path / "journal") in each for each in complaints)


def use(path: Path, file: bytes, log: bytes) -> list[str]:
    """Run each tool and a start on a journal of these bytes; return their complaints."""
    complaints = []

    def lay() -> None:
        path.write_bytes(file)
        path.with_name("journal-wal").write_bytes(log)
        path.with_name("journal-shm").unlink(missing_ok=True)

    for tool in ("check", "show", "replay"):
        lay()
        try:
            command.main([tool, str(path)], standalone_mode=False)
        except (JournalError, click.ClickException) as exc:
            complaints.append(str(exc))
    lay()
    try:
        start(path)
    except JournalError as exc:
        complaints.append(str(exc))
    return complaints


def start(path: Path) -> None:
    """Start as a server does, append an input and end."""
    file = JournalFile.open(path)
    try:
        file.tables.fact("key")
        journal, chat = SqliteJournal(file, Codec(OfflineAddressCodec()), 10), Chat(ChatState(NAMES))
        recovered = journal.recover()
        restore(chat.state, recovered.state)
        for each in recovered.inputs:
            with suppress(Exception):  # the hub logs it and continues
                chat.handle(each)
        journal.append([Input(200.0, 1, PEERS[0], "hello")])
        journal.save(snapshot(chat.state))
        file.tables.set_fact("closed", 1)
    finally:
        file.close()
