"""A tiny model of rooms: lists and names, no audiences, no events."""

from __future__ import annotations

import attrs

LOBBY = "lobby"
MAX_HELD = 5
MAX_INVITED = 100


@attrs.define
class ModelRoom:
    """What the model knows of a room. `said` counts the lines since it was made."""

    members: list[int] = attrs.field(factory=list)
    holder: int | None = None
    topic: str = ""
    key: str = ""
    private: bool = False
    invited: list[int] = attrs.field(factory=list)
    said: int = 0


@attrs.define
class Model:
    """Rooms by name, and for each client its rooms in order of entering. It speaks in the last one."""

    max_rooms: int = 1000
    rooms: dict[str, ModelRoom] = attrs.field(factory=lambda: {LOBBY: ModelRoom()})
    places: dict[int, list[str]] = attrs.field(factory=dict)

    def arrive(self, client: int) -> None:
        """Let a client that is not here into the lobby."""
        if client not in self.places:
            self.places[client] = []
            self.enter(client, LOBBY)

    def enter(self, client: int, name: str) -> None:
        """Let a client into a room. Whoever enters an empty one holds it."""
        room = self.rooms[name]
        if not room.members and name != LOBBY:
            room.holder = client
        room.members.append(client)
        self.places[client].append(name)
        self.uninvite(client, name)

    def leave(self, client: int, name: str) -> None:
        """Let a client out of a room, which ends if it is empty, unless everybody may read what was said there."""
        room = self.rooms[name]
        room.members.remove(client)
        self.places[client].remove(name)
        if room.holder == client:
            room.holder = room.members[0] if room.members else None
        if not room.members and name != LOBBY:
            del self.rooms[name]
            if room.said and not room.private and not room.key:
                self.rooms[name] = ModelRoom(said=room.said)  # as the last one

    def quit(self, client: int) -> None:
        """Let a client out of all rooms."""
        for name in list(self.places[client]):
            self.leave(client, name)
        del self.places[client]
        for name in self.rooms:
            self.uninvite(client, name)

    def uninvite(self, client: int, name: str) -> None:
        """End an invitation, if there is one."""
        if client in self.rooms[name].invited:
            self.rooms[name].invited.remove(client)

    def say(self, client: int) -> None:
        """Note that something was said."""
        self.here(client).said += 1

    def here(self, client: int) -> ModelRoom:
        """Return the room in which a client speaks."""
        return self.rooms[self.places[client][-1]]

    def is_open(self, client: int, room: ModelRoom, key: str) -> bool:
        """Say whether a client may enter a room."""
        return (not room.key and not room.private) or client in room.invited or (bool(key) and key == room.key)

    def join(self, client: int, name: str, key: str) -> None:
        """Move a client to a room, if it may go there."""
        room, here = self.rooms.get(name), self.here(client)
        if room and (client in room.members or not self.is_open(client, room, key)):
            return
        will_hold = not room or (not room.members and name != LOBBY)
        held = sum(each.holder == client for each in self.rooms.values()) - (here.holder == client)
        if (will_hold and held >= MAX_HELD) or not (room or self.make(name)):
            return
        if will_hold and key:
            self.rooms[name].key = key
        self.leave(client, self.places[client][-1])
        self.enter(client, name)

    def make(self, name: str) -> bool:
        """Make a room; return whether there is space for it. An empty room makes space."""
        if len(self.rooms) >= self.max_rooms:
            empty = [each for each, room in self.rooms.items() if not room.members and each != LOBBY]
            if not empty:
                return False
            del self.rooms[empty[0]]
        self.rooms[name] = ModelRoom()
        return True

    def back(self, client: int) -> None:
        """Move a client back to the lobby, or to another one of its rooms."""
        name = self.places[client][-1]
        if name != LOBBY:
            self.leave(client, name)
            if not self.places[client]:
                self.enter(client, LOBBY)

    def invite(self, client: int, guest: int | None) -> None:
        """Invite somebody into the room that a client holds."""
        here = self.here(client)
        if here.holder == client and guest is not None and guest not in (*here.members, *here.invited):
            here.invited = [*here.invited, guest][-MAX_INVITED:]
