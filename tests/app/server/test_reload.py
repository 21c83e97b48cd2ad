"""Settings that are read again: which of them are in force at once, which wait, and what a mistake changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import structlog

from tests.journals import CODEC
from tests.room import KEY, NAMES, SERVER, Client, Room
from udpchat.adapters.memory.journal import MemoryJournal
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.app.logs.drops import log_drop
from udpchat.app.options import LIVE
from udpchat.app.server import reload
from udpchat.app.server.compose import key_for, policy
from udpchat.app.server.reload import Loaded, Outcome, Reloader, Running, SettingsError
from udpchat.app.server.storage import LocalStorage, rules_of
from udpchat.app.settings import Settings
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rooms.inputs import Input, Reloaded, Rules
from udpchat.domain.rooms.state import ChatState

OTHERS: dict[str, Any] = {
    "host": "127.0.0.1",
    "trusted_proxies": "127.0.0.1",
    "admission": "code",
    "show_addresses": "no",
    "announce_joins": True,
    "fan_out": "sendto",
    "log_format": "json",
    "log_level": "error",
    "cluster": "nats://me:secret@127.0.0.1",
    "metrics": "127.0.0.1:9464",
}
FILES = {"motd", "key_file"}
FIELDS = attrs.fields(Settings)
LIVE_NAMES = [each.name for each in FIELDS if each.metadata.get(LIVE)]
OTHER_NAMES = [each.name for each in FIELDS if not each.metadata.get(LIVE)]


def other(name: str) -> Any:
    """Return another value for a setting than its default."""
    default = attrs.fields_dict(Settings)[name].default
    return OTHERS.get(name) or (default + 1 if isinstance(default, int) else "other")


@attrs.define(eq=False)
class Kept(MemoryJournal):
    """A journal that keeps everything."""

    inputs: list[Input] = attrs.field(factory=list)

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs."""
        self.inputs += inputs
        super().append(inputs)


@attrs.define(eq=False)
class Server:
    """A room that runs by settings; `wanted` are those that are read next."""

    wanted: Settings = attrs.field(factory=Settings)
    journal: Kept = attrs.field(factory=Kept, init=False)
    room: Room = attrs.field(init=False)
    reloader: Reloader = attrs.field(init=False)
    woken: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        loaded = Loaded.of(self.wanted)
        self.room = Room(policy=policy(self.wanted), server_key=loaded.key, journal=self.journal)
        self.room.hub.start(SERVER, loaded.rules)
        self.reloader = Reloader(loaded, lambda: self.wanted)

    def begin(self) -> Server:
        """Serve the room."""
        storage = LocalStorage(self.journal, KEY, Rules(), cast("Any", None))
        self.reloader.begin(Running(self.room.hub, storage, SERVER, self.wake))
        return self

    def wake(self) -> None:
        """Count how often the event loop is woken."""
        self.woken += 1

    def reload(self, **changes: Any) -> Outcome:
        """Reload with other settings than before."""
        self.wanted = attrs.evolve(self.wanted, **changes)
        return self.reloader.reload()

    def in_force(self) -> tuple[object, ...]:
        """Return all that a reload can change."""
        gate = self.room.hub.admission
        return gate.policy, gate.key, gate.watch is log_drop, self.room.hub.show_lines, self.room.chat.state.rules

    def member(self) -> Client:
        """Return a client that is in the room."""
        client = self.room.client()
        client.say("hello")
        client.hears()
        return client


