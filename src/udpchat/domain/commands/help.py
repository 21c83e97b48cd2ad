"""`/help`, hints for members who do not know that commands begin with a slash, and the message of the day: `/motd`.

`/help` is made of the table that it stands in, so it is a function of that table and imports no family. A table of few
commands is shown with what each of them does. A longer one would not fit on one screen of a terminal, which is 24 rows
of 80 columns: then its commands stand beside the title of their family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family, alone, each_once
from udpchat.domain.event import Event, Sentence
from udpchat.domain.grammar import HINTS_SINCE, ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState

EXPERIENCED = "experienced"  # the slice, as it is stored
_MEANT = {"help": "/help", "?": "/help", "exit": "/quit", "quit": "/quit"}
LONGEST_MEANT = max(map(len, _MEANT))  # characters; a longer line needs no look

FEW_COMMANDS = 20  # with a line for each; the others of 24 rows are for the question, and for what was said before
COLUMNS = 79  # of a line: after the last of 80 columns, some terminals begin another row
_BETWEEN = "  "
_WORD = "/help"
_ROW_1 = ("/help", "show these commands")  # before `ROOMS_SINCE`: it could not explain a command


@attrs.frozen
class Help:
    """`/help`: show the commands, or explain the one with this word."""

    word: str = ""


@attrs.frozen
class HelpShown(Event):
    """A member is shown each command: how it is typed, and what it does."""

    commands: tuple[tuple[str, str], ...]

    def sentences(self) -> Iterable[Sentence]:
        """Return a line for each command."""
        return (Sentence((f"{usage} - {does}",)) for usage, does in self.commands)


@attrs.frozen
class FamiliesShown(Event):
    """A member is shown how the commands are typed: for each family its title, and its commands."""

    families: tuple[tuple[str, tuple[str, ...]], ...]

    def sentences(self) -> Iterable[Sentence]:
        """Return the lines of all families, and how to read more."""
        width = max(len(title) for title, _ in self.families)
        rows = (row for title, usages in self.families for row in _rows(title.ljust(width), usages))
        return (
            *(Sentence((row,)) for row in rows),
            Sentence(("/help COMMAND shows what that command does, and an example",)),
        )


def _rows(title: str, usages: Iterable[str]) -> Iterator[str]:
    """Yield the commands of a family behind its title, in as many lines as they need.

    A blank stands in front: nothing that a member says begins with one, so no line of a member looks like this.
    """
    head, row = f" {title}", ""
    for usage in usages:
        if row and len(head) + len(row) + len(_BETWEEN) + len(usage) > COLUMNS:
            yield head + row
            head, row = " " * len(head), ""
        row += _BETWEEN + usage
    yield head + row


@attrs.frozen
class CommandExplained(Event):
    """A member is shown all about one command."""

    usage: str
    does: str
    example: str = ""
    aliases: tuple[str, ...] = ()

    def sentences(self) -> Iterable[Sentence]:
        """Return how it is typed and what it does, an example if it takes something, and other words for it."""
        yield Sentence((f"{self.usage} - {self.does}",))
        if self.example:
            yield Sentence((f"you type, for example: {self.example}",))
        if self.aliases:
            yield Sentence((f"you can also type: {', '.join(self.aliases)}",))


@attrs.frozen
class NoSuchCommand(Rejection):
    """`/help` with a word that is no command."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("there is no command ",), self.word, ", try /help")


@attrs.frozen
class SeveralCommands(Rejection):
    """`/help` with more than one word."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/help takes one command",))


@attrs.frozen
class CommandMeant(Event):
    """A member said a word with which other programs show help or end, and reads which `command` does so here."""

    command: str  # "/help" or "/quit"

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        purpose = "to leave" if self.command == "/quit" else "to see the commands"
        return (Sentence((f"{purpose}, type: {self.command}",)),)


@attrs.frozen
class ShowMotd:
    """`/motd`: show the message of the day."""


@attrs.frozen
class MotdShown(Event):
    """A member is shown the message of the day. A text of several lines has line feeds between them."""

    text: str

    def sentences(self) -> Iterable[Sentence]:
        """Return its lines, each behind a dash, so that none looks like a line of a member."""
        return (Sentence(("- ",), line) for line in self.text.split("\n"))


@attrs.frozen
class MotdShownOnJoin(MotdShown):
    """A newcomer is shown the message of the day. An address that may be forged is shown only a part of it."""


@attrs.frozen
class NoMotd(Event):
    """A member asked for the message of the day, and there is none."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("showing message of the day: there is none",)),)


