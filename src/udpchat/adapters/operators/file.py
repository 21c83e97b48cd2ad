"""The operators' file: read as a whole, and replaced as a whole, so that a crash leaves the old file or the new one.

Only its owner may read it. Tools that write it at the same time wait for each other, by a lock on the file itself.
What a person wrote into it, such as comments, stays.

Limit: a tool does not notice what an editor writes between the moment when the tool reads the file and the moment when
the tool replaces it.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from udpchat.adapters.operators.lines import Operator, OperatorsError, key_of, operators_in

MAX_FILE = 65_536  # bytes: some 1,000 operators, and a start that names a wrong file by mistake stays fast
PRIVATE = 0o600  # mode of the file: whoever reads a secret is an operator
_OTHERS = 0o077  # the bits of the mode that let anybody but the owner do anything
_HEAD = b"# operators of udpchat: on each line a name and a secret; who can read this file is an operator\n"

Stamp = tuple[int, ...]
"""What changes when a file is written, replaced, or gets another mode."""


@attrs.frozen
class OperatorsFile:
    """The file at a path. Every method but `stamp` raises `OperatorsError`."""

    path: Path

    def stamp(self) -> Stamp | None:
        """Return the stamp of the file, None if it cannot be reached."""
        try:
            found = self.path.stat()
        except (OSError, ValueError):
            return None
        # The change of the inode is noted too: a new mode leaves the modification time as it is (inode(7)).
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def read(self) -> tuple[Operator, ...]:
        """Return the operators in the order of the file."""
        with self._trouble("read"):
            # Without O_NONBLOCK, a named pipe would hold up the server for ever.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                return operators_in(self._content(descriptor), self.path)
            finally:
                os.close(descriptor)

    def add(self, operator: Operator) -> None:
        """Add an operator at the end; create the file if it is missing."""
        with self._trouble("write"), self._locked(create=True) as (place, descriptor):
            content = self._content(descriptor)
            if any(each.key == operator.key for each in operators_in(content, self.path)):
                raise OperatorsError(
                    f"operator {operator.name} is in {self.path} already: remove it first, or choose another name"
                )
            content = content or _HEAD
            line = f"{operator.name} {operator.secret}\n".encode()
            content += line if content.endswith(b"\n") else b"\n" + line
            self._check_size(content)
            _replace(place, content, os.fstat(descriptor))

    def remove(self, name: str) -> None:
        """Remove an operator, with its line."""
        with self._trouble("write"), self._locked(create=False) as (place, descriptor):
            content = self._content(descriptor)
            key = key_of(name)
            number = next((each.line for each in operators_in(content, self.path) if each.key == key), None)
            if number is None:
                raise OperatorsError(f"there is no operator {name} in {self.path}: udpchat operator list shows all")
            lines = content.split(b"\n")
            del lines[number - 1]
            _replace(place, b"\n".join(lines), os.fstat(descriptor))

    def _content(self, descriptor: int) -> bytes:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OperatorsError(f"{self.path} is no regular file: name a file with operators")
        if found.st_mode & _OTHERS:
            raise OperatorsError(f"others than its owner have access to {self.path}: chmod 600 {self.path}")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            content = file.read(MAX_FILE + 1)
        self._check_size(content)
        return content

    def _check_size(self, content: bytes) -> None:
        if len(content) > MAX_FILE:
            raise OperatorsError(
                f"{self.path} is too large, the limit is {MAX_FILE} bytes: remove operators or comments"
            )

    @contextmanager
    def _locked(self, *, create: bool) -> Iterator[tuple[Path, int]]:
        """Lock the file; give its path behind all links, and a descriptor of it. Wait while another tool has it."""
        place = Path(os.path.realpath(self.path))
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        while True:
            descriptor = os.open(place, flags, PRIVATE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if _is_at(descriptor, place):
                    yield place, descriptor
                    return
            finally:
                os.close(descriptor)  # which unlocks it; another tool may have replaced it meanwhile

    @contextmanager
    def _trouble(self, verb: str) -> Iterator[None]:
        """Raise `OperatorsError` where a system call fails."""
        try:
            yield
        except (OSError, ValueError) as exc:  # ValueError: the path cannot be one
            reason = exc.strerror if isinstance(exc, OSError) else exc
            raise OperatorsError(f"cannot {verb} the operators' file {self.path}: {reason}") from exc


def _is_at(descriptor: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except FileNotFoundError:
        return False


def _replace(place: Path, content: bytes, before: os.stat_result) -> None:
    """Replace the file at `place`, which is locked, by one that is complete on the disk."""
    new = place.with_name(f"{place.name}-new")
    new.unlink(missing_ok=True)  # a tool that was killed has left it
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if before.st_uid != os.geteuid():  # root adds an operator to the file of the server's user
                os.fchown(descriptor, before.st_uid, before.st_gid)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        new.replace(place)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)  # otherwise a power failure could bring back an operator that was removed
    finally:
        os.close(folder)
