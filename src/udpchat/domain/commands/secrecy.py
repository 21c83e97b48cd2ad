"""What of a line may be kept: journals, logs and other nodes never get a secret.

The row of a command says which of its text is secret. A code is looked at before a line becomes an input, so nothing of
it is kept. The key of a room is compared by the chat, so a keyed hash takes its place. What follows an unknown command
may be anything, since the client meant another word: a code, or a line for one person. No reply depends on what is
removed here.

Equal keys have equal hashes, also in two rooms. The hash cannot depend on the room: /key concerns the room in which the
client will be when its line is handled, which may be another one by then. Hashing again in the chat would hide nothing,
because the journal has the first hash. Whoever reads a journal learns that two rooms have the same key, and what was
said in both anyway.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.spec import Secret
from udpchat.domain.keyed_hash import keyed_hash

HASH_CHARACTERS = 26  # 130 bits: nobody finds another text with the same hash

PUBLIC_WORDS = frozenset(word for word, command in COMMANDS.items() if command.secret is None)
"""The words and aliases of commands that are kept whole."""
_UNKNOWN = Secret()


Judge = Callable[[str, Sequence[str]], Sequence[str] | None]
"""Decides about the words that follow a judged command. Returns the words that take their place, None for no line."""


def without_secrets(line: str, key: bytes, judge: Judge = lambda *_: ()) -> str | None:
    """Return a clean line without the secret text of a command, or with its hash, made with a key (`keyed_hash`).

    If the command is judged, the verdict stands behind its word. Return None if the judge wants no line.

    The hash of a text of several words does not depend on the blanks between them, nor on how its accents are written:
    it is that of the normal form C (RFC 8265, OpaqueString).
    """
    typed = line.lstrip()
    if typed[:1] != "/" or typed[:2] == "//":
        return line
    command = COMMANDS.get(typed.split(maxsplit=1)[0].lower())
    secret = command.secret if command else _UNKNOWN
    if secret is None:
        return line
    if secret.judged:
        word, *words = typed.split(maxsplit=1 + secret.judges if secret.judges else -1)
        words, kept_words = (words[: secret.judges], words[secret.judges :]) if secret.judges else (words, [])
        verdict = judge(secret.judged, words)
        blanks = line.removesuffix(typed)
        return None if verdict is None else blanks + " ".join((word, *verdict, *kept_words))
    *_, hidden = words = typed.split(maxsplit=1 + secret.after)
    if len(words) < 2 + secret.after:
        return line
    text = unicodedata.normalize("NFC", " ".join(hidden.split()))
    if text.lower() == secret.plain:
        return line
    kept = line.removesuffix(hidden)
    if not secret.purpose:
        return kept.rstrip()
    return kept + keyed_hash(key, secret.purpose, text.encode(), HASH_CHARACTERS)
