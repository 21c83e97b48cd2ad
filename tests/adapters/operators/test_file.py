"""The operators' file: who may read it, and how it is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from tests.adapters.operators.files import ANA, BEN, mode, names, refusal, with_operators, written
from tests.waiting import until
from udpchat.adapters.operators.file import MAX_FILE, OperatorsFile
from udpchat.adapters.operators.lines import Operator, OperatorsError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a file may be."""
    return tmp_path / "operators"


def test_a_new_file_is_private(path: Path) -> None:
    """Whatever the umask is, only its owner may read it; it begins with a comment that says what it is."""
    before = os.umask(0)
    try:
        file = with_operators(path, ANA, BEN)
    finally:
        os.umask(before)
    assert mode(path) == 0o600
    assert file.read() == (ANA, BEN)
    assert path.read_text(encoding="ascii").startswith("# operators of udpchat: ")
    assert names(path.parent) == ["operators"]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o610, 0o601, 0o666])
def test_a_file_to_which_others_have_access_is_refused(path: Path, bits: int) -> None:
    """Whoever can read it is an operator, and so is whoever can write it. The sentence says what to type."""
    file = written(path, b"", bits)
    sentence = f"others than its owner have access to {path}: chmod 600 {path}"
    assert refusal(file) == sentence
    with pytest.raises(OperatorsError, match="chmod 600"):
        file.add(ANA)
    path.chmod(0o400)
    assert file.read() == ()


def test_what_a_person_wrote_stays(path: Path) -> None:
    """A tool adds a line or removes one, and leaves comments, order and all other bytes as they are."""
    content = f"# teachers\r\nana {ANA.secret}  # until June\r\n\nBen {BEN.secret}".encode()
    file = written(path, content)
    file.add(Operator("cleo", ANA.secret))
    assert path.read_bytes() == content + f"\ncleo {ANA.secret}\n".encode()
    file.remove("ANA")
    file.remove("cleo")
    assert path.read_bytes() == f"# teachers\r\n\nBen {BEN.secret}\n".encode()
    assert mode(path) == 0o600


def test_a_name_is_taken_once(path: Path) -> None:
    """In any letter case. The file stays as it is."""
    file = with_operators(path, ANA)
    content = path.read_bytes()
    with pytest.raises(OperatorsError, match=f"^operator ANA is in {path} already: remove it first"):
        file.add(Operator("ANA", BEN.secret))
    with pytest.raises(OperatorsError, match=f"^there is no operator ben in {path}"):
        file.remove("ben")
    assert path.read_bytes() == content


def test_a_damaged_file_is_not_written(path: Path) -> None:
    """Otherwise a tool could make it worse."""
    file = written(path, b"ana\n")
    for change in (partial(file.add, BEN), partial(file.remove, "ana")):
        with pytest.raises(OperatorsError, match="line 1 has no secret"):
            change()
    assert path.read_bytes() == b"ana\n"


def test_the_size_is_limited(path: Path) -> None:
    """A file that is too large is neither read nor written."""
    full = b"#" * (MAX_FILE - 1) + b"\n"
    file = written(path, full)
    assert file.read() == ()
    with pytest.raises(OperatorsError, match=f"is too large, the limit is {MAX_FILE} bytes"):
        file.add(ANA)
    assert path.read_bytes() == full
    assert "is too large" in refusal(written(path, full + b"\n"))


@pytest.mark.parametrize("name", ["none", ".", "none/none", "\0", "pipe"])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    """A path without a file, and anything but a file, is one sentence, and nobody waits for the writer of a pipe."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    file = OperatorsFile(tmp_path / name)
    sentence = refusal(file)
    assert str(file.path) in sentence
    with pytest.raises(OperatorsError, match=r"cannot write the operators' file|is no regular file"):
        file.remove("ana")
    assert names(tmp_path) == ["pipe"]
    if name in {"none/none", "\0"}:
        assert file.stamp() is None


def test_a_link_stays_a_link(path: Path) -> None:
    """The file behind it is replaced."""
    file = with_operators(path, ANA)
    link = path.with_name("link")
    link.symlink_to("operators")
    OperatorsFile(link).add(BEN)
    assert link.is_symlink()
    assert file.read() == (ANA, BEN)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_leaves_the_file_to_its_owner(path: Path) -> None:
    """The server's user can still read it after root has added an operator."""
    file = with_operators(path, ANA)
    os.chown(path, 12_345, 12_346)
    file.add(BEN)
    found = path.stat()
    assert (found.st_uid, found.st_gid, mode(path)) == (12_345, 12_346, 0o600)


CRASH = """
import os, signal, sys
from pathlib import Path
from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import Operator

def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)

owner, name = (Path, "replace") if sys.argv[2] == "replace" else (os, sys.argv[2])
setattr(owner, name, end)
OperatorsFile(Path(sys.argv[1])).add(Operator("cleo", "A" * 32))
"""


@pytest.mark.parametrize("moment", ["fstat", "fsync", "replace"])
def test_a_tool_that_is_killed_leaves_the_old_file(path: Path, moment: str) -> None:
    """Killed before it writes, when all is written, and before the rename: the next tool adds its operator as usual."""
    file = with_operators(path, ANA)
    content = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", CRASH, path, moment], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == content
    assert all(mode(each) == 0o600 for each in path.parent.iterdir())
    file.add(BEN)
    assert file.read() == (ANA, BEN)
    assert names(path.parent) == ["operators"]


def test_a_write_that_fails_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is one sentence, and no part of a file stays."""
    file = with_operators(path, ANA)
    content = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OperatorsError, match=f"^cannot write the operators' file {path}: No space left on device$"):
            file.add(BEN)
    assert path.read_bytes() == content
    assert names(path.parent) == ["operators"]


def test_many_tools_at_once(path: Path) -> None:
    """Each of them waits for the others, also while the file is created, so every operator is in the file."""
    added = [f"operator-{number}" for number in range(20)]
    barrier = threading.Barrier(len(added))

    def add(name: str) -> None:
        barrier.wait()
        OperatorsFile(path).add(Operator(name, ANA.secret))

    threads = [threading.Thread(target=add, args=(name,)) for name in added]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.name for each in OperatorsFile(path).read()) == sorted(added)


def test_a_tool_waits_for_one_that_writes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It then reads the file that the other one made, and not the one that it had opened."""
    file = with_operators(path, ANA)
    replace, second = Path.replace, threading.Thread(target=lambda: OperatorsFile(path).add(BEN))

    def slow(new: Path, place: Path) -> Path:
        monkeypatch.setattr(Path, "replace", replace)
        second.start()
        until(lambda: "FLOCK" in waiting())
        return replace(new, place)

    def waiting() -> str:
        """Return the locks on the file that somebody waits for (proc_locks(5))."""
        inode = f":{path.stat().st_ino} "
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        return "\n".join(line for line in locks if "->" in line and inode in line)

    monkeypatch.setattr(Path, "replace", slow)
    file.add(Operator("cleo", ANA.secret))
    second.join()
    assert [each.name for each in file.read()] == ["ana", "cleo", "Ben"]


def test_a_file_that_is_removed_while_a_tool_waits(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool begins again with what is there then."""
    file = with_operators(path, ANA)
    samestat = os.path.samestat
    removed: list[Path] = []

    def remove_once(*given: os.stat_result) -> bool:
        if not removed:
            path.unlink()
            removed.append(path)
            raise FileNotFoundError
        return samestat(*given)

    monkeypatch.setattr(os.path, "samestat", remove_once)
    file.add(BEN)
    assert file.read() == (BEN,)
