"""The journal that a server writes, as the settings have it."""

from __future__ import annotations

import secrets
from pathlib import Path

from udpchat.adapters.codec import Addresses, Codec
from udpchat.adapters.journal import MemoryJournal
from udpchat.adapters.journal_file import JournalFile
from udpchat.adapters.sqlite import SqliteJournal
from udpchat.app.settings import Settings
from udpchat.domain.inputs import Rules
from udpchat.domain.journal import Journal
from udpchat.domain.secret import KEY_BYTES, Secret

KEY = "key"  # the fact from which codes and what stands for hidden addresses are made, so that they outlive a restart


def open_journal(settings: Settings, addresses: Addresses) -> tuple[Journal, Secret]:
    """Return the journal and the secret that goes with it; raise `JournalError`."""
    if not settings.journal:
        return MemoryJournal(), Secret(secrets.token_bytes(KEY_BYTES))
    file = JournalFile.open(Path(settings.journal))
    key = file.fact(KEY)
    if not isinstance(key, bytes):
        key = secrets.token_bytes(KEY_BYTES)
        file.note(KEY, key)
    return SqliteJournal(file, Codec(addresses), settings.history_keep), Secret(key)


def rules(settings: Settings) -> Rules:
    """Return the settings that change what is said."""
    return Rules(
        history_keep=settings.history_keep,
        history_days=settings.history_days,
        history_on_join=settings.history_on_join,
        show_addresses=settings.show_addresses,
        max_datagram=settings.max_datagram,
    )
