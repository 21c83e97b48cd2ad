"""The entry point of `udpchat` and of `python -m udpchat.app`.

Signal handlers are installed before anything slow is imported, because a supervisor may send a signal as soon as the
process exists. Limit: while Python itself starts, a signal still ends the process.
"""

from __future__ import annotations

import os
import signal
import sys

# What the dynamic linker says if there is no memory for a library (glibc, elf/dl-load.c).
_NO_MEMORY_FOR_LIBRARY = "failed to map segment", "cannot map zero-fill pages", "cannot allocate memory"

TOOLS = {"journal", "nodes", "operator", "say"}  # a signal kills a tool, so that its caller sees that it has no result


def main() -> None:
    """Install the signal handlers, and run the command line on `sys.argv`."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    if not _is_tool():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a server that starts has nothing to reload yet
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL if _is_tool() else _exit)
    try:
        from udpchat.app.cli.main import main as run  # noqa: PLC0415 - takes half a second, in which signals may come
    except (MemoryError, SystemError, ImportError) as exc:  # SystemError: CPython may not report a failed allocation
        if not isinstance(exc, ImportError) or any(reason in str(exc) for reason in _NO_MEMORY_FOR_LIBRARY):
            sys.exit("udpchat: out of memory: raise the limit (ulimit -v)")
        raise
    run()


def _is_tool() -> bool:
    """Return whether the command line is that of a tool."""
    return bool(sys.argv[1:2]) and sys.argv[1] in TOOLS


def _exit(*_: object) -> None:
    """End a server that has not opened its room yet, with exit code 0.

    An exception instead could be caught by the module that is being imported.
    """
    os._exit(0)


if __name__ == "__main__":
    main()
