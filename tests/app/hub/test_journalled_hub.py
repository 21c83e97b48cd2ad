"""The hub and a journal that commits late, or is gone on with by another server."""

from __future__ import annotations

from pathlib import Path

import attrs
import structlog

from tests.journals import CODEC, LateJournal, MemoryAddresses
from tests.room import SERVER, Room, drawing
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.domain.admission.gate import MAX_HANDLING
from udpchat.domain.admission.policy import Policy
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine.snapshot import Snapshot, snapshot
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.inputs import Heartbeat, Input, Reloaded, Rules


def test_nothing_is_sent_before_it_is_committed() -> None:
    """What waits for the journal is heard by nobody, and then by all at once."""
    journal = LateJournal()
    room = Room(drawing("TEDDC", "Tyvem"), journal=journal)
    one, two = room.client(), room.client()
    one.say("first")
    two.say("second")
    assert one.hears() == two.hears() == []
    assert len(room.chat.state.roster) == 0
    journal.commit(1)
    room.pass_time(1.0)
    assert one.hears() == ["TEDDC: first"]
    journal.commit()
    one.say("third")
    assert one.hears() == two.hears() == ["Tyvem: second"]
    journal.commit()
    room.pass_time(1.0)
    assert one.hears() == two.hears() == ["TEDDC: third"]


def test_what_others_said_comes_in_the_order_of_the_journal() -> None:
    """Inputs of another server, with clients of its own, are handled where they stand."""
    journal = LateJournal()
    room = Room(drawing("TEDDC", "Tyvem"), journal=journal)
    one = room.client()
    one.say("here")
    journal.commit(elsewhere=[Input(0.0, 5, MemoryAddress("10.0.0.1", 1), "/nick TEDDC")])
    room.pass_time(1.0)
    said = one.hears()
    assert len(said) == 1
    assert said[0].endswith(": here")
    assert [str(member.address) for member in room.chat.state.roster] == ["10.0.0.1:1", str(one.end.address)]


def file_journal(path: Path) -> Journal:
    """Return a journal in a file."""
    return SqliteJournal(JournalFile.open(path), CODEC, 100)


def test_a_room_goes_on_where_it_ended(tmp_path: Path) -> None:
    """After an orderly end nobody has missed anything; names, places and history are as they were."""
    path = tmp_path / "journal"
    before = Room(drawing("start", "TEDDC", "Tyvem"), journal=file_journal(path))
    before.hub.start(SERVER, Rules())
    one, two = before.member(), before.member()
    one.say("hello")
    two.say("/nick bob")
    state = snapshot(before.chat.state)
    before.hub.stop()
    before.hub.close()

    after = Room(journal=file_journal(path))
    after.hub.start(SERVER, Rules())
    known = tuple((each.address, state.said, state.said) for each in before.chat.state.roster)  # they missed nothing
    assert snapshot(after.chat.state) == attrs.evolve(state, missed=known)
    again, _ = (after.client(port=each.end.address.port) for each in (one, two))  # type: ignore[attr-defined]
    again.say("/missed\n/history\nstill here")
    assert again.hears() == ["you missed nothing", "[00:00] TEDDC: hello", "TEDDC: still here"]


def test_after_a_crash_the_last_batch_may_be_missed(tmp_path: Path) -> None:
    """Who asks is shown what was committed last, whether it was heard or not."""
    path = tmp_path / "journal"
    journal = file_journal(path)
    before = Room(drawing("start", "TEDDC", "Tyvem"), journal=journal)
    before.hub.start(SERVER, Rules())
    one = before.member()
    one.say("first")
    one.send("second")
    one.send("third")
    before.settle()
    journal.file.close()  # type: ignore[attr-defined]

    after = Room(journal=file_journal(path))
    after.hub.start(SERVER, Rules())
    again = after.client(port=one.end.address.port)  # type: ignore[attr-defined]
    again.say("/missed")
    assert again.hears() == ["[00:00] TEDDC: second", "[00:00] TEDDC: third"]


def test_a_snapshot_is_saved_when_it_is_due() -> None:
    """At a tick, with the state that everything committed has made."""
    saved: list[Snapshot] = []

    class Saving(LateJournal):
        def save(self, state: Snapshot) -> None:
            saved.append(state)

    journal = Saving()
    room = Room(journal=journal)
    room.pass_time(1.0)
    assert saved == []
    journal.snapshot_due = True
    room.pass_time(1.0)
    assert saved == [snapshot(room.chat.state)]


