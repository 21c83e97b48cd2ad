"""`udpchat operator`: who may be an operator, and what goes into an authenticator app."""

from __future__ import annotations

import io
import os
import re
import subprocess
import threading
from pathlib import Path

import pyotp
import pytest

from tests.app.cli.command import assert_one_sentence, in_process, run, start_and_run
from tests.app.clients.processes import SERVE, serving
from udpchat.adapters.operators.codes import OperatorCodes
from udpchat.adapters.operators.enrolment import BLOCKS
from udpchat.adapters.operators.file import OperatorsFile
from udpchat.adapters.operators.lines import Operator
from udpchat.app.cli.printing import can_print

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - of RFC 6238
SHOWN = re.compile(
    r"secret:  (?P<groups>(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})\n"
    r"URI:     (?P<uri>otpauth://totp/udpchat:\S+)\n"
    r"(?P<code>\n(?:[^\n]+\n)+\n)?"
    r"Give one of these to an authenticator app, then type in the chat: /op (?P<name>\S+) CODE\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a file may be."""
    return tmp_path / "operators"


def shown(output: str) -> dict[str, str]:
    """Return the parts of what `add` shows."""
    found = SHOWN.fullmatch(output)
    assert found
    return found.groupdict(default="")


def on_terminal(*arguments: str, encoding: str) -> str:
    """Run the command line on a terminal with this encoding; return what it shows."""
    inside, outside = os.openpty()
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    with subprocess.Popen([*SERVE, *arguments], stdout=outside, env=env) as process, os.fdopen(inside, "rb") as screen:
        os.close(outside)
        seen = bytearray()
        try:
            while part := screen.read1():
                seen += part
        except OSError:  # Linux reports the end of a terminal so
            pass
        assert process.wait(timeout=60) == 0
    return seen.decode(encoding).replace("\r\n", "\n")


def test_add(path: Path) -> None:
    """A new operator's codes, from what is shown and nothing else, are right for the file that was written."""
    done = in_process("operator", "add", "ana", "--operators", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    parts = shown(done.stdout)
    assert (parts["name"], parts["code"]) == ("ana", "")
    app = pyotp.parse_uri(parts["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == parts["groups"].replace(" ", "")
    codes = OperatorCodes(OperatorsFile(path), lambda: 0.0, pytest.fail)
    assert codes.steps_of("ana", app.at(1_800_000_000), 1_800_000_000) == 60_000_000
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_from_the_environment(path: Path) -> None:
    """UDPCHAT_OPERATORS names it as for the server."""
    assert in_process("operator", "add", "ana", UDPCHAT_OPERATORS=str(path)).returncode == 0
    done = in_process("operator", "list", UDPCHAT_OPERATORS=str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "ana\n", "")


def test_list_and_remove(path: Path) -> None:
    """Names come in the order of the file, one a line, without any secret; a name is removed in any letter case."""
    for name in ("ben", "Ana"):
        OperatorsFile(path).add(Operator(name, SECRET))
    assert in_process("operator", "list", "--operators", str(path)).stdout == "ben\nAna\n"
    done = in_process("operator", "remove", "ana", "--operators", str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert in_process("operator", "list", "--operators", str(path)).stdout == "ben\n"
    assert_one_sentence(
        in_process("operator", "remove", "ana", "--operators", str(path)), 1, f"no operator ana in {path}"
    )


def test_a_name_that_is_there(path: Path) -> None:
    """It keeps its secret until it is removed."""
    OperatorsFile(path).add(Operator("ana", SECRET))
    content = path.read_bytes()
    done = in_process("operator", "add", "ANA", "--operators", str(path))
    assert_one_sentence(done, 1, f"operator ANA is in {path} already: remove it first")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("tool", "name"), [("add", "an.a"), ("add", ""), ("add", "\u00e4na"), ("add", "a" * 25), ("remove", "a b")]
)
def test_what_is_no_name(path: Path, tool: str, name: str) -> None:
    """The sentence says what a name is, and nothing is written."""
    done = in_process("operator", tool, name, "--operators", str(path))
    assert_one_sentence(done, 2, f"Try: udpchat operator {tool} --help")
    assert "use 1 to 24 letters, digits, - and _" in done.stderr
    assert not path.exists()


def test_wrong_usage(path: Path) -> None:
    """Exit code 2, and all faults in one sentence."""
    assert_one_sentence(in_process("operator"), 2, "Missing command. Try: udpchat operator --help")
    done = in_process("operator", "add", "a b")
    assert_one_sentence(done, 2, "cannot be the name of an operator")
    assert "Missing option '--operators'" in done.stderr
    assert_one_sentence(
        in_process("operator", "list", "ana", "--operators", str(path)), 2, "unexpected extra argument ana"
    )


def test_a_file_that_others_can_read(path: Path) -> None:
    """No tool uses it, and each says what to type."""
    OperatorsFile(path).add(Operator("ana", SECRET))
    path.chmod(0o644)
    for words in (["list"], ["add", "ben"], ["remove", "ana"]):
        assert_one_sentence(in_process("operator", *words, "--operators", str(path)), 1, f"chmod 600 {path}")


def test_no_file(path: Path) -> None:
    """Only `add` makes one."""
    for words in (["list"], ["remove", "ana"]):
        assert_one_sentence(in_process("operator", *words, "--operators", str(path)), 1, f"file {path}: No such file")
        assert not path.exists()


def test_a_qr_code_on_a_terminal(path: Path) -> None:
    """It is made of blocks where the encoding has them, and of blanks in reverse video elsewhere."""
    blocks = shown(on_terminal("operator", "add", "ana", "--operators", str(path), encoding="utf-8"))
    assert set(blocks["code"]) == {*BLOCKS, " ", "\n"}
    blanks = shown(on_terminal("operator", "add", "ben", "--operators", str(path), encoding="ascii"))
    assert set(re.sub(r"\x1b\[(7|49|0)m", "", blanks["code"])) == {" ", "\n"}
    assert "\x1b[7m" in blanks["code"]


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", BLOCKS[2]), ("ascii", "\x1b"), ("latin-1", "\x1b")])
def test_a_qr_code_that_is_asked_for(path: Path, encoding: str, character: str) -> None:
    """With --qr it is shown without a terminal too, with all that it needs."""
    words = ["operator", "add", "ana", "--qr", "--operators", str(path)]
    done = subprocess.run(
        [*SERVE, *words], capture_output=True, check=True, timeout=60, env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    assert character in shown(done.stdout.decode(encoding))["code"]


@pytest.mark.parametrize(("encoding", "able"), [("utf-8", True), ("cp437", True), ("ascii", False), ("latin-1", False)])
def test_which_characters_can_be_printed(monkeypatch: pytest.MonkeyPatch, encoding: str, *, able: bool) -> None:
    """Those that the encoding of standard output has."""
    with monkeypatch.context() as patch, io.TextIOWrapper(io.BytesIO(), encoding) as output:
        patch.setattr("sys.stdout", output)
        assert can_print(BLOCKS) is able


def test_two_tools_at_once(path: Path) -> None:
    """Whatever their order, both operators are there afterwards, also where the file is new."""
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(target=lambda name=name: done.append(run("operator", "add", name, "--operators", str(path))))
        for name in ("ana", "ben")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.returncode for each in done] == [0, 0]
    assert sorted(each.name for each in OperatorsFile(path).read()) == ["ana", "ben"]


def test_nothing_is_shown_if_nothing_was_written(tmp_path: Path) -> None:
    """A secret that is in no file would be of no use."""
    done = in_process("operator", "add", "ana", "--operators", str(tmp_path / "none" / "operators"))
    assert_one_sentence(done, 1, "cannot write the operators' file")


def test_without_the_extra(path: Path, tmp_path: Path) -> None:
    """`add`, and a server with operators, say how to install what is missing; the other tools work without it."""
    OperatorsFile(path).add(Operator("ana", SECRET))
    (tmp_path / "pyotp.py").write_text("raise ModuleNotFoundError('missing', name='pyotp')\n", encoding="ascii")
    without = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    sentence = "operators need the package pyotp: pip install 'udpchat[operators]'"
    assert_one_sentence(
        start_and_run("operator", "add", "ben", "--operators", str(path), PYTHONPATH=without), 1, sentence
    )
    assert_one_sentence(start_and_run("0", "--operators", str(path), PYTHONPATH=without), 1, sentence)
    assert start_and_run("operator", "list", "--operators", str(path), PYTHONPATH=without).stdout == "ana\n"
    assert start_and_run("operator", "remove", "ana", "--operators", str(path), PYTHONPATH=without).returncode == 0


def test_a_server_with_operators(path: Path, tmp_path: Path) -> None:
    """It starts with a good file, and a bad one ends the start with exit code 1 and a sentence without a secret."""
    OperatorsFile(path).add(Operator("ana", SECRET))
    with serving(tmp_path, "--operators", str(path)) as server:
        pass
    assert SECRET not in server.logged()
    path.write_text(f"{SECRET} ana\n", encoding="ascii")
    done = run("0", "--operators", str(path))
    assert_one_sentence(done, 1, f"{path}, line 1 does not begin with the name of an operator")
    assert SECRET not in done.stderr
    path.chmod(0o640)
    assert_one_sentence(run("0", UDPCHAT_OPERATORS=str(path)), 1, f"chmod 600 {path}")


def test_help() -> None:
    """Each tool has its help, with the environment variable."""
    assert all(word in in_process("operator", "--help").stdout for word in ("add", "list", "remove"))
    for tool in ("add", "list", "remove"):
        assert "UDPCHAT_OPERATORS" in in_process("operator", tool, "--help").stdout
