"""The chats of several nodes, which handle the same inputs in the same order."""

from __future__ import annotations

from tests.journals import MemoryAddresses
from tests.room import NAMES
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.event import Event
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import ControlInput, Input
from udpchat.domain.rooms.requests import Request
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line

DIRECTORIES = {node: ClusterAddresses(node, MemoryAddresses()) for node in "abc"}
SERVER = "0 10.0.0.9:12000"
ONE, TWO, THREE = "0 10.0.0.1:1", "0 10.0.0.2:2", "0 10.0.0.3:3"


class Cluster:
    """One chat for each node. Their states are compared after every input."""

    def __init__(self, nodes: str = "ab") -> None:
        self.chats = {node: Chat(ChatState(NAMES, directory=DIRECTORIES[node])) for node in nodes}
        self.count = 0

    def handle(self, node: str, line: Line | ControlInput | Request, sender: str = SERVER) -> dict[str, list[Delivery]]:
        """Let every chat handle an input of a node, or of a client of that node. Return what each chat delivers."""
        self.count += 1
        delivered = {}
        for name, chat in self.chats.items():
            address = DIRECTORIES[name].decode(f"{node} {sender}")
            delivered[name] = chat.handle(Input(float(self.count), self.count, address, line))
        digests = {digest(snapshot(chat.state), DIRECTORIES[name].identity) for name, chat in self.chats.items()}
        assert len(digests) == 1
        return delivered

    def here(self, node: str) -> list[str]:
        """Return the members to which a node can send."""
        return [str(address) for address in self.chats[node].state.roster.clients.members]

    def missed(self, node: str, client: str) -> list[str]:
        """Return the texts that a client of a node gets as the answer to /missed."""
        delivered = self.handle(node, "/missed", client)[node]
        return [message.text for _, event in delivered if isinstance(event, HistoryShown) for message in event.messages]


def events(delivered: list[Delivery]) -> list[Event]:
    """Return the events of deliveries, without their audiences."""
    return [event for _, event in delivered]
