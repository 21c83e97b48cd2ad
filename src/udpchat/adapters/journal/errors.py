"""What can go wrong with a journal, in a file or in a cluster."""

from __future__ import annotations


class JournalError(Exception):
    """The journal cannot be used. The message is one sentence for the operator."""


class Stale(JournalError):  # noqa: N818 - the state of a node, which repairs itself by a restart
    """The journal can be used, but this process has an outdated state. The node must start again from the journal."""


class Replaced(JournalError):  # noqa: N818 - the state of the log
    """The log of a cluster is another one than before."""


class DiskFull(JournalError):  # noqa: N818 - the state of the disk; nothing is wrong with the journal
    """The journal cannot be written until the disk has space."""


class Damaged(JournalError):  # noqa: N818 - the state of the file
    """The journal has content that no server wrote, or lacks some."""


class Unreadable(Exception):  # noqa: N818 - only part of a sentence: callers complete it to a `JournalError`
    """A stored input or snapshot cannot be read. The message completes the sentence "the journal X ..."."""


class Newer(Unreadable):
    """A newer udpchat wrote the snapshot."""
