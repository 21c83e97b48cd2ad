"""`udpchat journal replay`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.adapters.sqlite.files import change
from tests.app.cli.journal.recorded import ONE, SERVER, TWO, invoke, opened
from tests.room import NAMES, entropy_for
from udpchat.adapters.udp.address import address_of
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import InRoom
from udpchat.domain.rooms.inputs import Input, Reloaded, Rules, Started
from udpchat.domain.rooms.state import ChatState


def test_replay(path: Path) -> None:
    """All sentences are printed in order, with their recipients; those to one client are shown with `--private`."""
    public = invoke("replay", path).output.splitlines()
    private = invoke("replay", "--private", path).output.splitlines()
    assert [line if "(private)" not in line else "" for line in public] == [
        line if not line.startswith("only") else "" for line in private
    ]
    (hello,) = [line for line in private if line.endswith("hello")]
    name = hello.removeprefix("everyone: ").removesuffix(": hello")
    assert "only 127.0.0.1:5002: error - unknown command /mgs, try /help" in private
    assert f"only 127.0.0.1:5002: showing connected clients: 127.0.0.1:5001:{name}, 127.0.0.1:5002:bob" in private
    assert private[-2:] == [f"everyone: {name} has disconnected.", "everyone: bob: /bye"]


def test_a_gap_is_shown(path: Path) -> None:
    """Where inputs are missing, the replay says how many, and continues from the snapshot after them."""
    whole = invoke("replay", "--private", path).output.splitlines()
    change(path, "DELETE FROM inputs WHERE seq IN (3, 4, 5)")
    replayed = invoke("replay", "--private", path).output.splitlines()
    gap = replayed.index("(3 inputs are missing: the server could not write them)")
    assert replayed[:gap] == whole[:gap]
    assert replayed[gap + 1 :] == whole[gap + 1 - len(replayed) :]


def test_a_journal_without_snapshots_is_replayed_from_its_first_input(path: Path) -> None:
    """A damaged journal shows as much as it can."""
    whole = invoke("replay", path).output
    change(path, "DELETE FROM snapshots")
    assert invoke("replay", path).output == whole


def test_new_rules(tmp_path: Path) -> None:
    """From where they were reloaded, a replay shows what they say; `show` has the place, and all of it with --json."""
    path, far = tmp_path / "room.journal", address_of(("203.0.113.7", 5003), 0)
    journal = opened(path)
    journal.append(
        [
            Input(0.0, 0, SERVER, Started(Rules(), grammar=GRAMMAR)),
            Input(1.0, entropy_for("TEDDC"), far, "/list"),
            Input(2.0, 0, SERVER, Reloaded(Rules(show_addresses="yes", motd="be kind"))),
            Input(3.0, 0, far, "/list"),
            Input(4.0, entropy_for("Tyvem"), TWO, ""),
        ]
    )
    journal.close()
    replayed = invoke("replay", "--private", path).output.splitlines()
    assert replayed[0].startswith(f"only {far}: showing connected clients: ")
    assert str(far) not in replayed[0].removeprefix(f"only {far}: ")
    assert f"only {far}: showing connected clients: {far}:TEDDC" in replayed
    assert f"only {TWO}: - be kind" in replayed
    assert "3 1970-01-01 00:00:02 127.0.0.1:12000 (settings reloaded)" in invoke("show", path).output.splitlines()
    (reloaded,) = (json.loads(line) for line in invoke("show", "--json", path).output.splitlines()[2:3])
    assert (reloaded["kind"], reloaded["rules"]["motd"]) == ("reloaded", "be kind")
    assert invoke("check", path).exit_code == 0


def test_rolls_and_private_words(tmp_path: Path) -> None:
    """A replay shows the rolls that were rolled. It shows private words only with `--private`."""
    journal, chat = opened(tmp_path / "room.journal"), Chat(ChatState(NAMES))
    lines = ["/roll", "/roll 20d1000", "/me waves", "/msg Tyvem secret", "/roll 2d6", "msg Tyvem secret"]
    inputs = [
        Input(0.0, 0, SERVER, Started(Rules(), grammar=GRAMMAR)),
        Input(1.0, entropy_for("TEDDC"), ONE, ""),
        Input(1.0, entropy_for("Tyvem"), TWO, ""),
        *(Input(2.0, number * 0x9E3779B97F4A7C15 % 2**64, ONE, line) for number, line in enumerate(lines)),
    ]
    journal.append(inputs)
    said = [
        line.decode().rstrip()
        for each in inputs
        for audience, event in chat.handle(each)
        if isinstance(audience, InRoom)
        for line in render(event, Rules().max_datagram)
    ]
    journal.close()
    assert len(said) == 4
    public = invoke("replay", tmp_path / "room.journal").output
    assert [line for line in public.splitlines() if "(private)" not in line] == [f"everyone: {line}" for line in said]
    private = invoke("replay", "--private", tmp_path / "room.journal").output.splitlines()
    assert f"only {ONE}: [you -> Tyvem] secret" in private
    assert f"only {TWO}: [TEDDC -> you] secret" in private
    assert sum("secret" in line for line in private) == 2
