"""The state of a room, from its journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.inputs import Input


def recover(chat: Chat, journal: Journal, bug: Callable[[Exception, Input], None]) -> int:
    """Restore the state of a chat where its journal ends. Return how many of the last messages may be unsent.

    `bug` is called for each input that raises.
    """
    recovered, reception = journal.recover(), chat.state.reception
    restore(chat.state, recovered.state)
    said = deque([reception.said], recovered.unsent + 1)  # lines before each of the inputs that may be unsent
    for given in recovered.inputs:
        try:
            if any(isinstance(event, Act) and event.erases for _, event in chat.handle(given)):
                journal.forget()  # the server may have ended before that was done
        except Exception as exc:  # noqa: BLE001 - our own bug, which made as much of this input before
            bug(exc, given)
        said.append(reception.said)
    return reception.said - said[0] if recovered.unsent else 0
