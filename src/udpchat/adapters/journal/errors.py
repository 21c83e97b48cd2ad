"""What can be wrong with a journal, whatever it is kept in."""

from __future__ import annotations


class JournalError(Exception):
    """A journal cannot be used; the message is one sentence for the person who named it."""


class Stale(JournalError):  # noqa: N818 - what the journal is, which the node mends by itself
    """The journal can be used, but what this process has made of it can not: it is to start again from the journal."""


class DiskFull(JournalError):  # noqa: N818 - what the disk is, and no fault of the file
    """The journal can not be written for now."""


class Unreadable(Exception):  # noqa: N818 - a finding about what is kept, which ends a sentence: the file X is unreadable
    """What was written cannot be read; the message is the end of a sentence: `... X`."""