@pytest.fixture
def logged() -> Any:
    """Capture the log."""
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Note how the log is configured, and do not configure it: that would end the capture."""
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(reload, "configure", lambda *given: calls.append(given))
    return calls


@pytest.mark.parametrize("name", [name for name in LIVE_NAMES if name not in FILES])
def test_a_setting_that_can_change(name: str, logged: list[dict[str, Any]]) -> None:
    """It is in force at once, the log has both values, and the same settings again change nothing."""
    server = Server().begin()
    member, wanted = server.member(), attrs.evolve(Settings(), **{name: other(name)})
    assert server.reload(**{name: other(name)}) == Outcome(changed=(name,))
    assert server.reloader.loaded.settings == wanted
    assert server.in_force() == (policy(wanted), None, False, False, rules_of(wanted))
    change = {"event": "setting changed", "log_level": "info", "setting": name}
    assert {**change, "old": getattr(Settings(), name), "new": other(name)} in logged
    assert logged[-1] == {"event": "settings reloaded", "log_level": "info", "changed": 1, "waiting": 0}
    told = len(server.journal.inputs)
    assert server.reload() == Outcome()
    assert len(server.journal.inputs) == told
    member.say("I am still here")
    assert member.hears()[0].endswith("I am still here")


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_a_setting_that_needs_a_restart(name: str, logged: list[dict[str, Any]]) -> None:
    """Nothing changes, and each reload warns of it until it has its old value; no value that may be secret is shown."""
    server = Server().begin()
    before = server.in_force()
    for _ in range(2):
        logged.clear()
        assert server.reload(**{name: other(name)}) == Outcome(waiting=(name,))
        warning, summary = logged
        values = {} if name == "cluster" else {"old": getattr(Settings(), name), "new": other(name)}
        event = {"event": "setting needs a restart", "log_level": "warning", "setting": name}
        assert warning == {**event, **values}
        assert summary == {"event": "settings reloaded", "log_level": "info", "changed": 0, "waiting": 1}
    assert "secret@" not in str(logged)
    assert server.in_force() == before
    assert server.reloader.loaded.settings == Settings()
    assert server.reload(**{name: getattr(Settings(), name)}) == Outcome()


def test_several_at_once() -> None:
    """What can change does, whatever waits beside it."""
    server = Server().begin()
    outcome = server.reload(port=1, rate=3, max_line=100, motd="", idle_timeout=60, history_keep=5)
    assert outcome == Outcome(changed=("rate", "idle_timeout", "history_keep"), waiting=("port", "max_line"))
    assert server.reloader.loaded.settings == Settings(rate=3, idle_timeout=60, history_keep=5)
    assert server.woken == 1


def refuse() -> Settings:
    """Fail as the command line does."""
    raise SettingsError("rate: -1 is not in the range 0<=x<=1000000")


@pytest.mark.parametrize("kind", ["settings", "motd", "mode", "key"])
def test_a_mistake_changes_nothing(tmp_path: Path, kind: str, logged: list[dict[str, Any]]) -> None:
    """Wherever it is; one error says why, and the next reload tries all again."""
    server = Server().begin()
    server.member()
    before, told = server.in_force(), len(server.journal.inputs)
    key = tmp_path / "key"
    key.write_bytes(b"\n" if kind == "key" else b"swordfish\n")
    key.chmod(0o644 if kind == "mode" else 0o600)
    changes: dict[str, dict[str, Any]] = {
        "settings": {},
        "motd": {"motd": str(tmp_path)},
        "mode": {"key_file": str(key)},
        "key": {"key_file": str(key)},
    }
    if kind == "settings":
        server.reloader.read = refuse
    outcome = server.reload(rate=3, history_keep=7, port=5, **changes[kind])
    reasons = {
        "settings": "rate: -1 is not in the range 0<=x<=1000000",
        "motd": f"cannot read --motd {tmp_path}: [Errno 21] Is a directory: '{tmp_path}'",
        "mode": f"--key-file {key} is open to others than its owner: type chmod 600 {key}",
        "key": f"--key-file {key} has no key on its first line: write one there",
    }
    assert outcome == Outcome(error=reasons[kind])
    event = "settings not reloaded, nothing has changed"
    assert logged == [{"event": event, "log_level": "error", "reason": reasons[kind]}]
    assert (server.in_force(), len(server.journal.inputs)) == (before, told)
    assert server.reloader.loaded.settings == Settings()
    server.reloader.read = lambda: server.wanted
    assert server.reload(motd="", key_file="") == Outcome(changed=("rate", "history_keep"), waiting=("port",))


def test_the_key_changes_while_members_stay_in(tmp_path: Path, logged: list[dict[str, Any]]) -> None:
    """Its file appears, has another content, and goes; strangers need what is in force, and no log has a key."""
    key = tmp_path / "key"
    server = Server().begin()
    member = server.member()

    def enters(line: str) -> bool:
        stranger = server.room.client("10.0.0.7")
        stranger.say(line)
        return stranger.end.address in server.room.chat.state.roster

    def write(text: str) -> None:
        key.write_text(text, encoding="utf-8")
        key.chmod(0o600)

    write("Sword Fish")
    assert server.reload(key_file=str(key)) == Outcome(changed=("key_file",))
    assert [enters("hello"), enters("/enter sesame"), enters("/enter sword fish")] == [False, False, True]
    assert server.reload() == Outcome()
    write("Sesame")
    assert server.reload() == Outcome(changed=("key_file",))
    assert [enters("/enter sword fish"), enters("/enter sesame")] == [False, True]
    member.say("I am still here")
    assert member.hears()[-1].endswith("I am still here")
    write("SESAME")  # it is the same key
    assert server.reload() == Outcome()
    key.unlink()
    assert "cannot read --key-file" in server.reload().error
    assert enters("/enter sesame")
    assert server.reload(key_file="") == Outcome(changed=("key_file",))
    assert enters("hello")
    kept = f"{logged} {server.journal.inputs} {server.reloader}".lower()
    assert "sword" not in kept
    assert "sesame" not in kept
    assert [each["event"] for each in logged].count("key changed") == 3


def test_the_message_of_the_day(tmp_path: Path, logged: list[dict[str, Any]]) -> None:
    """Its file is read again, also if it has the same name as before."""
    motd = tmp_path / "motd"
    motd.write_text("be kind\n", encoding="utf-8")
    server = Server(Settings(motd=str(motd))).begin()
    assert server.room.chat.state.rules.motd == "be kind"
    motd.write_text("be quick\n", encoding="utf-8")
    assert server.reload() == Outcome(changed=("motd",))
    assert [each["event"] for each in logged] == ["message of the day changed", "settings reloaded"]
    client = server.room.client()
    client.say("a line that is long enough")
    assert client.hears()[0] == "- be quick"


def test_rules_wait_while_other_nodes_are_of_an_earlier_version(logged: list[dict[str, Any]]) -> None:
    """They could not read the input. All else changes; a reload after their upgrade changes the rules."""
    server = Server().begin()
    state = server.room.chat.state
    state.use_grammar(ORDER_SINCE - 1)
    told = len(server.journal.inputs)
    outcome = server.reload(rate=3, history_keep=7, show_addresses="no", port=9)
    assert outcome == Outcome(changed=("rate",), waiting=("port", "history_keep", "show_addresses"))
    assert state.rules == Rules()
    assert server.room.hub.admission.policy.rate == 3
    assert len(server.journal.inputs) == told
    event = "setting needs a restart, the other nodes are of an earlier version"
    assert [each["setting"] for each in logged if each["event"] == event] == ["history_keep", "show_addresses"]
    state.use_grammar(ORDER_SINCE)
    assert server.reload() == Outcome(changed=("show_addresses", "history_keep"), waiting=("port",))
    assert (state.rules.history_keep, state.rules.show_addresses) == (7, "no")


def test_another_node_had_other_rules() -> None:
    """A reload brings those of this node in force, though nothing of its settings has changed."""
    server = Server(Settings(history_keep=7)).begin()
    server.room.hub.tell(SERVER, Reloaded(Rules(history_keep=9)))
    assert server.reload() == Outcome()
    assert server.room.chat.state.rules.history_keep == 7


def test_a_replay_has_the_rules_where_they_changed() -> None:
    """The same inputs lead to the same state, and every member stays."""
    server = Server().begin()
    one, two = server.member(), server.member()
    for change in ({"history_keep": 3}, {"announce_joins": True, "max_rooms": 2}, {"history_on_join": 2}):
        assert server.reload(**change).changed
        one.say("one\ntwo\nthree\nfour")
        two.say("/join kitchen\nhello\n/leave")
        server.member()
    again = Chat(ChatState(NAMES))
    for each in server.journal.inputs:
        again.handle(each)
    assert snapshot(again.state) == snapshot(server.room.chat.state)
    assert [type(each.line) for each in server.journal.inputs].count(Reloaded) == 3


@pytest.mark.parametrize("ask", [lambda server: server.reload(), lambda server: server.reload() and server.reload()])
def test_a_reload_before_the_server_has_started(ask: Callable[[Server], Outcome]) -> None:
    """It is done once, when the server has started; and the same if the server is about to start again."""
    server = Server()
    server.wanted = Settings(rate=3)
    assert ask(server) == Outcome(postponed=True)
    assert server.reloader.loaded.settings == Settings()
    server.begin()
    assert server.room.hub.admission.policy.rate == 3
    server.reloader.end()
    server.wanted = Settings(rate=4)
    assert ask(server) == Outcome(postponed=True)
    assert server.room.hub.admission.policy.rate == 3
    server.begin()
    assert server.room.hub.admission.policy.rate == 4
    server.wanted = Settings(rate=5)
    server.begin()
    assert server.room.hub.admission.policy.rate == 4


@pytest.mark.parametrize(("old", "new", "between"), [("info", "debug", "debug"), ("error", "info", "info")])
def test_the_level_of_the_log(old: str, new: str, between: str, configured: list[tuple[str, str]]) -> None:
    """The log has the change, whichever level is the lower one; at level debug, it also has lines and drops."""
    for first, then in ((old, new), (new, old)):
        server = Server(Settings(log_level=first)).begin()  # type: ignore[arg-type]  # one of the levels
        configured.clear()
        assert server.reload(log_level=then, log_format="json") == Outcome(("log_level",), ("log_format",))
        assert configured == [("auto", between), ("auto", then)]
        hub = server.room.hub
        assert (hub.show_lines, hub.admission.watch is log_drop) == (then == "debug", then == "debug")
        assert server.reload() == Outcome(waiting=("log_format",))
        assert len(configured) == 2


def test_the_file_keeps_as_many_inputs_as_the_history_has_lines(tmp_path: Path) -> None:
    """So a replay begins as far back as the new settings say."""
    journal = SqliteJournal(JournalFile.open(tmp_path / "journal"), CODEC, 10)
    journal.recover()
    LocalStorage(journal, KEY, Rules(), cast("Any", None)).use(Rules(history_keep=33))
    assert journal.keep == 33
    journal.close()


def test_no_key() -> None:
    """Without a key, the gate has none."""
    storage = LocalStorage(MemoryJournal(), KEY, Rules(), cast("Any", None))
    assert key_for("", storage) is None
    assert key_for("x", storage)
