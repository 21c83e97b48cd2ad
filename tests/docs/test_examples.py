"""The commands, sessions and tables in the docs are true."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from tests.app.clients.processes import Server, needs, serving, start
from tests.docs.pages import ROOT, fences
from tests.room import Room, drawing
from udpchat.app.cli.server_command import server_command
from udpchat.app.settings import Settings
from udpchat.domain.commands import COMMANDS, FAMILIES
from udpchat.domain.commands.help import shown_by_family
from udpchat.domain.commands.spec import each_once
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.limits import MAX_DATAGRAM

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


README = list(fences("README.md"))
MANUAL = list(fences("docs/manual.md"))
GUEST = "192.168.1.20"  # the server's address in the README, for people on other machines


def ways_to_join() -> list[str]:
    """Return each command with which the README or the manual joins a room."""
    rows = re.findall(r"^\| [^|]+ \| `(.+)` \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    guests = [code.replace(GUEST, "localhost") for info, code in README if info == "sh guest"]
    return [*guests, *rows, *(code for info, code in MANUAL if info.startswith("sh join "))]


def program(command: str) -> str:
    """Return the program that a command runs; `nc` stands for OpenBSD's netcat."""
    word = command.split(maxsplit=1)[0]
    return "nc.openbsd" if word == "nc" else word


JOINS = [(program(code), code) for code in ways_to_join()]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Return a running server."""
    with serving(tmp_path) as running:
        yield running


def test_the_two_commands() -> None:
    """The README's first two commands are targets of the Makefile; the first one opens the room on port 12000."""
    first, second = [code.strip() for info, code in README if info == "sh"]
    assert first == "make run PORT=12000"
    assert second == "make test"
    assert "-m udpchat.app 12000" in dry_run(first)


def test_opening_the_room_to_others() -> None:
    """The README's command for a room that others can reach passes `--host 0.0.0.0` to the server."""
    (opening,) = [code.strip() for info, code in README if info == "sh open"]
    assert "-m udpchat.app 12000 --host 0.0.0.0" in dry_run(opening)


def dry_run(command: str) -> str:
    """Return what a `make` command would run."""
    make, *arguments = shlex.split(command)
    assert make == "make"
    done = subprocess.run(
        ["make", "--dry-run", *arguments], cwd=ROOT, capture_output=True, check=True, text=True, timeout=60
    )
    return done.stdout


def test_every_way_to_join_is_found() -> None:
    """The docs show how to join with each of these programs."""
    assert {name for name, _ in JOINS} == {"nc.openbsd", "nc.traditional", "ncat", "socat", "bash", "python3"}
    assert sum(name == "nc.openbsd" for name, _ in JOINS) == 3  # on this machine, over TCP, and as a guest


@pytest.mark.parametrize(("program", "code"), JOINS, ids=[f"{number} {name}" for number, (name, _) in enumerate(JOINS)])
def test_join_from_anything(server: Server, program: str, code: str) -> None:
    """Each way to join works as the docs show it, on another port: it sends and receives lines."""
    needs(program)
    needs("nc.openbsd")
    code = (
        code.replace("12000", str(server.port))
        .replace("nc -u", "nc.openbsd -u")
        .replace("nc localhost", "nc.openbsd localhost")
    )
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
    """The session at the end of docs/tour.md is what two people see, to the byte, given their nicknames and ports."""
    terminals = {"text one", "text two"}
    shown = {info.split()[1]: code.splitlines() for info, code in fences("docs/tour.md") if info in terminals}
    two, one = re.findall(r"127\.0\.0\.1:(\d+)", "\n".join(shown["one"]))
    nicknames = [shown["two"][1].split(":")[0], shown["one"][1].split(":")[0]]
    room = Room(drawing(*nicknames))
    clients = {"one": room.client(port=int(one)), "two": room.client(port=int(two))}
    seen: dict[str, list[str]] = {"one": [], "two": []}
    for speaker, line in (
        ("two", "initial message"),
        ("one", "initial message"),
        ("one", "/nick client"),
        ("one", "hello"),
        ("one", "/list"),
        ("two", "welcome, client"),
        ("one", "/quit"),
    ):
        seen[speaker].append(line)
        clients[speaker].say(f"{line}\n")
        for name, client in clients.items():
            seen[name] += client.hears()
    assert seen == shown


def test_commands_in_the_readme() -> None:
    """The README shows every command of the grammar, as /help does in a large table."""
    shown = b"".join(render(shown_by_family(each_once(COMMANDS), FAMILIES), MAX_DATAGRAM)).decode()
    assert [code for info, code in README if info == "text help"] == [shown]


def test_settings_in_the_manual() -> None:
    """The manual's table has every setting, with its names and its default."""
    manual = (ROOT / "docs" / "manual.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+)` \| `(UDPCHAT_.+)` \| `(.+)` \| `(.+)` \|$", manual, re.MULTILINE)
    parameters = {parameter.name: parameter for parameter in server_command().params}
    assert {(name, default) for _, _, name, default in rows} == {
        (field.name, "no" if field.default is False else str(field.default) or "none")
        for field in attrs.fields(Settings)
    }
    for option, variable, name, _ in rows:
        assert parameters[name].envvar == variable
        assert option in {*parameters[name].opts, str(parameters[name].name).upper()}


def test_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manual's settings file is valid, and names every setting."""
    made = []

    async def keep(settings: Settings, _: object) -> None:
        made.append(settings)

    monkeypatch.setattr("udpchat.app.cli.server_command.serve", keep)
    ((_, content),) = [fence for fence in MANUAL if fence[0] == "toml"]
    file = tmp_path / "udpchat.toml"
    file.write_text(content, encoding="utf-8")
    server_command().main(["--config", str(file)], standalone_mode=False)
    assert made == [Settings(host="0.0.0.0", log_format="json")]  # noqa: S104 - as in the manual
    assert all(f"\n{field.name} = " in content for field in attrs.fields(Settings))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_point_somewhere(page: Path) -> None:
    """Every link to a file names a file that exists, and every link to a section a heading of its page."""
    for target, section in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text(encoding="utf-8")):
        file = page.parent / target if target else page
        assert file.exists()
        assert not section or section in sections(file)


def sections(page: Path) -> set[str]:
    """Return the names by which links find the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
