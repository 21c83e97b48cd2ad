"""Reads the key of the server, which newcomers must type, from the file that `--key-file` names.

The key is in no error: these are logged.
"""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from udpchat.app.server.files import read_file
from udpchat.domain.admission.server_key import MAX_KEY_BYTES, normal_form
from udpchat.domain.text.lines import clean_lines

MAX_FILE = 4096  # bytes that are read: the first line with the longest key, and blanks


class KeyFileError(Exception):
    """The file cannot be used. The text says why."""


def read_key(path: str) -> str:
    """Return the key in the first line of a file, in its normal form, "" for no file. Raise `KeyFileError`.

    The line is cleaned as a line that a newcomer types.
    """
    if not path:
        return ""
    try:
        content, mode = read_file(Path(path), MAX_FILE)
    except (OSError, ValueError) as exc:
        raise KeyFileError(f"cannot read --key-file {path}: {exc}") from exc
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"--key-file {path} is open to others than its owner: type chmod 600 {path}")
    first = b"".join(content.splitlines()[:1])
    try:
        first.decode("utf-8-sig", "strict" if len(first) < MAX_FILE else "ignore")
    except ValueError:
        raise KeyFileError(f"--key-file {path} is not in UTF-8: save it as UTF-8") from None  # it quotes the key
    typed = clean_lines(b"/enter " + first.removeprefix(codecs.BOM_UTF8), 2 * MAX_FILE)[0]
    key = normal_form(typed.split()[1:]) if isinstance(typed, str) else ""
    if not key:
        raise KeyFileError(f"--key-file {path} has no key on its first line: write one there")
    if len(key.encode()) > MAX_KEY_BYTES:
        raise KeyFileError(f"--key-file {path} has a key that is too long, the limit is {MAX_KEY_BYTES} bytes")
    return key
