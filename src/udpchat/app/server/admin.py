"""What the admin socket of a server does: acts of the machine, and what they need to see."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import structlog

from udpchat.adapters.admin.messages import AdminError, Answer, Request
from udpchat.adapters.admin.socket import AdminSocket
from udpchat.app.hub.hub import Hub
from udpchat.app.server.reload import Outcome
from udpchat.app.server.summary import counts, node_rows
from udpchat.app.settings import Settings
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.machine.administer import ACTS
from udpchat.domain.rooms.inputs import Administered
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.rights import operators_of
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.sanctions import sanctions_of
from udpchat.domain.text.lines import clean_lines

NO = "no"  # the value of the setting that means no socket
FOLDER = "XDG_RUNTIME_DIR"  # the variable with the folder for the default one (XDG Base Directory Specification)

log = structlog.get_logger(__name__)


def default_path(port: int, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return where the socket of a server on this port is by default; None if there is no folder for it."""
    folder = environment.get(FOLDER)
    return Path(folder) / f"udpchat-{port}.sock" if folder else None


@asynccontextmanager
async def admin_socket(settings: Settings, port: int, desk: Desk) -> AsyncIterator[None]:
    """Serve the socket that the settings ask for, if they do; raise `AdminError`."""
    found = await _opened(settings, port, desk)
    try:
        yield
    finally:
        if found:
            await found.close()


async def _opened(settings: Settings, port: int, desk: Desk) -> AdminSocket | None:
    """Return the socket; raise `AdminError`.

    Where there is no folder for the default one, or it cannot be opened there, that is logged, and the server goes on.
    """
    if settings.admin == NO:
        return None
    path = Path(settings.admin) if settings.admin else default_path(port)
    if path is None:
        log.info("no admin socket, --admin PATH opens one", missing=FOLDER)
        return None
    found = AdminSocket(path, desk.handle)
    try:
        await found.open()
    except AdminError as exc:
        if settings.admin:
            raise
        log.warning("no admin socket", reason=str(exc))
        return None
    log.debug("admin socket", path=str(path))
    return found


@attrs.define(eq=False)
class Desk:
    """Handles requests."""

    hub: Hub
    reload: Callable[[], Outcome]

    async def handle(self, asked: Request) -> Answer:
        """Do what is asked for; raise `AdminError` for an unknown word."""
        if asked.word in ACTS:
            return await self._act(asked)
        if asked.word == "reload":
            return _reloaded(self.reload())
        shown = {"who": self._who, "rooms": self._rooms, "status": self._status}.get(asked.word)
        if shown is None:
            raise AdminError(f"there is no command {asked.word}, see udpchat admin --help")
        rows = shown()
        return Answer([_as_line(row) for row in rows], data=rows)

    async def _act(self, asked: Request) -> Answer:
        """Give an act to the room, and wait until it is committed and done."""
        hub, loop = self.hub, asyncio.get_running_loop()
        here, answer = hub.outbox.here, loop.create_future()
        if here is None or hub.chat.state.grammar < ORDER_SINCE:
            raise AdminError("the room is not open yet, or nodes of an earlier version serve it")
        rest, room = (_cleaned(text, hub.max_line) for text in (asked.rest, asked.room))
        answered = partial(_set, answer)
        try:
            hub.tell(here, Administered(asked.word, rest, room), answered)
            lines: Sequence[str] = await answer
        finally:
            hub.outbox.console.give_up(answered)
        return Answer(lines, done=not any(line.startswith("error - ") for line in lines))

    def _who(self) -> list[dict[str, Any]]:
        return [self._member(member) for member in self.hub.chat.state.roster]

    def _member(self, member: Member) -> dict[str, Any]:
        """Return what there is to know about a member, with its true address."""
        state, address, place = self.hub.chat.state, member.address, member.place
        now = self.hub.clock()
        row: dict[str, Any] = {
            "nickname": member.nickname,
            "address": str(address),
            "rooms": [room.name for room in place.rooms],
            "here_for": max(0, round(now - place.since)),
            "idle_for": max(0, round(now - place.last)),
        }
        if term := operators_of(state).term(address, now):
            row["operator"] = term.name
        mute = sanctions_of(state).muted.get(address)
        if mute is not None and mute.until > now:
            row["muted_for"] = round(mute.until - now)
        return row

    def _rooms(self) -> list[dict[str, Any]]:
        return [self._room(room) for room in self.hub.chat.state.rooms]

    def _room(self, room: Room) -> dict[str, Any]:
        """Return what there is to know about a room, but its key."""
        holder = self.hub.chat.state.roster.get(room.holder) if room.holder is not None else None
        row: dict[str, Any] = {"room": room.name, "members": len(room.members)}
        row |= {"holder": holder.nickname} if holder else {}
        row |= {"topic": room.topic} if room.topic else {}
        flags = {"private": room.private, "key": bool(room.key), "hush": room.order is not None and room.order.hush}
        row |= {name: True for name, is_set in flags.items() if is_set}
        return row | ({"slow": room.order.slow} if room.order is not None and room.order.slow else {})

    def _status(self) -> list[dict[str, Any]]:
        return [counts(self.hub), *node_rows(self.hub.chat)]


def _reloaded(outcome: Outcome) -> Answer:
    """Return what came of a reload of the settings."""
    if outcome.error:
        return Answer((f"error - {outcome.error}",), done=False)
    lines = [f"changed: {', '.join(outcome.changed) or 'nothing'}"]
    lines += [f"waiting for a restart: {', '.join(outcome.waiting)}"] if outcome.waiting else []
    return Answer(lines, data=attrs.asdict(outcome))


def _cleaned(text: str, limit: int) -> str:
    """Return what is given to the room as the line of a client would be; raise `AdminError` if it is no line."""
    lines = clean_lines(text.encode(errors="replace"), limit)
    if len(lines) > 1 or not isinstance(lines[0], str):
        raise AdminError(f"an act takes one line of at most {limit} bytes")
    return lines[0]


def _set(answer: asyncio.Future[Sequence[str]], lines: Sequence[str]) -> None:
    """Give an answer to whoever waits, if that is still so."""
    if not answer.done():
        answer.set_result(lines)


def _as_line(row: Mapping[str, Any]) -> str:
    """Return a row for people: `key=value`, with commas in a list."""
    return "  ".join(f"{key}={_as_text(value)}" for key, value in row.items())


def _as_text(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}:{each}" for key, each in value.items()) or "none"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
