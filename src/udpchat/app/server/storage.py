"""Opens the journal that the settings name, together with what a server needs beside it."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Protocol

import attrs

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.tcp.address import TcpAddress
from udpchat.adapters.tcp.address_codec import ConnectionCodec
from udpchat.adapters.udp.address_codec import LenientAddressCodec, NotListening, UdpAddressCodec
from udpchat.app.hub.hub import Hub
from udpchat.app.server.motd import read_motd
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.inputs import Input, Rules

KEY = "key"  # the fact with which codes and cloaks are made, so that they stay the same after a restart


@attrs.frozen
class Figures:
    """How a journal is at one moment. None is for what this kind of journal does not have.

    `size` is the bytes of its file, `lost` whether the room continues without it, and `lag` for how many seconds the
    log of the cluster has not answered. While a node is not `in_step`, it does not know what others say.
    """

    size: int | None = None
    lost: bool | None = None
    lag: float | None = None
    in_step: bool = True


class Storage(Protocol):
    """A journal, in memory, in a file or in a cluster, and what a server needs beside it."""

    @property
    def journal(self) -> Journal:
        """The journal of the room."""

    @property
    def key(self) -> bytes:
        """The key with which codes and cloaks are made."""

    @property
    def directory(self) -> NodeDirectory:
        """Tells which node each address is a client of."""

    @property
    def ended(self) -> JournalError | None:
        """Why this journal cannot be used any longer, or None while it can."""

    async def start(self, hub: Hub, here: Address, wake: Callable[[], None]) -> None:
        """Start the hub, as the server at `here`; return when the room knows that server. Raise `JournalError`.

        `wake` is called when there is something to `Hub.advance`, and when `ended` has changed.
        """

    def saw(self, given: Input) -> None:
        """Look at a heartbeat that the hub has just handled."""

    def use(self, rules: Rules) -> None:
        """Keep as much as new rules need."""

    def figures(self) -> Figures:
        """Return how the journal is now."""

    async def finish(self) -> None:
        """Wait until the inputs appended so far are committed, or give them up. No input may be appended afterwards."""

    async def close(self) -> None:
        """Release all resources."""


@attrs.frozen
class LocalStorage:
    """`Storage` of a room on one server, in memory or in a file. Its journal commits at once."""

    journal: Journal
    key: bytes = attrs.field(repr=False)
    rules: Rules
    peers: LenientAddressCodec
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    ended: JournalError | None = None

    async def start(self, hub: Hub, here: Address, _: Callable[[], None]) -> None:
        """Start the hub; raise `JournalError` if the server cannot send to a member of the room."""

        def check() -> None:
            try:
                self.peers.check(member.address for member in hub.chat.state.roster)
            except NotListening as exc:
                raise JournalError(f"cannot send to a member of the room: {exc}") from exc

        hub.start(here, self.rules, check=check)
        addresses = [member.address for member in hub.chat.state.roster]
        if lost := [each for each in addresses if isinstance(each, TcpAddress) and not each.is_ours]:
            hub.part_from(lost)  # the server before ended their connections, or crashed

    def saw(self, given: Input) -> None:
        """Do nothing: there are no other nodes."""

    def use(self, rules: Rules) -> None:
        """Let the file keep as many inputs as the history may have lines."""
        if isinstance(self.journal, SqliteJournal):
            self.journal.keep = rules.history_keep

    def figures(self) -> Figures:
        """Return size and state of the file, if there is one."""
        journal = self.journal
        return Figures(journal.file.size, journal.lost) if isinstance(journal, SqliteJournal) else Figures()

    async def finish(self) -> None:
        """Do nothing: everything is committed."""

    async def close(self) -> None:
        """Do nothing: the hub closes the journal."""


async def open_storage(settings: Settings, addresses: UdpAddressCodec, rules: Rules) -> Storage:
    """Open the journal that the settings name: a cluster, a file, or memory. Raise `JournalError`.

    `addresses` are those of clients over UDP. The room is served by these `rules`, see `rules_of`.
    """
    if settings.cluster:
        storage: Storage = await cluster_module().join(settings, ConnectionCodec(addresses, live=True), rules)
        return storage
    peers = LenientAddressCodec(addresses)
    if settings.takes_over:
        raise JournalError("--takes-over works in a cluster only: add --cluster")
    if not settings.journal:
        return LocalStorage(MemoryJournal(), secrets.token_bytes(KEY_BYTES), rules, peers)
    file = JournalFile.open(Path(settings.journal))
    key = file.tables.fact(KEY)
    if not isinstance(key, bytes):
        key = secrets.token_bytes(KEY_BYTES)
        file.set_fact(KEY, key)
    journal = SqliteJournal(file, Codec(ConnectionCodec(peers)), settings.history_keep)
    return LocalStorage(journal, key, rules, peers)


def cluster_module() -> ModuleType:
    """Import `udpchat.app.server.cluster`, whose dependencies are an extra; raise ClickException if one is missing."""
    try:
        return importlib.import_module("udpchat.app.server.cluster")
    except ModuleNotFoundError as exc:
        raise JournalError(f"--cluster needs the package {exc.name}: pip install 'udpchat[cluster]'") from exc


def rules_of(settings: Settings) -> Rules:
    """Return the settings that are part of the state of the room. Raise `MotdError`."""
    return Rules(
        history_keep=settings.history_keep,
        history_days=settings.history_days,
        history_on_join=settings.history_on_join,
        show_addresses=settings.show_addresses,
        max_datagram=settings.max_datagram,
        history_bytes=settings.history_bytes,
        max_rooms=settings.max_rooms,
        announce_joins=settings.announce_joins,
        motd=read_motd(settings.motd),
        claim_days=settings.claim_days,
        max_claims=settings.max_claims,
        log_events=settings.log_events,
        session_seconds=settings.session_seconds,
    )
