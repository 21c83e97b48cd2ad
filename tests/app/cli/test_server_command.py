"""The settings of a server: where they come from, and which values are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.cli.command import assert_one_sentence, run
from udpchat.app.cli import server_command
from udpchat.app.settings import Settings


def settings(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Settings:
    """Return the settings that a command line leads to, without opening a room."""
    made = []

    async def keep(settings: Settings) -> None:
        made.append(settings)

    monkeypatch.setattr(server_command, "serve", keep)
    server_command.server_command().main(arguments, standalone_mode=False)
    return made[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["abc"], "'abc' is not a valid integer"),
        (["65536"], "65536 is not in the range 0<=x<=65535"),
        (["--", "-1"], "-1 is not in the range"),
        (["1", "2"], "unexpected extra argument"),
        (["--nope"], "No such option '--nope'"),
        (["--max-datagram", "255"], "255 is not in the range 256<=x<=8192"),
        (["--max-line", "0"], "0 is not in the range 1<=x<=65535"),
        (["--log-level", "loud"], "'loud' is not one of 'debug', 'info', 'warning', 'error'"),
        (["--config", "/no/such/file"], "'/no/such/file' does not exist"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str) -> None:
    """Wrong usage is one sentence and exit code 2."""
    assert_one_sentence(run(*arguments), 2, sentence)


def test_wrong_environment() -> None:
    """A wrong value in the environment is wrong usage, and the sentence names the variable."""
    assert_one_sentence(run(UDPCHAT_MAX_LINE="long"), 2, "UDPCHAT_MAX_LINE")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[udpchat]\nport = 99999\n", "'port' must be <= 65535: 99999"),
        ("[udpchat]\nport = 'x'\n", "has port = 'x', but port must be a whole number"),
        ("[udpchat]\nport = true\n", "has port = True, but port must be a whole number"),
        ("[udpchat]\nmax-line = 0.7\n", "has max-line = 0.7, but max-line must be a whole number"),
        ("[udpchat]\nhost = true\n", "has host = True, but host must be text in quotes"),
        ("[udpchat]\nlog_level = 'loud'\n", "'loud' for option 'log_level'"),
        ("[udpchat]\nnode = 'a b'\n", "'a b' cannot be a node name: use 1 to 32 letters, digits, - and _"),
        ("a = " + "[" * 5000, "cannot read"),
        ("[udpchat]\ncolour = 1\n", "Invalid options found in"),
        ("port = 1\n", "has no table [udpchat]"),
        ("udpchat = 1\n", "has no table [udpchat]"),
        ("[udpchat\n", "cannot read"),
        ("\udcff", "cannot read"),
    ],
)
def test_wrong_file(tmp_path: Path, content: str, sentence: str) -> None:
    """A mistake in a settings file is wrong usage too."""
    file = tmp_path / "udpchat.toml"
    file.write_bytes(content.encode(errors="surrogateescape"))
    assert_one_sentence(run("--config", str(file)), 2, sentence)


def test_settings_come_from_command_line_then_environment_then_file_then_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A source counts before all sources after it."""
    file = tmp_path / "udpchat.toml"
    file.write_text('[udpchat]\nport = 1\nmax_line = 11\nmax-datagram = 511\nhost = "file"\n', encoding="utf-8")
    assert settings(monkeypatch) == Settings()
    from_file = settings(monkeypatch, "--config", str(file))
    assert from_file == Settings(port=1, max_line=11, max_datagram=511, host="file")
    monkeypatch.setenv("UDPCHAT_CONFIG", str(file))
    monkeypatch.setenv("UDPCHAT_MAX_LINE", "22")
    monkeypatch.setenv("UDPCHAT_PORT", "2")
    from_environment = settings(monkeypatch)
    assert from_environment == Settings(port=2, max_line=22, max_datagram=511, host="file")
    from_command_line = settings(monkeypatch, "3", "--max-line", "33", "--log-level", "debug")
    assert from_command_line == Settings(port=3, max_line=33, max_datagram=511, host="file", log_level="debug")
