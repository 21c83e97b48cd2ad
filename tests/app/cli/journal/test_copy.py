"""`udpchat journal copy`."""

from __future__ import annotations

import resource
from pathlib import Path

from tests.app.cli.journal.recorded import INPUTS, invoke, opened, run
from udpchat.adapters.journal.errors import JournalError


def test_a_copy_is_one_file_with_everything(tmp_path: Path) -> None:
    """It copies a journal that a server is writing, or that a crash left; most of that is in the file beside it."""
    path, copies = tmp_path / "room.journal", tmp_path / "copies"
    copies.mkdir()
    journal = opened(path)
    journal.append(INPUTS)
    done = invoke("copy", path, copies / "running")
    assert (done.exit_code, done.output) == (0, "")
    journal.append(INPUTS)
    assert [each.name for each in copies.iterdir()] == ["running"]
    assert (copies / "running").stat().st_mode & 0o777 == 0o600
    journal.file.close()
    invoke("copy", path, copies / "ended")
    assert "11 inputs" in invoke("check", copies / "running").output
    assert "22 inputs" in invoke("check", copies / "ended").output


def test_a_copy_that_fails(path: Path) -> None:
    """An existing file does not change, and an incomplete copy is deleted."""
    existing = path.with_name("existing")
    existing.write_text("something else")
    for to, reason in ((existing, "File exists"), (path, "File exists"), (path / "x", "Not a directory")):
        done = run("copy", str(path), str(to))
        assert (done.returncode, done.stderr) == (1, f"udpchat: cannot write a copy to {to}: {reason}\n")
    assert existing.read_text() == "something else"
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, usual[1]))  # bytes: as a full disk
    try:
        failed = invoke("copy", path, path.with_name("copy"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert isinstance(failed.exception, JournalError)
    assert not path.with_name("copy").exists()
