"""Reads the message of the day, which newcomers receive, from the file that `--motd` names."""

from __future__ import annotations

from pathlib import Path

from udpchat.app.server.files import read_file
from udpchat.domain.limits import MAX_MOTD_BYTES, MAX_MOTD_LINES
from udpchat.domain.text.lines import clean_lines

MAX_FILE = 65_536  # bytes: enough for a message with colours and blank lines, which are removed


class MotdError(Exception):
    """The file cannot be used. The text says why."""


def read_motd(path: str) -> str:
    """Return the text of a file with line feeds between its lines, "" for no file. Raise `MotdError`.

    It is cleaned as lines of clients are, so lines that show nothing are left out.
    """
    if not path:
        return ""
    try:
        content, _ = read_file(Path(path), MAX_FILE + 1)
        if len(content) <= MAX_FILE:
            content.decode()  # a line of a client may have other bytes, but here they are a mistake
    except (OSError, ValueError) as exc:
        raise MotdError(f"cannot read --motd {path}: {exc}") from exc
    lines = [line for line in clean_lines(content, MAX_FILE) if isinstance(line, str)]
    motd = "\n".join(lines)
    if len(content) > MAX_FILE or len(lines) > MAX_MOTD_LINES or len(motd.encode()) > MAX_MOTD_BYTES:
        raise MotdError(f"--motd {path} is too large, the limit is {MAX_MOTD_LINES} lines and {MAX_MOTD_BYTES} bytes")
    return motd
