"""Inputs as rows, those that a version before wrote too."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import CODEC
from udpchat.adapters.journal.codec import Row
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Idle, Input, Reloaded, Rules, Started, Unreachable

ONE = MemoryAddress("127.0.0.1", 5)


@pytest.mark.parametrize("heard", [None, 0, 7])
def test_what_somebody_heard_who_is_gone_is_kept(heard: int | None) -> None:
    """A row of it is read as what it was written of."""
    given = Input(1.0, 2, ONE, Unreachable(heard))
    assert CODEC.input(CODEC.row(given)) == given


def test_who_was_gone_before_it_was_known_what_it_heard() -> None:
    """A row that says no more than that somebody is gone is read as of one that heard all."""
    at, entropy, sender, kind, _ = CODEC.row(Input(1.0, 2, ONE, Unreachable()))
    assert kind == "unreachable"
    assert CODEC.input((at, entropy, sender, kind, "")) == Input(1.0, 2, ONE, Unreachable(None))


@pytest.mark.parametrize(
    ("entropy", "kind", "rest"),
    [
        (0.5, "said", "hello"),
        ("1", "said", "hello"),
        (1, "beat", '{"said":1,"lease":-1e9,"steady":1e10,"digest":"","digest_at":0,"place":0}'),
        (1, "beat", '{"said":1,"lease":15.0,"steady":-1.0,"digest":"","digest_at":0,"place":0}'),
    ],
)
def test_a_row_that_no_server_writes(entropy: object, kind: str, rest: str) -> None:
    """What could not be handled, or would have everybody leave, is unreadable."""
    at, _, sender, said, _ = CODEC.row(Input(1.0, 2, ONE, "hello"))
    with pytest.raises(Unreadable):
        CODEC.input((at, entropy, sender, said if kind == "said" else kind, rest))  # type: ignore[arg-type]  # as it is
    if kind == "beat":  # it is the sign alone
        CODEC.input((at, 1, sender, kind, rest.replace("-", "")))


def test_the_word_of_new_rules() -> None:
    """It is a format."""
    assert CODEC.row(Input(1.0, 2, ONE, Reloaded(Rules())))[3] == "reloaded"


@pytest.mark.parametrize("seconds", [0, 600])
def test_why_an_idle_client_was_disconnected_is_kept(seconds: int) -> None:
    """Its notice can be computed again."""
    given = Input(1.0, 5, MemoryAddress("127.0.0.1", 1), Idle(seconds))
    assert CODEC.input(CODEC.row(given)) == given


def test_an_idle_client_of_an_earlier_version() -> None:
    """Its row has no timeout: it was only notified that it was disconnected."""
    row = (1.0, 5 - (1 << 63), "0 127.0.0.1:1", "idle", "")
    assert CODEC.input(row) == Input(1.0, 5, MemoryAddress("127.0.0.1", 1), Idle())


LATER = {"history_bytes": 5, "max_rooms": 7, "announce_joins": True, "motd": "a\nb"}


def rules_in(row: Row) -> dict[str, object]:
    """Return the rules in the row of a start."""
    fields: dict[str, dict[str, object]] = json.loads(row[4])
    return fields["rules"]


@given(st.dictionaries(st.sampled_from([*LATER]), st.just(None)))
def test_rules_that_earlier_versions_do_not_know(names: dict[str, None]) -> None:
    """They are stored only if they have other values than the defaults, in inputs and in snapshots."""
    changed = {name: LATER[name] for name in names}
    rules = Rules(**changed)  # type: ignore[arg-type]  # of any of the fields
    for line in (Started(rules), Reloaded(rules)):
        row = CODEC.row(Input(1.0, 2, ONE, line))
        assert rules_in(row).keys() & LATER.keys() == changed.keys()
        assert CODEC.input(row).line == line
    document = CODEC.document(Snapshot(rules))
    assert json.loads(document)["state"]["rules"].keys() & LATER.keys() == changed.keys()
    assert CODEC.state(document).rules == rules


@pytest.mark.parametrize(
    "rules",
    [
        Rules(history_bytes=-1),
        Rules(max_rooms=0),
        Rules(motd="x" * 1001),
        Rules(motd="\u00fc" * 501),
        Rules(motd="\n" * 20),
    ],
)
def test_rules_that_no_server_has(rules: Rules) -> None:
    """Rules out of range are unreadable."""
    for line in (Started(rules), Reloaded(rules)):
        with pytest.raises(Unreadable):
            CODEC.input(CODEC.row(Input(1.0, 2, ONE, line)))
    with pytest.raises(Unreadable):
        CODEC.state(CODEC.document(Snapshot(rules)))


class Exhausted(str):
    """A text for whose reading there is no memory left."""

    __slots__ = ()

    def __eq__(self, _: object) -> bool:
        raise MemoryError

    __hash__ = str.__hash__


def test_memory_that_runs_out_damages_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read because memory runs out is not called damaged, however deep in a document it happens."""
    at, entropy, sender, _, rest = CODEC.row(Input(1.0, 2, ONE, "hello"))
    with pytest.raises(MemoryError):
        CODEC.input((at, entropy, sender, Exhausted("said"), rest))
    monkeypatch.setattr(json, "loads", exhausted)
    with pytest.raises(MemoryError):
        CODEC.state("{}")


def exhausted(*_: object) -> object:
    """Fail as Python does without memory, in what cattrs makes of it."""
    raise ExceptionGroup("while structuring", [ValueError(), ExceptionGroup("deeper", [MemoryError()])])
