"""What can be checked of the images and the compose files without Docker.

The rules named DL are those of hadolint (github.com/hadolint/hadolint).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import pytest

from tests.app.clients.processes import join, needs, needs_ipv6, running, serving
from udpchat.app.cli.environment import variable
from udpchat.app.settings import Settings

ROOT = Path(__file__).parents[2]
CONTRIB = ROOT / "contrib"
DOCKERFILES = sorted(CONTRIB.glob("**/Dockerfile"))
COMPOSE_FILES = sorted(CONTRIB.glob("**/compose.yaml"))
HEALTHCHECK = CONTRIB / "healthcheck.py"
VARIABLES = {variable(field.name) for field in attrs.fields(Settings)}

Instructions = list[tuple[str, str]]


def instructions(file: Path) -> Instructions:
    """Return the instructions of a Dockerfile, each with its arguments on one line."""
    text = re.sub(r"^#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def named(file: Path, word: str) -> list[str]:
    """Return the arguments of each such instruction."""
    return [rest for each, rest in instructions(file) if each == word]


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_rules_for_dockerfiles(file: Path) -> None:
    """The base has a version, commands are lists, pip keeps no cache, and the program has no privileges."""
    assert all(re.fullmatch(r"[\w/-]+:(?!latest)[\w.-]+", base) for base in named(file, "FROM"))  # DL3006, DL3007
    assert all(path.startswith("/") for path in named(file, "WORKDIR"))  # DL3000
    assert named(file, "ADD") == named(file, "MAINTAINER") == []  # DL3020, DL4000
    assert named(file, "USER")[-1] == "nobody"  # DL3002
    for command in [*named(file, "ENTRYPOINT"), *named(file, "CMD")]:  # DL3025: a shell would not pass signals on
        assert all(isinstance(word, str) for word in json.loads(command))
    for command in named(file, "RUN"):
        assert command.count("pip install") == command.count("pip install --no-cache-dir")  # DL3042
        assert "pip install --no-cache-dir --require-hashes -r" in command
        assert not re.search(r"\bsudo\b|\bcd\b|\bapt-get\b", command)  # DL3004, DL3003


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_what_an_image_is_made_of_is_enough(file: Path, tmp_path: Path) -> None:
    """The package is built from the copied files alone, and the program in it runs."""
    copied = [rest.split() for rest in named(file, "COPY")]
    for *sources, target in copied:
        for source in sources:
            if not target.startswith("/opt"):
                place = tmp_path / "build" / (source if (ROOT / source).is_dir() else Path(source).name)
                place.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, place)
    hatchling = Path(sys.executable).with_name("hatchling")
    subprocess.run(
        [hatchling, "build", "-t", "wheel", "-d", tmp_path / "wheels"],
        cwd=tmp_path / "build",
        check=True,
        capture_output=True,
        timeout=60,
    )
    (wheel,) = (tmp_path / "wheels").iterdir()
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    clean = "import sys; sys.path[0] = sys.argv.pop(1); from udpchat.app.cli.main import main, click; import udpchat; "
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", f"{clean}print(udpchat.__file__); main()", tmp_path / "installed", "--version"],
        env=unmeasured,  # coverage would count this copy of the package too
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith(str(tmp_path / "installed"))
    (entry,) = named(file, "ENTRYPOINT")
    assert json.loads(entry) == ["udpchat"]


def test_docker_is_given_what_the_images_copy_and_nothing_else() -> None:
    """The build context leaves out the environment, the history and all that no image has."""
    everything, *kept, caches = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1:]
    copied = {source for file in DOCKERFILES for rest in named(file, "COPY") for source in rest.split()[:-1]}
    assert (everything, caches) == ("*", "**/__pycache__")
    assert {each.removeprefix("!") for each in kept} == copied


@pytest.mark.parametrize("file", [*DOCKERFILES, *COMPOSE_FILES], ids=lambda file: str(file.relative_to(CONTRIB)))
def test_variables_are_settings(file: Path) -> None:
    """Each UDPCHAT_... that is given to a container is a setting."""
    given = set(re.findall(r"\b(UDPCHAT_\w+)[=:]", file.read_text(encoding="utf-8")))
    assert given <= VARIABLES
    assert given or file.name == "Dockerfile"


@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda file: str(file.relative_to(CONTRIB)))
def test_compose_files_find_their_dockerfiles(file: Path) -> None:
    """The build context is the checkout, and the Dockerfile is in it."""
    text = file.read_text(encoding="utf-8")
    (context,), (dockerfile,) = re.findall(r"context: (.+)", text), re.findall(r"dockerfile: (.+)", text)
    assert (file.parent / context).resolve() == ROOT
    assert ROOT / dockerfile in DOCKERFILES
    assert "\t" not in text


def test_one_server_has_the_defaults_of_the_program() -> None:
    """Without variables of its user it listens where the program does; its journal is in a volume."""
    compose, (environment,) = (
        (CONTRIB / "compose.yaml").read_text(encoding="utf-8"),
        named(CONTRIB / "Dockerfile", "ENV"),
    )
    default = Settings()
    assert f"UDPCHAT_HOST: ${{UDPCHAT_HOST:-{default.host}}}\n" in compose
    assert f"UDPCHAT_PORT: ${{UDPCHAT_PORT:-{default.port}}}\n" in compose
    (volume,) = named(CONTRIB / "Dockerfile", "VOLUME")
    assert f"- room:{volume}\n" in compose
    assert f"UDPCHAT_JOURNAL={volume}/" in environment


def health(host: str, port: int) -> int:
    """Return the exit code of the health check of the image."""
    (options,) = named(CONTRIB / "Dockerfile", "HEALTHCHECK")
    python, script = json.loads(options.partition(" CMD ")[2])
    copied = dict(rest.split() for rest in named(CONTRIB / "Dockerfile", "COPY") if rest.count(" ") == 1)
    assert (python, copied[f"contrib/{HEALTHCHECK.name}"]) == ("python", script)
    environment = {"UDPCHAT_HOST": host, "UDPCHAT_PORT": str(port)}
    done = subprocess.run([sys.executable, HEALTHCHECK], env=environment, check=False, capture_output=True, timeout=30)
    assert (done.stdout, done.stderr) == (b"", b"")
    return done.returncode


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0", "::", "[::1]"])  # noqa: S104 - what is tested
@pytest.mark.parametrize("admission", ["auto", "code"])
def test_a_server_that_answers_is_healthy(tmp_path: Path, host: str, admission: str) -> None:
    """Wherever it listens, and whether strangers are asked for a code or not."""
    if ":" in host:
        needs_ipv6()
    with serving(tmp_path, "--host", host, "--admission", admission) as server:
        assert health(host, server.port) == 0


def test_nobody_notices_the_health_check(tmp_path: Path) -> None:
    """A member receives nothing because of it, and the log does not have it."""
    needs("nc.openbsd")
    with serving(tmp_path) as server, running(["nc.openbsd", "-u", "127.0.0.1", str(server.port)]) as client:
        name = join(client)
        for _ in range(3):
            assert health("localhost", server.port) == 0
        client.say("still here")
        client.prints(f"{name}: still here")
        assert client.printed == [f"{name}: initial message", f"{name}: still here"]
    assert '"clients": 1' in server.logged()
    assert server.logged().count("joined") <= 1


def test_a_server_that_does_not_answer_is_not_healthy() -> None:
    """Neither is one that hangs, nor one that has ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as hanging:
        hanging.bind(("127.0.0.1", 0))
        port = hanging.getsockname()[1]
        assert health("127.0.0.1", port) == 1
    assert health("127.0.0.1", port) == 1
