"""Scripts write with one datagram, in the two ways that docs/operating.md shows, and owners come back with netcats."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.app.clients.processes import clients, join, needs, serving
from tests.docs.pages import ROOT

TOKEN = "k7wm-3xqp-9d2f-bcde-fghj-kmnp"  # noqa: S105 - the one in the docs


def lines_in_the_docs() -> list[str]:
    """Return the lines of the section on scripts that one types."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    section = page.partition("\n## Scripts\n")[2].partition("\n## ")[0]
    return re.findall(r"^    (echo .*)$", section, re.MULTILINE)


def typed(line: str, port: int, token: str) -> str:
    """Type a line of the docs in a shell, and return what it prints."""
    command = line.replace("host 12000", f"127.0.0.1 {port}").replace(TOKEN, token)
    return subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False, timeout=30, text=True).stdout


def test_both_ways(tmp_path: Path) -> None:
    """A guest's line comes from a random nickname, and that of a script from its owner; the script joins nothing."""
    needs("nc")
    as_guest, as_script = lines_in_the_docs()
    with serving(tmp_path) as server, clients(server.port, "nc.openbsd") as (owner,):
        name = join(owner)
        owner.say("/claim")
        owner.prints(f"you own {name}, .*")
        owner.say("/token")
        owner.prints(f"you let scripts write as {name}, .*")
        token = owner.printed[-1].split()[-2]
        assert re.fullmatch(r"\w+: deploy finished\n", typed(as_guest, server.port, token))
        owner.prints(r"\w+: deploy finished")
        assert typed(as_script, server.port, token) == "you posted it\n"
        owner.prints(rf"{name} \(script\): deploy finished")
        assert token not in server.logged()


def test_an_owner_moves_to_another_netcat(tmp_path: Path) -> None:
    """Its name goes along, and the old netcat, which is told so, is another client from then on."""
    with serving(tmp_path, "--log-level", "debug") as server, clients(server.port, "nc.openbsd", "ncat") as (one, two):
        name = join(one)
        one.say("/claim")
        one.prints(f"you own {name}, .*")
        token = one.printed[-1].split()[-1]
        two.say(f"/resume {token}")
        two.prints(f"you are {name}, next time type: .*")
        one.prints(f"you have been disconnected, {name} goes on at another address")
        two.say("hello there")
        two.prints(f"{name}: hello there")
        logged = server.logged()
        assert token not in logged
        assert token.replace("-", "") not in logged
