"""Who receives which lines of deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from udpchat.domain.address import Address
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.limits import COMMON_DATAGRAM
from udpchat.domain.rooms.audience import Audience, Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.state import ChatState


def received(state: ChatState, deliveries: Iterable[Delivery]) -> dict[Address, list[str]]:
    """Return the lines of each client that receives any, member or not."""
    lines: dict[Address, list[str]] = {}
    for audience, event in deliveries:
        for reader, own in _readers(state, audience):
            lines.setdefault(reader, []).extend(
                line.decode().removesuffix("\n") for line in render(event, COMMON_DATAGRAM, own=own)
            )
    return {reader: each for reader, each in lines.items() if each}


def _readers(state: ChatState, audience: Audience) -> list[tuple[Address, bool]]:
    """Return who reads an event, and whether in the wording of the one that caused it."""
    match audience:
        case InRoom(room, but):
            return [(each, False) for each in _members(state, room) if each not in but]
        case InRoomBy(room, doer, but):
            others = [(each, False) for each in _members(state, room) if each not in but and each != doer]
            return [(doer, True), *others]
        case Only(address):
            return [(address, True)]
        case Notify(address):
            return [(address, False)]
        case _:
            assert_never(audience)


def _members(state: ChatState, name: str) -> list[Address]:
    room = state.rooms.by_name.get(name)
    return [*room.members] if room else []
