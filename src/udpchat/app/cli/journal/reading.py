"""What all tools share: reading a journal file as snapshots and inputs."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path

import attrs
import click

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.sqlite.errors import unreadable
from udpchat.adapters.sqlite.reading import open_read_only
from udpchat.adapters.sqlite.tables import Tables
from udpchat.adapters.tcp.address_codec import ConnectionCodec
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.server.storage import KEY
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot, restore
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

FILE = click.argument("file", type=click.Path(path_type=Path))


@contextmanager
def open_journal(path: Path) -> Iterator[JournalReader]:
    """Open a journal file to read it, and close it after the block; raise `JournalError`."""
    tables = open_read_only(path)
    try:
        yield JournalReader(tables)
    finally:
        tables.close()


@attrs.define(eq=False)
class JournalReader:
    """The content of a journal. Everything has a number: that of an input, or that of the last input before a snapshot.

    Every method raises `JournalError`.
    """

    tables: Tables
    codec: Codec = attrs.field(factory=lambda: Codec(ConnectionCodec(OfflineAddressCodec())))
    _nickname_rules: NicknameRules = attrs.field(factory=lambda: NicknameRules(UnicodeTables()), init=False)

    def entries(self) -> Iterator[tuple[int, Snapshot | Input]]:
        """Yield the first snapshot, then the other snapshots and the inputs in order, each with its number."""
        yield from self._merged(self.snapshots())

    def _merged(self, snapshots: list[tuple[int, Snapshot]]) -> Iterator[tuple[int, Snapshot | Input]]:
        sources: list[Iterable[tuple[int, Snapshot | Input]]] = [
            self.inputs(snapshots[0][0] if snapshots else 0),  # of equal numbers, the input comes before the snapshot
            snapshots,
        ]
        yield from heapq.merge(*sources, key=itemgetter(0))

    def snapshots(self) -> list[tuple[int, Snapshot]]:
        """Return the snapshots in order, each with its number."""
        with self._named_file():
            return [(number, self.codec.state(document)) for number, document in self.tables.snapshots()]

    def named(self, snapshots: list[tuple[int, Snapshot]]) -> Iterator[tuple[int, Input, str]]:
        """Yield the inputs, each with its number and the nickname that its sender had before it, or else after it.

        The nickname is "" for a server, for a stranger that stays one, and where inputs before this one are missing.
        """
        chat, last = self.chat(Snapshot()), None
        for number, entry in self._merged(snapshots):
            if isinstance(entry, Snapshot):
                chat = chat if number == last else self.chat(entry)
            elif number != (last or 0) + 1:
                yield number, entry, ""
                continue
            else:
                name = self._nickname(chat, entry)
                chat.handle(entry)
                yield number, entry, name or self._nickname(chat, entry)
            last = number

    @staticmethod
    def _nickname(chat: Chat, given: Input) -> str:
        member = chat.state.roster.get(given.sender)
        return member.nickname if member else ""

    def inputs(self, after: int = 0) -> Iterator[tuple[int, Input]]:
        """Yield the inputs with a number above `after`, each with its number."""
        with self._named_file():
            for number, row in self.tables.inputs(after):
                yield number, self.codec.input(row)

    @contextmanager
    def _named_file(self) -> Iterator[None]:
        """Complete the sentence of an `Unreadable` with the name of the file."""
        try:
            yield
        except Unreadable as exc:
            raise unreadable(self.tables.path, exc) from exc

    def chat(self, state: Snapshot) -> Chat:
        """Return a chat in this state. It shows addresses as the server did."""
        fact = self.tables.fact(KEY)
        key = fact if isinstance(fact, bytes) else bytes(KEY_BYTES)
        chat = Chat(ChatState(self._nickname_rules, Cloak("auto", key)))  # it follows the rules in the journal
        restore(chat.state, state)
        return chat


def utc(at: float) -> str:
    """Return a time as text; `at` is in seconds since 1970 UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
