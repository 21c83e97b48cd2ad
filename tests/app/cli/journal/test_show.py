"""`udpchat journal show`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.sqlite.files import change
from tests.app.cli.command import in_process
from tests.app.cli.journal.recorded import ONE, invoke, opened, run
from udpchat.domain.rooms.inputs import Administered, Input, Undelivered


def test_show(path: Path) -> None:
    """Each input is a line, with the nickname as in `/list`; of a line that only its sender saw, it has the command."""
    shown = invoke("show", path).output
    (name,) = re.findall(r"5001:(\w+) hello", shown)
    (before,) = re.findall(r"5002:(\w+) /nick", shown)
    assert shown.splitlines() == [
        "1 1970-01-01 00:00:00 127.0.0.1:12000 (server started, 3 lines may be unsent)",
        f"2 1970-01-01 00:01:00 127.0.0.1:5001:{name} hello",
        f"3 1970-01-01 00:01:01 127.0.0.1:5002:{before} ",
        f"4 1970-01-01 00:01:02 127.0.0.1:5002:{before} /nick ...",
        "5 1970-01-01 00:01:03 127.0.0.1:5002:bob /enter ...",
        "6 1970-01-01 00:01:04 127.0.0.1:5002:bob / ...",
        "7 1970-01-01 00:01:05 127.0.0.1:5002:bob /list",
        f"8 1970-01-01 00:01:06 127.0.0.1:5001:{name} (line too long: 9000 bytes)",
        f"9 1970-01-01 00:01:07 127.0.0.1:5001:{name} (idle timeout)",
        "10 1970-01-01 00:01:08 127.0.0.1:5002:bob //bye",
        "11 1970-01-01 00:01:09 127.0.0.1:5002:bob (unreachable)",
    ]


def test_show_json(path: Path) -> None:
    """Each input is a JSON object on one line, with the same text as without `--json`."""
    shown = [json.loads(line) for line in invoke("show", "--json", path).output.splitlines()]
    texts = invoke("show", path).output.splitlines()
    assert [each["number"] for each in shown] == list(range(1, 12))
    assert [each["kind"] for each in shown] == [
        "started", *["said"] * 6, "too long", "idle", "said", "unreachable"
    ]  # fmt: skip
    for each, text in zip(shown, texts, strict=True):
        sender = each["address"] + (f":{each['nickname']}" if each["nickname"] else "")
        begin = f"{each['number']} {each['time'].replace('T', ' ').removesuffix('Z')} {sender} "
        assert text.startswith(begin)
        if "line" in each:
            assert text == begin + each["line"]
    assert shown[7] == {
        "number": 8,
        "at": 66.0,
        "time": "1970-01-01T00:01:06Z",
        "address": "127.0.0.1:5001",
        "nickname": shown[1]["nickname"],
        "kind": "too long",
        "size": 9000,
        "limit": 8000,
    }
    assert shown[0]["rules"]["history_keep"] == 10_000
    private = invoke("show", "--json", "--private", path).output.splitlines()
    assert json.loads(private[4])["line"] == "/enter secret"


def test_names_from_before_the_first_input(path: Path) -> None:
    """They are in the first snapshot. Without it, an error says so, or an input is missing, and no names are shown."""
    change(path, "DELETE FROM inputs WHERE seq <= 5")
    change(path, "DELETE FROM snapshots WHERE seq = 0")
    assert "6 1970-01-01 00:01:04 127.0.0.1:5002:bob / ..." in invoke("show", path).output.splitlines()
    change(path, "UPDATE snapshots SET document = '[]'")
    for statement, error in (
        ("SELECT 1", "has a snapshot that cannot be read"),
        ("DELETE FROM snapshots", ""),
    ):
        change(path, statement)
        done = run("show", str(path))
        assert done.returncode == 0
        assert done.stdout.startswith("6 1970-01-01 00:01:04 127.0.0.1:5002 / ...\n")
        assert error in done.stderr
        assert bool(error) is bool(done.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "koi8-r"])
def test_a_terminal_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    """What its encoding lacks is written as an escape, on standard output and in errors."""
    said = "\u017elu\u0165 \N{GRINNING FACE} \xe9 \u0430"
    path = tmp_path / "\u017e.journal"
    journal = opened(path)
    journal.append([Input(0.0, 1, ONE, said)])
    journal.close()
    shown = {name: name.encode(encoding, "backslashreplace") for name in (said, str(path))}
    for arguments, code, expected in (
        (("show", str(path)), 0, shown[said]),
        (("replay", str(path)), 0, shown[said]),
        (("check", str(path)), 1, b"udpchat: the journal " + shown[str(path)]),
        ((str(path),), 2, b"udpchat: No such command '" + shown[str(path)]),
    ):
        if code == 1:
            change(path, "DELETE FROM snapshots")
        done = in_process("journal", *arguments, encoding=encoding)
        assert done.returncode == code
        assert expected in (done.stdout + done.stderr).encode(encoding)


def test_a_terminal_that_is_strict(tmp_path: Path) -> None:
    """The tool escapes what the encoding lacks, although the environment asks for an error there."""
    path = tmp_path / "journal"
    journal = opened(path)
    journal.append([Input(0.0, 1, ONE, "\u017elu\u0165 \N{GRINNING FACE}")])
    journal.close()
    command = [sys.executable, "-m", "udpchat.app", "journal", "show", str(path)]
    strict = {**os.environ, "PYTHONIOENCODING": "cp1252:strict"}
    done = subprocess.run(command, env=strict, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\u017elu\u0165 \N{GRINNING FACE}".encode("cp1252", "backslashreplace") in done.stdout


def test_show_private(path: Path) -> None:
    """With `--private`, every line is shown in full."""
    shown = invoke("show", "--private", path).output
    assert "/enter secret" in shown
    assert "/mgs secret" in shown


def test_private_words_are_hidden(tmp_path: Path) -> None:
    """Whichever command says them, and if their slash is missing; with `--private`, they are shown."""
    path = tmp_path / "room.journal"
    journal = opened(path)
    hidden = (
        "/msg bob secret",
        "/w bob secret",
        "/Reply secret",
        "/r secret",
        "msg bob secret",
        "\uff0fmsg bob secret",
    )
    shown = ('"msg bob" is no secret', "//msg bob is no secret", "a secret")
    journal.append([Input(0.0, 1, ONE, line) for line in (*hidden, *shown)])
    journal.close()
    for form in ((), ("--json",)):
        lines = invoke("show", *form, path).output.splitlines()
        assert [("secret" in line, "..." in line) for line in lines] == [(False, True)] * 6 + [(True, False)] * 3
        private = invoke("show", "--private", *form, path).output
        assert private.count("secret") == len((*hidden, *shown))


def test_a_closed_pipe_ends_a_tool(path: Path) -> None:
    """The tool ends without a traceback."""
    program = f"{sys.executable} -m udpchat.app journal show {path} | true"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr


def test_show_a_dropped_datagram(tmp_path: Path) -> None:
    """A datagram to a member that was dropped is shown as that."""
    journal = opened(tmp_path / "room.journal")
    journal.append([Input(70.0, 11, ONE, Undelivered(1))])
    journal.close()
    assert "(a datagram to it was dropped)" in invoke("show", tmp_path / "room.journal").output


def test_show_acts(tmp_path: Path) -> None:
    """Only what somebody did by a right, or tried to; of a code there is the time step."""
    journal, here = opened(tmp_path / "journal"), Administered("mute", "bob 1h", "kitchen")
    lines: list[str | Administered] = ["hello", "/op ann 7", "/kick bob why", "/nick bob", here, "/deop", "/bans"]
    journal.append([Input(60.0 + number, 7, ONE, line) for number, line in enumerate(lines)])
    journal.committed()
    journal.close()
    shown = invoke("show", "--acts", tmp_path / "journal").output.splitlines()
    assert [line.split(" ", 4)[4] for line in shown] == [
        "/op ann 7",
        "/kick bob why",
        "(admin: mute bob 1h)",
        "/deop",
        "/bans",
    ]
