"""What a command is, and what a family of commands is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import attrs

from udpchat.domain.address import Address
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.rights import Actor, actor_of
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.rooms import Rooms
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState

C = TypeVar("C")


@attrs.frozen
class Secret:
    """Which text of a command is never journalled or logged: all that follows the word and `after` arguments.

    It is dropped, so nothing may depend on it. If it has a `purpose`, a keyed hash for that purpose (see `keyed_hash`)
    takes its place, which can be compared. A text that is the word `plain` is no secret. If the text is `judged`, the
    intake decides by this word about all that follows the command, or about the first `judges` words of that, and its
    verdict takes the place of what it decides about.
    """

    after: int = 0
    purpose: bytes = b""
    plain: str = ""
    judged: str = ""
    judges: int = 0


@attrs.frozen
class Command(Generic[C]):
    """How a command is typed, what it does, how it is read and what it changes.

    `parse` gets what follows the word, `handle` gets what `parse` returned and the input. Both may raise `Rejected`.
    They share the type `C`, so mypy rejects a command without a handler, or with another's.
    """

    usage: str  # "/nick NAME"
    does: str  # "change your nickname"
    parse: Callable[[str], C]
    handle: Callable[[ChatState, Member, C, Input], list[Delivery]]
    since: int = 1  # version of the grammar in which the command appeared; before, its word was unknown
    changed: int = 1  # version of the grammar in which its meaning changed last
    parse_before: Callable[[str], C] | None = None  # read what follows the word before that, if not as `parse`
    secret: Secret | None = None  # text that `parse` does not get, or only its hash
    announced: bool = False  # others receive something, too: then it is refused if it exceeds what they may receive
    speaks: bool = False  # the member says something with it, to its room or to one person, so it is not away any more
    reaches: Reach | None = None  # who reads of it besides the member, if not as `announced` and `speaks` tell
    act: Callable[[ChatState, Actor, C, Input], list[Delivery]] | None = None  # what `handle` does for who has a right
    private: bool = False  # what follows the word is for one person, so no log has it
    enters: Callable[[Rooms, Address, str], Room | None] | None = None  # the room that is notified besides the client's
    example: str = ""  # a line that one can type; a command that takes nothing needs none
    aliases: tuple[str, ...] = ()  # other words for it, with their slashes
    aliases_since: int = 1  # version of the grammar in which they appeared, if that was after the command
    reach: Reach = attrs.field(init=False)  # whom it reaches
    known_since: Mapping[str, int] = attrs.field(init=False)  # version of the grammar, by word and by alias

    @property
    def word(self) -> str:
        """The word that is typed, with its slash."""
        return self.usage.partition(" ")[0]

    @reach.default
    def _(self) -> Reach:
        if self.reaches is not None:
            return self.reaches
        return Reach.SAYING if self.announced or self.speaks else Reach.NOBODY

    @known_since.default
    def _(self) -> Mapping[str, int]:
        return {self.word: self.since, **dict.fromkeys(self.aliases, max(self.since, self.aliases_since))}


@attrs.frozen
class Family:
    """Commands that belong together.

    `messages` are the kinds of messages that they add to history, and `slices` the state of their own that they have,
    both by the word that is stored. `title` is what they are for, in one to three words: /help shows it.
    """

    commands: tuple[Command[Any], ...]
    messages: dict[str, type[Message]] = attrs.field(factory=dict)
    slices: dict[str, type[Slice]] = attrs.field(factory=dict)
    title: str = ""


def act_command(  # noqa: PLR0913 - a row of the table, as `Command` is
    usage: str,
    does: str,
    parse: Callable[[str], C],
    act: Callable[[ChatState, Actor, C, Input], list[Delivery]],
    *,
    holders: bool = False,
    announced: bool = True,
    example: str = "",
) -> Command[C]:
    """Return the row of an act: operators may do it, and perhaps the holder of the member's room."""

    def handle(state: ChatState, member: Member, command: C, given: Input) -> list[Delivery]:
        return act(state, actor_of(state, member, given.at, holders=holders), command, given)

    return Command(usage, does, parse, handle, since=ORDER_SINCE, announced=announced, act=act, example=example)


def alone(make: Callable[[], C]) -> Callable[[str], C]:
    """Return a parser for a command that takes nothing; what follows the word is ignored."""
    return lambda _: make()


def table_of(commands: Iterable[Command[Any]]) -> dict[str, Command[Any]]:
    """Return the commands by word and by alias, in the order in which help shows them."""
    return {word: command for command in commands for word in (command.word, *command.aliases)}


def each_once(table: Mapping[str, Command[Any]]) -> Iterator[Command[Any]]:
    """Yield the commands of a table, those with aliases once."""
    return (command for word, command in table.items() if word == command.word)