def test_who_said_what_was_given_up_is_told() -> None:
    """Once for each line, and nobody else hears of it."""
    journal = LateJournal()
    room = Room(journal=journal)
    one, two = room.member_of(journal), room.member_of(journal)
    one.say("first\nsecond")
    journal.give_up()
    room.pass_time(1.0)
    assert one.hears() == ["error - the room is unreachable, your line was not sent"] * 2
    assert two.hears() == []
    assert room.hub.admission.drops[DropReason.UNCOMMITTED] == 2
    room.hub.tell(SERVER, Heartbeat())
    journal.give_up()
    room.pass_time(1.0)
    assert room.hub.admission.drops[DropReason.UNCOMMITTED] == 2


def test_new_rules_that_were_given_up_are_logged() -> None:
    """Their operator has to reload again; no client is notified."""
    journal = LateJournal()
    room = Room(journal=journal)
    one = room.member_of(journal)
    room.hub.tell(SERVER, Reloaded(Rules()))
    journal.give_up()
    with structlog.testing.capture_logs() as logged:
        room.pass_time(1.0)
    assert [each["event"] for each in logged] == ["the new rules were not committed in time, reload again"]
    assert one.hears() == []


def test_nothing_is_read_while_the_journal_is_full() -> None:
    """It waits in the transport until there is room."""
    journal = LateJournal()
    room = Room(journal=journal)
    one = room.member_of(journal)
    journal.full = True
    assert room.hub.journal.full
    one.send("hello")
    assert not room.hub.turn(room.carrier)
    journal.full = False
    room.settle()
    journal.commit()
    room.hub.advance()
    assert [line.split(": ")[1] for line in one.hears()] == ["hello"]


def test_who_is_let_in_is_not_asked_again_while_its_joining_waits() -> None:
    """The gate knows a stranger that has shown its code for as long as the journal may take, and no longer."""
    journal = LateJournal()
    room = Room(drawing("TEDDC"), journal=journal, policy=Policy(admission="code"))
    client = room.client("192.0.2.1", 55)

    def asks() -> str:
        client.say("hello there")
        (prompt,) = client.hears()
        return prompt.removeprefix("to join, type: ")

    client.say(asks())
    for _ in range(int(journal.commit_timeout)):
        room.pass_time(1.0)
    journal.commit()
    room.hub.advance()
    assert client.hears() == ["you are in the room as TEDDC, lines before the code were not sent"]
    client.say("/quit")
    journal.commit()
    room.hub.advance()
    for _ in range(int(journal.commit_timeout + MAX_HANDLING)):
        room.pass_time(1.0)
    assert client.hears() == ["you have been disconnected."]
    client.say(asks())
    journal.give_up()
    for _ in range(int(journal.commit_timeout + MAX_HANDLING)):
        room.pass_time(1.0)
    assert client.hears() == ["error - the room is unreachable, your line was not sent"]
    assert asks().startswith("/enter ")


def test_who_comes_in_after_all_is_through_the_gate() -> None:
    """What was given up may be committed all the same; with the next beat its sender is asked for nothing."""
    journal = LateJournal()
    room = Room(drawing("TEDDC"), journal=journal, policy=Policy(admission="code"))
    client = room.client("192.0.2.1", 55)
    journal.commit(elsewhere=[Input(0.0, 5, client.end.address, "/nick bob"), Input(0.0, 5, SERVER, Heartbeat())])
    room.hub.advance()
    client.hears()
    client.say("hello")
    journal.commit()
    room.hub.advance()
    assert client.hears() == ["bob: hello"]


def test_what_is_committed_late_is_handled_when_the_hub_advances() -> None:
    """A turn that finds nothing to read does not look at the journal; that is what `advance` is for."""
    journal = LateJournal()
    room = Room(drawing("TEDDC"), journal=journal)
    one = room.client()
    one.say("hello")
    journal.commit()
    assert not room.hub.turn(room.carrier)
    assert one.hears() == []
    room.hub.advance()
    assert one.hears() == ["TEDDC: hello"]
    one.say("bye")
    room.hub.stop()
    assert one.hears() == []
    journal.commit()
    room.hub.stop()
    assert one.hears() == ["TEDDC: bye"]


def test_who_comes_from_another_server_is_through_the_gate() -> None:
    """A client that was taken over is asked for nothing."""
    journal = LateJournal()
    directory = ClusterAddresses("b", MemoryAddresses())
    room = Room(journal=journal, policy=Policy(admission="code"), directory=directory)
    client = room.client("192.0.2.1", 55)
    there = directory.decode(f"a 0 {client.end.address}")
    journal.commit(elsewhere=[Input(0.0, 5, there, "/nick bob")])
    room.hub.start(SERVER, Rules(), takes_over="a")
    journal.commit()
    room.hub.advance()
    client.say("hello")
    journal.commit()
    room.hub.advance()
    assert client.hears() == ["bob: hello"]
