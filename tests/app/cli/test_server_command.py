"""The settings of a server: where they come from, and which values are refused."""

from __future__ import annotations

import json
import os
import re
import socket
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import attrs
import click
import pytest
import structlog
from hypothesis import given, strategies

from tests.app.cli.command import assert_one_sentence, in_process, run
from udpchat.app.cli import server_command
from udpchat.app.settings import Settings


def settings(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Settings:
    """Return the settings that a command line leads to, without opening a room."""
    made = []

    async def keep(settings: Settings, _: object) -> None:
        made.append(settings)

    monkeypatch.setattr(server_command, "serve", keep)
    server_command.server_command().main(arguments, standalone_mode=False)
    return made[0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["abc"], "'abc' is not a valid integer"),
        (["65536"], "65536 is not in the range 0<=x<=65535"),
        (["--", "-1"], "PORT: -1 is not in the range"),
        (["1", "2"], "unexpected extra argument 2"),
        (["-xy"], "No such option '-x'"),
        (["--host"], "Option '--host' requires an argument"),
        (["--nope"], "No such option '--nope'"),
        (["--max-datagram", "255"], "255 is not in the range 256<=x<=8192"),
        (["--max-line", "0"], "0 is not in the range 1<=x<=65535"),
        (["--max-rooms", "0"], "0 is not in the range 1<=x<=100000"),
        (["--history-bytes", "0"], "0 is not in the range 65536<=x<=1099511627776"),
        (["--announce-joins=yes"], "Option '--announce-joins' does not take a value"),
        (["--log-level", "loud"], "'loud' is not one of 'debug', 'info', 'warning', 'error'"),
        (["--config", "/no/such/file"], "'/no/such/file' does not exist"),
    ],
)
def test_wrong_usage(arguments: list[str], sentence: str) -> None:
    """Wrong usage is one sentence and exit code 2."""
    assert_one_sentence(in_process(*arguments), 2, sentence)


def test_wrong_environment() -> None:
    """A wrong value in the environment is wrong usage, and the sentence names the variable."""
    assert_one_sentence(
        in_process(UDPCHAT_ANNOUNCE_JOINS="maybe"), 2, "UDPCHAT_ANNOUNCE_JOINS: 'maybe' is not a valid boolean"
    )
    assert_one_sentence(in_process(UDPCHAT_MAX_LINE="long"), 2, "UDPCHAT_MAX_LINE")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[udpchat]\nport = 99999\n", "udpchat.toml: 99999 is not in the range 0<=x<=65535"),
        ("[udpchat]\nport = 'x'\n", 'has port = "x", but it must be a whole number'),
        ("[udpchat]\nport = true\n", "has port = true, but it must be a whole number"),
        ("[udpchat]\nmax-line = 0.7\n", "has max-line = 0.7, but it must be a whole number"),
        ("[udpchat]\nmax-line = 7\nmax_line = 7\n", "has max_line twice, with - and with _"),
        ("[udpchat]\nhost = true\n", "has host = true, but it must be text in quotes"),
        ("[udpchat]\nhost = 2020-01-01\n", "has host = 2020-01-01, but it must be text in quotes"),
        ("[udpchat]\nannounce_joins = 'yes'\n", 'has announce_joins = "yes", but it must be true or false'),
        ("[udpchat]\nannounce-joins = 1\n", "has announce-joins = 1, but it must be true or false"),
        ("[udpchat]\nmotd = 1\n", "has motd = 1, but it must be text in quotes"),
        ("[udpchat]\nlog_level = 'loud'\n", "log_level in "),
        ("[udpchat]\nnode = 'a b'\n", "'a b' cannot be a node name: use 1 to 32 letters, digits, - and _"),
        ("a = " + "[" * 5000, "cannot read"),
        ("[udpchat]\nlog-levl = 1\n", "has log-levl, which is no setting: did you mean log_level?"),
        ('[udpchat]\n"\\n?" = 1\n', "has \\n?, which is no setting. Try"),
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
    assert_one_sentence(in_process("--config", str(file)), 2, sentence)


WRONG = {
    "port": 65536,
    "max_line": 0,
    "rate": -1,
    "admission": "shut",
    "node": "a b",
    "cluster_name": "-" * 33,
    "history_keep": 1_000_001,
    "log_level": "loud",
}


