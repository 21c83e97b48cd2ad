"""The Makefile: how a room is opened, and when the environment is made again."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def make(folder: Path, *words: str) -> str:
    """Return what `make` would run in a folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", *words]
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, check=True, text=True, timeout=60)
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a folder with what `make` needs, after `make`; nothing is installed in its environment."""
    folder = tmp_path / "a checkout"
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    python.symlink_to("/bin/true")
    (folder / ".venv" / "installed").write_text(f"{folder.resolve()}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ((), []),
        (("PORT=12345",), ["12345"]),
        (("12345",), ["12345"]),
        (("abc",), ["abc"]),  # which the program refuses
        (("12345", "678", "ARGS=--host ::"), ["12345", "678", "--host", "::"]),
        (("12345", "PORT=678"), ["678", "12345"]),
    ],
)
def test_words_behind_run_are_for_the_program(checkout: Path, words: tuple[str, ...], arguments: list[str]) -> None:
    """`make run 12345` opens port 12345, also if there is a file of that name; no word is lost on its way."""
    (checkout / "12345").touch()
    run, *others = make(checkout, "run", *words).splitlines()
    assert run.split() == ["exec", ".venv/bin/python", "-m", "udpchat.app", *arguments]
    assert set(others) <= {":"}


def test_targets_stay_targets(checkout: Path) -> None:
    """A second target is made, and a word that is no target stays an error where no room is opened."""
    assert "ruff format" in make(checkout, "run", "format")
    with pytest.raises(subprocess.CalledProcessError):
        make(checkout, "test", "12345")


def moved(checkout: Path) -> Path:
    """Move a checkout."""
    return checkout.rename(checkout.with_name("elsewhere"))


def copied(checkout: Path) -> Path:
    """Copy a checkout, with all times."""
    return shutil.copytree(checkout, checkout.with_name("elsewhere"), symlinks=True)


def without_its_python(checkout: Path) -> Path:
    """Remove the Python that an environment was made with, as an upgrade of the system does."""
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    return checkout


def from_an_older_makefile(checkout: Path) -> Path:
    """Remove the path that older versions did not write."""
    (checkout / ".venv" / "installed").write_text("", encoding="utf-8")
    return checkout


@pytest.mark.parametrize("change", [moved, copied, without_its_python, from_an_older_makefile])
@pytest.mark.parametrize("target", ["run", "test", "setup"])
def test_an_environment_that_does_not_belong_here_is_made_again(
    checkout: Path, change: Callable[[Path], Path], target: str
) -> None:
    """An environment has absolute paths: in another place it would run the code of the old place."""
    assert "venv --clear" not in make(checkout, target)
    folder = change(checkout)
    first, *_ = (line for line in make(folder, target).splitlines() if ".venv" in line)
    assert "-m venv --clear" in first
    (folder / ".venv" / "bin" / "python").unlink()
    (folder / ".venv" / "bin" / "python").symlink_to("/bin/true")
    (folder / ".venv" / "installed").write_text(f"{folder.resolve()}\n", encoding="utf-8")
    assert "venv --clear" not in make(folder, target)
