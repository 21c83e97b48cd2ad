"""What the docs show is what happens."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from markdown_it import MarkdownIt

from tests.app.clients.processes import Server, needs, serving, start
from tests.room import Room, drawing
from udpchat.app.cli.server_command import server_command
from udpchat.app.settings import Settings
from udpchat.domain.commands.grammar import TABLE

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def fences(page: str) -> Iterator[tuple[str, str]]:
    """Yield the code blocks of a page: what stands behind the backticks, and the code."""
    for token in MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8")):
        if token.type == "fence":
            yield token.info, token.content


README = list(fences("README.md"))
JOINS = [(info.split()[-1], code) for info, code in README if info.startswith("sh join ")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a running server."""
    with serving(tmp_path) as running:
        yield running


def test_the_two_commands() -> None:
    """The README's first two commands are targets of the Makefile that do what it says."""
    first, second = [code.strip() for info, code in README if info == "sh"]
    assert first == "make run PORT=12000"
    assert second == "make test"
    would_run = subprocess.run(
        ["make", "--dry-run", *first.split()[1:]], cwd=ROOT, capture_output=True, check=True, text=True, timeout=60
    )
    assert "-m udpchat.app 12000" in would_run.stdout


@pytest.mark.parametrize(("program", "code"), JOINS, ids=[f"{number} {name}" for number, (name, _) in enumerate(JOINS)])
def test_join_from_anything(server: Server, program: str, code: str) -> None:
    """Each way to join is run as it stands, but for the port: it says and hears."""
    needs(program)
    needs("nc.openbsd")
    code = code.replace("12000", str(server.port)).replace("nc -u", "nc.openbsd -u")
    client = start(["bash", "-c", f"exec {code}"] if "\n" not in code.strip() else shlex.split(code))
    other = start(["nc.openbsd", "-u", "localhost", str(server.port)])
    try:
        client.say("/nick reader")
        client.prints("new nickname set .{5}->reader")
        client.say("hello from the README")
        client.prints("reader: hello from the README")
        other.say("hello, reader")
        client.prints(".{5}: hello, reader")
    finally:
        for each in (client, other):
            each.end(signal.SIGKILL)


def test_recorded_session() -> None:
    """The session in the README is what these people see, to the byte, given their nicknames and ports."""
    shown = {info.split()[1]: code.splitlines() for info, code in README if info in {"text one", "text two"}}
    two, one = re.findall(r"127\.0\.0\.1:(\d+)", "\n".join(shown["one"]))
    nicknames = [shown["two"][1].split(":")[0], shown["one"][1].split(":")[0]]
    room = Room(drawing(*nicknames))
    clients = {"one": room.client(port=int(one)), "two": room.client(port=int(two))}
    seen: dict[str, list[str]] = {"one": [], "two": []}
    for who, line in (
        ("two", "initial message"),
        ("one", "initial message"),
        ("one", "/nick client"),
        ("one", "hello"),
        ("one", "/list"),
        ("two", "welcome, client"),
        ("one", "/quit"),
    ):
        seen[who].append(line)
        clients[who].say(f"{line}\n")
        for name, client in clients.items():
            seen[name] += client.hears()
    assert seen == shown


def test_commands_in_the_readme() -> None:
    """The README's table of commands is the grammar's."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for entry in TABLE:
        assert f"| `{entry.usage}` | {entry.does} |" in readme


def test_settings_in_the_readme() -> None:
    """The README's table of settings has each with its names and default."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+)` \| `(UDPCHAT_.+)` \| `(.+)` \| `(.+)` \|$", readme, re.MULTILINE)
    parameters = {parameter.name: parameter for parameter in server_command().params}
    assert {(name, default) for _, _, name, default in rows} == {
        (field.name, str(field.default) or "none") for field in attrs.fields(Settings)
    }
    for option, variable, name, _ in rows:
        assert parameters[name].envvar == variable
        assert option in {*parameters[name].opts, str(parameters[name].name).upper()}


def test_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings file in the manual is accepted, and names every setting."""
    made = []

    async def keep(settings: Settings) -> None:
        made.append(settings)

    monkeypatch.setattr("udpchat.app.cli.server_command.serve", keep)
    ((_, content),) = [fence for fence in fences("docs/manual.md") if fence[0] == "toml"]
    file = tmp_path / "udpchat.toml"
    file.write_text(content, encoding="utf-8")
    server_command().main(["--config", str(file)], standalone_mode=False)
    assert made == [Settings(host="0.0.0.0", log_format="json")]  # noqa: S104 - as the manual has it
    assert all(f"\n{field.name} = " in content for field in attrs.fields(Settings))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_point_somewhere(page: Path) -> None:
    """Every link from one page to another, or to a file, has something at its end."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists()
