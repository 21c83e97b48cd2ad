"""What of a line may be kept: journals, logs and other nodes never get a secret.

A code is looked at before a line becomes an input. What follows an unknown command may be anything, since the client
meant another word: a code, or a line for one person. No reply depends on what is removed here.
"""

from __future__ import annotations

from udpchat.domain.commands import COMMANDS

PUBLIC_WORDS = frozenset(word for word, command in COMMANDS.items() if not command.secret)
"""The words and aliases of commands that are kept whole."""


def without_secrets(line: str) -> str:
    """Return a clean line without what follows the word of a secret or unknown command."""
    typed = line.lstrip()
    if typed[:1] != "/" or typed[:2] == "//":
        return line
    word = typed.split(maxsplit=1)[0]
    if word.lower() in PUBLIC_WORDS:
        return line
    return line[: len(line) - len(typed) + len(word)]
