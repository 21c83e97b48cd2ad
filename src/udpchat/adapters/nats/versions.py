"""Which releases of nats-server have known faults. docs/clustering.md names the faults and their sources."""

from __future__ import annotations

from nats.aio.client import ServerVersion

RECOMMENDED = (2, 12, 3)  # and later; the tests run with what the machine has


def text(version: tuple[int, int, int]) -> str:
    """Return a version as text."""
    return ".".join(map(str, version))


def outdated(version: ServerVersion) -> str:
    """Return a version as text if it is older than the recommended one; return "" if it is not, or is unknown."""
    try:
        number = (version.major, version.minor, version.patch)
    except ValueError:
        return ""
    return text(number) if (0, 0, 0) < number < RECOMMENDED else ""
