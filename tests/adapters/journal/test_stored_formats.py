"""What earlier versions wrote is read by this one: a journal and a cluster's log, committed as bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from tests.room import NAMES
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.app.cli.journal.group import journal
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import Idle
from udpchat.domain.rooms.state import ChatState

DATA = Path(__file__).with_name("data")


def test_a_journal_of_version_1_is_whole_and_replays(tmp_path: Path) -> None:
    """It has every kind of input; its replay is, word for word, what the version that wrote it printed."""
    file = tmp_path / "room.journal"
    shutil.copy(DATA / "version-1.journal", file)
    checked = CliRunner().invoke(journal, ["check", str(file)])
    assert "34 inputs after a snapshot of 0 members" in checked.output
    replayed = CliRunner().invoke(journal, ["replay", "--private", str(file)])
    assert replayed.output == (DATA / "version-1.replay").read_text(encoding="utf-8")


@pytest.mark.parametrize("stored", ["", "{}", '{"makes_room": false}'])
def test_silence_that_earlier_versions_stored_is_no_eviction(stored: str) -> None:
    """An idle client was stored without fields; one that makes room is stored under the same word."""
    codec = Codec(OfflineAddressCodec())
    row = (1.5, 7, "0 127.0.0.1:5000", "idle", stored)
    assert codec.input(row).line == Idle()
    evicted = attrs.evolve(codec.input(row), line=Idle(makes_room=True))
    assert codec.row(evicted)[3:] == ("idle", '{"seconds": 0, "makes_room": true}')
    assert codec.input(codec.row(evicted)) == evicted


def test_a_log_of_version_1_makes_the_same_state_from_its_snapshot() -> None:
    """A node that reads the whole log and one that begins from the snapshot in its midst agree."""
    log = (DATA / "version-1.log").read_bytes().splitlines()
    states = []
    for document in (b"", (DATA / "version-1.snapshot").read_bytes()):
        addresses = ClusterAddresses("b", OfflineAddressCodec())
        replica, chat = Replica("b", addresses, 1.0, lambda: 0.0), Chat(ChatState(NAMES, directory=addresses))
        if document:
            replica.begin(document)
        for place, payload in enumerate(log[replica.last :], replica.last + 1):
            replica.arrived(place, payload)
        recovered = replica.recover()
        restore(chat.state, recovered.state)
        for given in recovered.inputs:
            chat.handle(given)
        states.append(snapshot(chat.state))
    one, other = (digest(state, addresses.identity) for state in states)
    assert one == other
    assert [line.text for line in states[0].lines] == ["hello", "there", "after"]
    assert [member[1] for member in states[0].members] == []
