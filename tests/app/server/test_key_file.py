"""The file with the key of the server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.app.cli.command import assert_one_sentence, run
from tests.app.clients.processes import needs, running, serving, start
from udpchat.app.server.key_file import MAX_FILE, KeyFileError, read_key

OPEN_TO_OTHERS = "is open to others than its owner: type chmod 600 "


def write(path: Path, content: bytes, mode: int = 0o600) -> str:
    """Write a file with this mode; return its path."""
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"swordfish", "swordfish"),
        (b"  Correct \t HORSE \r\nbattery\n", "correct horse"),
        (b"\xef\xbb\xbfswordfish\n", "swordfish"),
        ("Stra\u00dfe Cafe\u0301\n".encode(), "strasse caf\u00e9"),
        ("two\u2800words\u3000and\u00a0more".encode(), "two words and more"),
        (b"\x1b[31mred\x1b[0m\n", "red"),
        (b"x" * 200 + b"\n" + b"\xff" * 5000, "x" * 200),
    ],
)
def test_it_is_read_as_it_is_typed(tmp_path: Path, content: bytes, key: str) -> None:
    """The key is the first line, cleaned as lines of clients are, without what does not matter in it."""
    assert read_key(write(tmp_path / "key", content)) == key
    assert read_key("") == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "has no key on its first line: write one there"),
        (b"\nswordfish\n", "has no key on its first line"),
        (b" \x07\n", "has no key on its first line"),
        (b"x" * 201, "has a key that is too long, the limit is 200 bytes"),
        (b"x" * 2 * MAX_FILE, "has a key that is too long"),
        (b"sw\xf6rdfish\n", "is not in UTF-8: save it as UTF-8"),
        (b"\xff\xfes\x00w\x00", "is not in UTF-8"),
    ],
)
def test_it_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    """A file without a usable key is an error that names it and does not quote it."""
    path = write(tmp_path / "file", content)
    with pytest.raises(KeyFileError, match=why) as caught:
        read_key(path)
    assert f"--key-file {path}" in str(caught.value)
    assert not caught.value.__cause__
    assert caught.value.__suppress_context__ or not caught.value.__context__


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_read(tmp_path: Path, mode: int) -> None:
    """It is refused, and the sentence has the command that helps."""
    path = write(tmp_path / "key", b"swordfish\n", mode)
    with pytest.raises(KeyFileError, match=OPEN_TO_OTHERS) as caught:
        read_key(path)
    assert str(caught.value).endswith(f"chmod 600 {path}")
    os.chmod(path, 0o400)  # noqa: PTH101 - a text
    assert read_key(path) == "swordfish"


@pytest.mark.parametrize("name", ["none", ".", "\0"])
def test_no_file(tmp_path: Path, name: str) -> None:
    """A file that cannot be opened is an error too."""
    with pytest.raises(KeyFileError, match="cannot read --key-file "):
        read_key(str(tmp_path / name))


def test_a_server_with_a_key_that_cannot_be_used(tmp_path: Path) -> None:
    """It does not start; one sentence says why."""
    path = write(tmp_path / "key", b"swordfish\n", 0o644)
    assert_one_sentence(run("0", "--key-file", path), 1, OPEN_TO_OTHERS + path)
    assert_one_sentence(run("0", UDPCHAT_KEY_FILE=write(tmp_path / "empty", b"")), 1, "has no key on its first line")


def test_a_netcat_that_types_the_key(tmp_path: Path) -> None:
    """A guesser stays outside, and whoever has the key is in; a restart asks members for nothing."""
    needs("nc.openbsd")
    key, journal = write(tmp_path / "key", b"correct horse\n"), tmp_path / "journal"
    options = ("--key-file", key, "--journal", str(journal), "--log-level", "debug")
    with serving(tmp_path, *options) as server:
        with running(["nc.openbsd", "-u", "127.0.0.1", str(server.port)]) as guesser:
            guesser.say("hello, let me in")
            guesser.prints("to join, type: /enter KEY")
            guesser.say("/enter swordfish")
            guesser.prints("error - wrong key, type: /enter KEY")
        member = start(["nc.openbsd", "-u", "127.0.0.1", str(server.port)])
        member.say("/enter Correct  Horse")
        member.prints("you are in the room as .*")
        port, logged = server.port, server.logged()
    with serving(tmp_path, *options, port=port) as server:
        member.say("I am still here")
        member.prints(".*: I am still here")
        logged += server.logged()
    member.end()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("journal*")) + logged.encode()
    assert b"swordfish" not in kept.lower()
    assert b"horse" not in kept.lower()