@pytest.mark.untraced
@given(strategies.dictionaries(strategies.sampled_from([*WRONG]), strategies.sampled_from("cef"), min_size=1))
def test_all_faults_are_named_at_once(wrong: dict[str, str]) -> None:
    """Wherever they are, in the command line, the environment or the file, and as their user typed them."""
    arguments, lines, expected = ["--nope"], ["[udpchat]", "colour = 1"], ["'--nope'", "colour"]
    environment = {}
    for name, source in wrong.items():
        value = WRONG[name]
        if source == "c" and name != "port":  # beside an unknown option, a word may be no port
            arguments += [f"--{name.replace('_', '-')}", str(value)]
            expected.append(f"--{name.replace('_', '-')}: ")
        elif source == "e":
            environment[f"UDPCHAT_{name.upper()}"] = str(value)
            expected.append(f"UDPCHAT_{name.upper()}: ")
        else:
            lines.append(f"{name} = {json.dumps(value)}")
            expected.append(f"{name} in ")
    with TemporaryDirectory() as folder, mock.patch.dict(os.environ, environment):
        file = Path(folder, "settings.toml")
        file.write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(click.UsageError) as caught:
            server_command.server_command().main([*arguments, "--config", str(file)], standalone_mode=False)
    sentence = caught.value.format_message()
    assert [each for each in expected if each not in sentence] == []
    assert sentence.count(";") == len(expected) - 1
    assert not re.search(r"Error|Loader|Exception|\n", sentence)


OPTIONS = {
    option.name: option
    for option in server_command.server_command().params
    if option.name in attrs.fields_dict(Settings)
    and not isinstance(option.type, click.Choice | click.types.BoolParamType)
}


@given(strategies.sampled_from([*OPTIONS.values()]), strategies.integers(-10, 2_000_000_000), strategies.text())
def test_an_option_and_the_class_refuse_the_same_values(option: click.Parameter, number: int, text: str) -> None:
    """So a value that the command line lets through makes settings, and a fault names its option."""
    value: Any = number if isinstance(option.default, int) else text
    by_option = by_class = True
    with suppress(click.BadParameter), click.Context(click.Command("udpchat")) as ctx:
        option.process_value(ctx, str(value))
        by_option = False
    with suppress(ValueError):
        Settings(**{str(option.name): value})
        by_class = False
    assert by_option == by_class


def test_variables_that_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is ignored, with a warning that has the nearest name; so is a port that an orchestrator sets to a URL."""
    for name, value in {
        "UDPCHAT_PROT": "1",
        "udpchat_host": "x",
        "UDPCHAT_SERVICE_HOST": "10.0.0.1",
        "UDPCHAT_PORT_12000_UDP_ADDR": "10.0.0.1",
        "UDPCHAT_PORT": "udp://10.0.0.1:12000",
        "UDPCHAT_MAX_LINE": "22",
        "UDPCHAT_Q": "",
        "UDPCHATTER": "x",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(server_command, "configure", lambda *_: None)
    with structlog.testing.capture_logs() as logged:
        assert settings(monkeypatch) == Settings(max_line=22)
        assert settings(monkeypatch, "7") == Settings(max_line=22, port=7)
    warned = {entry["variable"]: entry.get("nearest") for entry in logged if entry["log_level"] == "warning"}
    assert {"UDPCHAT_SERVICE_HOST", "UDPCHAT_PORT_12000_UDP_ADDR"} <= warned.keys()
    assert {name: warned[name] for name in warned if "_UDP" not in name and "SERVICE" not in name} == {
        "UDPCHAT_PROT": "UDPCHAT_PORT",
        "udpchat_host": "UDPCHAT_HOST",
        "UDPCHAT_PORT": None,
        "UDPCHAT_Q": None,
    }
    assert "10.0.0.1" not in str(logged)


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


def test_a_flag_comes_from_everywhere_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A flag is set or taken back on the command line, in the environment and in the file."""
    file = tmp_path / "udpchat.toml"
    file.write_text("[udpchat]\nannounce_joins = true\n", encoding="utf-8")
    assert settings(monkeypatch, "--announce-joins") == Settings(announce_joins=True)
    assert settings(monkeypatch, "--config", str(file)) == Settings(announce_joins=True)
    assert settings(monkeypatch, "--config", str(file), "--no-announce-joins") == Settings()
    monkeypatch.setenv("UDPCHAT_ANNOUNCE_JOINS", "no")
    assert settings(monkeypatch, "--config", str(file)) == Settings()
    monkeypatch.setenv("UDPCHAT_ANNOUNCE_JOINS", "yes")
    assert settings(monkeypatch) == Settings(announce_joins=True)
    with pytest.raises(TypeError):
        Settings(announce_joins=1)  # type: ignore[arg-type]  # what is tested


def test_a_motd_that_cannot_be_used(tmp_path: Path) -> None:
    """The start ends with one sentence that names the file, before the port is bound: here it is in use."""
    unfit = tmp_path / "motd"
    unfit.write_bytes(b"a\n" * 21)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        options = (port, "--host", "127.0.0.1")
        assert_one_sentence(run(*options), 1, port)
        missing = str(tmp_path / "none")
        assert_one_sentence(run(*options, "--motd", missing), 1, f"cannot read --motd {missing}: ")
        assert_one_sentence(run(*options, UDPCHAT_MOTD=str(unfit)), 1, f"--motd {unfit} is too large")
