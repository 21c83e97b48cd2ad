"""The program: `udpchat` or `python -m udpchat.app`.

Signals come first, and all that takes time to import after them: a supervisor may ask a server for its counts, or end
it, as soon as there is a process. What it can not do: take a signal while Python itself is starting; then the process
ends by it, as any does.
"""

from __future__ import annotations

import os
import signal
import sys

TOOLS = {"journal", "nodes"}  # which end by a signal as other programs do, so that who called them knows


def main() -> None:
    """Run the command line on `sys.argv`."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL if sys.argv[1:2] and sys.argv[1] in TOOLS else _end)
    from udpchat.app.cli import command_line  # noqa: PLC0415 - half a second, in which signals may come

    command_line.main()


def _end(*_: object) -> None:
    """End the server before the room is open: nothing was promised to anybody yet.

    At once, since an exception might be swallowed by whatever is being imported.
    """
    os._exit(0)


if __name__ == "__main__":
    main()
