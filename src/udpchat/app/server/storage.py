"""The journal that a server writes, as the settings have it, and what goes with it."""

from __future__ import annotations

import importlib
import secrets
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Protocol

import attrs
import click

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.udp.address_codec import LenientAddressCodec, NotListening, UdpAddressCodec
from udpchat.app.hub.hub import Hub
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.cluster.nodes import NodeDirectory, SingleNode
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.secret import KEY_BYTES, Secret

KEY = "key"  # the fact from which codes and what stands for hidden addresses are made, so that they outlive a restart


class Storage(Protocol):
    """A journal with all that a server needs beside it."""

    @property
    def journal(self) -> Journal:
        """The journal."""

    @property
    def secret(self) -> Secret:
        """What codes and hidden addresses are made from."""

    @property
    def directory(self) -> NodeDirectory:
        """Which server each address is a client of."""

    @property
    def ended(self) -> JournalError | None:
        """Why the room can not go on with this journal, if that is so."""

    async def start(self, hub: Hub, here: Address, wake: Callable[[], None]) -> None:
        """Begin to serve the room; `wake` is called when the hub is to `advance`, or when `ended` has changed.

        When this returns, the room knows of the server.
        """

    async def finish(self) -> None:
        """Have all that was taken be committed, if that can be; after this nothing more is taken."""

    async def close(self) -> None:
        """Give back what is held."""


@attrs.frozen
class LocalStorage:
    """`Storage` of a room with one server: its journal commits at once."""

    journal: Journal
    secret: Secret
    rules: Rules
    peers: LenientAddressCodec
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    ended: JournalError | None = None

    async def start(self, hub: Hub, here: Address, _: Callable[[], None]) -> None:
        """Begin to serve the room; raise `JournalError` if somebody is in it who cannot be written to."""

        def check() -> None:
            try:
                self.peers.check(member.address for member in hub.chat.roster)
            except NotListening as exc:
                raise JournalError(f"the journal has somebody in the room who cannot be written to: {exc}") from exc

        hub.on_past = check  # nothing of this start is in the journal by then
        hub.start(here, self.rules)

    async def finish(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing: the hub closes its journal."""


async def open_storage(settings: Settings, addresses: UdpAddressCodec) -> Storage:
    """Return the journal of the settings; raise `JournalError`."""
    if settings.cluster:
        storage: Storage = await cluster_module().join(settings, addresses, rules(settings))
        return storage
    peers = LenientAddressCodec(addresses)
    if settings.takes_over:
        raise JournalError("--takes-over is for a room in a cluster: it needs --cluster")
    if not settings.journal:
        return LocalStorage(MemoryJournal(), Secret(secrets.token_bytes(KEY_BYTES)), rules(settings), peers)
    file = JournalFile.open(Path(settings.journal))
    key = file.tables.fact(KEY)
    if not isinstance(key, bytes):
        key = secrets.token_bytes(KEY_BYTES)
        file.tables.set_fact(KEY, key)
    journal = SqliteJournal(file, Codec(peers), settings.history_keep)
    return LocalStorage(journal, Secret(key), rules(settings), peers)


def cluster_module() -> ModuleType:
    """Return `udpchat.app.server.cluster`; only who has a cluster needs what that imports."""
    try:
        return importlib.import_module("udpchat.app.server.cluster")
    except ModuleNotFoundError as exc:
        raise click.ClickException(f"--cluster needs {exc.name}: pip install 'udpchat[cluster]'") from exc


def rules(settings: Settings) -> Rules:
    """Return the settings that change what is said."""
    return Rules(
        history_keep=settings.history_keep,
        history_days=settings.history_days,
        history_on_join=settings.history_on_join,
        show_addresses=settings.show_addresses,
        max_datagram=settings.max_datagram,
    )
