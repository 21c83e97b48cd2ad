"""The bot in examples/ misses nothing, and says nothing twice."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from tests.app.clients.processes import Program, clients, join, running, serving
from tests.app.clients.relay import relaying
from tests.waiting import until

BOT = Path(__file__).parents[2] / "examples" / "bot.py"
PINGS = 40


def test_it_is_short() -> None:
    """A reader takes it in at once."""
    assert len(BOT.read_text(encoding="utf-8").splitlines()) <= 40


def said_more_than(person: Program, number: int) -> bool:
    """Return whether a person has read its own pings more often."""
    return sum(each.endswith(": ping") for each in list(person.printed)) > number


def test_it_answers_each_ping_once(tmp_path: Path) -> None:
    """Once it is in, ten percent of all datagrams are lost, in both directions, and each ping is answered once."""
    bot, log = [sys.executable, str(BOT), "127.0.0.1"], tmp_path / "bot.log"
    with (
        serving(tmp_path, "--host", "127.0.0.1", "--rate", "0", "--announce-joins") as server,
        relaying(server.port, seed=7) as relay,
        clients(server.port, "socat UDP4") as (person,),
    ):
        join(person)
        with running([*bot, str(relay.port)], log):
            person.prints("ponger has connected.")
            person.say("ping")
            person.prints("ponger: pong")
            relay.loss = 0.1
            for number in range(PINGS):
                person.say("ping")
                until(partial(said_more_than, person, number + 1))
            until(lambda: person.printed.count("ponger: pong") > PINGS, lambda: str(person.printed[-3:]))
            person.say("/history 1000")
            person.prints(r"\[.*: ping")
        assert person.printed.count("ponger: pong") == PINGS + 1
        assert relay.lost > 5
    assert log.read_text(encoding="utf-8") == ""
