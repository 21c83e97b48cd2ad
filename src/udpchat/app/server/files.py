"""Reads the files that settings name. It never waits: a server reads them again while it runs (SIGHUP)."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_file(path: Path, most: int = -1) -> tuple[bytes, int]:
    """Return the first `most` bytes of a regular file, all for -1, and its mode; raise OSError or ValueError.

    A named pipe is refused: it would hold up the server until somebody writes to it.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError("it is no regular file")
        return file.read(most), stat.S_IMODE(mode)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # else opening a named pipe waits for a writer, fifo(7)