@attrs.define
class Experienced(Slice):
    """The members that have used a command, or were hinted at one."""

    members: set[Address] = attrs.field(factory=set)

    def leave(self, address: Address) -> None:
        """Forget the member: the next one at its address may be somebody else."""
        self.members.discard(address)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Replace the addresses."""
        self.members = {places.get(address, address) for address in self.members}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return the addresses in the order of their texts."""
        return sorted(map(encode, self.members))


def experienced(state: ChatState) -> set[Address]:
    """Return the addresses of the members that need no hint."""
    return cast("Experienced", state.slices.by_word[EXPERIENCED]).members


def hint(state: ChatState, member: Member, line: str) -> list[Delivery]:
    """Hint at the command that a plain line means, once, and only if the member has never used a command."""
    command = _MEANT.get(line.lower())
    if command is None or state.grammar < HINTS_SINCE or member.address in experienced(state):
        return []
    experienced(state).add(member.address)
    return [(Only(member.address), CommandMeant(command))]


def parse_help(rest: str) -> Help:
    """Read the word of a command, with or without its slash."""
    words = rest.split()
    if len(words) > 1:
        raise Rejected(SeveralCommands())
    return Help(f"/{words[0].removeprefix('/')}") if words else Help()


def show_motd(state: ChatState, member: Member, _: ShowMotd, __: Input) -> list[Delivery]:
    """Show the message of the day."""
    text = state.rules.motd
    return [(Only(member.address), MotdShown(text) if text else NoMotd())]


MOTD = Command("/motd", "show the message of the day", alone(ShowMotd), show_motd, since=ROOMS_SINCE)
FAMILY = Family((MOTD,), slices={EXPERIENCED: Experienced}, title="help")


def help_for(table: Mapping[str, Command[Any]], families: Iterable[Family]) -> Command[Help]:
    """Return the command that shows a table of the commands of these families. It may be added to the table."""

    def show(state: ChatState, member: Member, asked: Help, _: Input) -> list[Delivery]:
        if asked.word:
            return [(Only(member.address), _explained(table, asked.word, state.grammar))]
        known = [command for command in each_once(table) if command.since <= state.grammar]
        if len(known) > FEW_COMMANDS:
            return [(Only(member.address), shown_by_family(known, families))]
        rows = (
            _ROW_1 if command.word == _WORD and state.grammar < ROOMS_SINCE else (command.usage, command.does)
            for command in known
        )
        return [(Only(member.address), HelpShown(tuple(rows)))]

    return Command(
        f"{_WORD} [COMMAND]",
        "show the commands, or what one does",
        parse_help,
        show,
        changed=ROOMS_SINCE,
        parse_before=alone(Help),
        example="/help nick",
        aliases=("/?",),
        aliases_since=ROOMS_SINCE,
    )


def shown_by_family(commands: Iterable[Command[Any]], families: Iterable[Family]) -> FamiliesShown:
    """Return the commands, with the titles of these families. /help is of no family, but shown as of this one."""
    titles = {command.word: family.title for family in families for command in family.commands}
    usages: dict[str, tuple[str, ...]] = {}
    for command in commands:
        title = titles.get(command.word, FAMILY.title)
        usages[title] = (*usages.get(title, ()), command.usage)
    return FamiliesShown(tuple(usages.items()))


def _explained(table: Mapping[str, Command[Any]], typed: str, grammar: int) -> CommandExplained:
    """Return what there is to say about a command."""
    word = typed.lower()
    command = table.get(word)
    if command is None or grammar < command.known_since[word]:
        raise Rejected(NoSuchCommand(typed))
    aliases = tuple(alias for alias in command.aliases if grammar >= command.known_since[alias])
    return CommandExplained(command.usage, command.does, command.example, aliases)
