"""The composition root: it makes the gate, the hub and the codes of a server from its settings."""

from __future__ import annotations

import importlib
import random
import secrets
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from types import ModuleType

import attrs
import structlog

from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import OperatorsError
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.hub.hub import Hub
from udpchat.app.logs.drops import log_drop
from udpchat.app.server.metrics.meter import Meter, MeteredHub
from udpchat.app.server.storage import Storage
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Policy
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.machine.chat import Chat
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.ports.codes import OneTimeCodes
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

ENTROPY_BITS = 64
ENTROPY_DRAWN = 1024  # numbers at once

log = structlog.get_logger(__name__)


def gate_for(settings: Settings, storage: Storage, drops: DropCounts, key: str) -> Admission:
    """Return the gate, which strangers pass with this key of the server, "" for none."""
    return Admission(
        policy(settings), Challenge(storage.key), drops, watch=watch_for(settings), key=key_for(key, storage)
    )


def watch_for(settings: Settings) -> Callable[[Address, DropReason, int], None]:
    """Return what the gate calls for each drop: at log level debug it is logged."""
    return log_drop if settings.log_level == "debug" else lambda *_: None


def key_for(key: str, storage: Storage) -> ServerKey | None:
    """Return the key of the server as the gate compares it, None for none."""
    return ServerKey.of(storage.key, key) if key else None


def policy(settings: Settings) -> Policy:
    """Return the settings of the admission."""
    return Policy(**{name: getattr(settings, name) for name in attrs.fields_dict(Policy)})


def operator_codes(settings: Settings) -> OneTimeCodes | None:
    """Return the codes of the operators in the file of the settings, or None without one; raise `OperatorsError`."""
    if not settings.operators:
        return None
    codes: OneTimeCodes = operators_module("codes").OperatorCodes(
        OperatorsFile(Path(settings.operators)), time.monotonic, _warn_of_operators
    )
    return codes


def _warn_of_operators(reason: str) -> None:
    log.warning("operators not read again, those known before stay", reason=reason)


def operators_module(name: str) -> ModuleType:
    """Import a module of the wing of operators whose libraries are an extra; raise `OperatorsError` without them."""
    try:
        return importlib.import_module(f"udpchat.adapters.operators.{name}")
    except ModuleNotFoundError as exc:
        raise OperatorsError(f"operators need the package {exc.name}: pip install 'udpchat[operators]'") from exc


def random_numbers() -> Iterator[int]:
    """Return numbers of 64 random bits without end.

    A generator that is seeded once, and drawn from by the thousand, is faster than a call for each line. Nicknames
    differ between starts.
    """
    entropy = random.Random(secrets.randbits(ENTROPY_BITS * 4))  # noqa: S311 - nicknames are no secret
    drawn = map(entropy.randbytes, repeat(ENTROPY_BITS // 8 * ENTROPY_DRAWN))
    return chain.from_iterable(array("Q", numbers) for numbers in drawn)


def hub_for(  # noqa: PLR0913 - the parts of a hub
    settings: Settings,
    carriers: Sequence[Carrier],
    gate: Admission,
    storage: Storage,
    codes: OneTimeCodes | None,
    *,
    meter: Meter | None = None,
) -> Hub:
    """Return a hub for the room. The storage starts it. With a meter, it measures what it does."""
    journal = storage.journal
    make: Callable[..., Hub] = partial(MeteredHub, turns=meter.turns) if meter else Hub
    return make(
        chat=Chat(
            ChatState(NicknameRules(UnicodeTables()), Cloak(settings.show_addresses, storage.key), storage.directory)
        ),
        carriers=meter.carriers(carriers) if meter else carriers,
        admission=gate,
        journal=meter.journal(journal) if meter else journal,
        clock=time.time,
        timer=time.monotonic,
        entropy=random_numbers(),
        max_datagram=settings.max_datagram,
        max_line=settings.max_line,
        show_lines=settings.log_level == "debug",
        observer=storage,
        codes=codes,
    )
