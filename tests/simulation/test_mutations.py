"""The simulation finds bugs: each of these is planted, and must be found, by the right name, within a few seeds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence

import attrs
import pytest

from tests.simulation.crashes import Disk
from tests.simulation.replay import assert_found
from tests.simulation.run import run
from tests.simulation.world import World
from udpchat.app.hub import recovery
from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.hub.pacer import Pacer
from udpchat.app.hub.replies import Replies
from udpchat.domain.address import Address
from udpchat.domain.admission import strangers
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import CodeAsked
from udpchat.domain.admission.quota import ClientQuota, QuotaTable
from udpchat.domain.admission.reachability import Suspects
from udpchat.domain.admission.server_key import ServerKey
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.commands import COMMANDS
from udpchat.domain.datagram import Bounce
from udpchat.domain.dialects import text_encoder
from udpchat.domain.machine.snapshot import restore
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.history.log import Log, Recent
from udpchat.domain.rooms.history.reception import Reception
from udpchat.domain.rooms.members.crowd import Crowd
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.members.roster import Roster
from udpchat.domain.text import lines
from udpchat.domain.text.nickname import Nickname

pytestmark = pytest.mark.untraced

SEEDS = 10
Plant = Callable[[pytest.MonkeyPatch], None]


def rename_keeps_the_old_name(patch: pytest.MonkeyPatch) -> None:
    """Renaming does not give the old name back."""
    rename = Roster.rename

    def greedy(self: Roster, member: Member, nickname: Nickname, keys: frozenset[str]) -> bool:
        holders = dict(self._holders)
        renamed = rename(self, member, nickname, keys)
        self._holders = holders | self._holders
        return renamed

    patch.setattr(Roster, "rename", greedy)


def prompts_of_any_length(patch: pytest.MonkeyPatch) -> None:
    """A stranger gets the whole prompt for a single byte."""
    patch.setattr(CodeAsked, "size", 0)


def shares_are_not_given_back(patch: pytest.MonkeyPatch) -> None:
    """A network counts clients that have left."""
    patch.setattr(QuotaTable, "close", lambda self, address: self.clients.pop(address))


def joins_have_no_budget(patch: pytest.MonkeyPatch) -> None:
    """As many strangers as come join without a code."""
    patch.setattr(TokenBucket, "try_take", lambda *_: True)


def whoever_came_last_makes_room(patch: pytest.MonkeyPatch) -> None:
    """A client that said something makes room, if it said it first."""
    patch.setattr(strangers, "says_nothing", lambda _: True)


def who_goes_on_makes_room(patch: pytest.MonkeyPatch) -> None:
    """A client that sent more than one datagram makes room."""
    patch.setattr(QuotaTable, "silent_client", lambda self: next(reversed(self.silent), None))


def one_report_is_enough(patch: pytest.MonkeyPatch) -> None:
    """A client that is reported gone once is removed, also if the report is forged."""
    patch.setattr(Suspects, "report", lambda *_: 0)


def what_came_back_is_sent_to_all(patch: pytest.MonkeyPatch) -> None:
    """The datagram that did not reach one is sent to everybody again."""

    def confirmed(self: BounceHandler, bounces: Iterable[Bounce], _: float) -> list[tuple[Address, int]]:
        for bounce in bounces:
            if bounce.payload:
                (carrier,) = self.carriers.values()
                carrier.send((bounce.payload,), [member.address for member in self.roster])
        return []

    patch.setattr(BounceHandler, "confirmed", confirmed)


def any_code_will_do(patch: pytest.MonkeyPatch) -> None:
    """Whoever types /enter and something is let in."""
    patch.setattr(Challenge, "accepts", lambda *_: True)


def any_key_will_do(patch: pytest.MonkeyPatch) -> None:
    """Whoever types /enter and something behind its code, if it needs one, is let in by a server with a key."""
    patch.setattr(ServerKey, "accepts", lambda *_: True)


def batches_are_reversed(patch: pytest.MonkeyPatch) -> None:
    """Of a batch the last datagram is handled first."""
    receive = World.receive
    patch.setattr(World, "receive", lambda self, limit: receive(self, limit)[::-1])


def drops_are_miscounted(patch: pytest.MonkeyPatch) -> None:
    """Lines that are dropped because of a rate are counted as one."""
    count = Admission.count
    patch.setattr(Admission, "count", lambda self, to, why, _=1: count(self, to, why))


def nothing_is_cleaned(patch: pytest.MonkeyPatch) -> None:
    """What strangers send goes to terminals as it is."""
    for module in (lines, text_encoder):
        patch.setattr(module, "clean", lambda words, _=0: words)


def list_fails(patch: pytest.MonkeyPatch) -> None:
    """/list raises."""

    def failing(*_: object) -> list[Delivery]:
        raise TypeError

    patch.setitem(COMMANDS, "/list", attrs.evolve(COMMANDS["/list"], handle=failing))


def the_last_sentence_is_lost(patch: pytest.MonkeyPatch) -> None:
    """Of the lines that fill a datagram for several recipients the last one is lost."""
    send = World.send

    def lossy(
        self: World, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()
    ) -> None:
        shorter = [one.rpartition(b"\n")[0].rpartition(b"\n")[0] + b"\n" for one in datagrams[:-1]]
        send(self, [*shorter, datagrams[-1]] if len(addresses) > 1 else datagrams, addresses, but)

    patch.setattr(World, "send", lossy)


def who_left_still_hears(patch: pytest.MonkeyPatch) -> None:
    """Whoever was in the room once, and is in no room now, is sent what is said there."""
    group, add = Crowd.group, Crowd.add
    ever: dict[int, tuple[Crowd, dict[Address, None]]] = {}  # a crowd that is kept shares its id with no other

    def known(self: Crowd, address: Address) -> None:
        ever.setdefault(id(self), (self, {}))
        add(self, address)

    def growing(self: Crowd, carrier: str) -> tuple[Address, ...]:
        _, known = ever.setdefault(id(self), (self, {}))
        known.update(dict.fromkeys(group(self, carrier)))
        elsewhere = {each for crowd, _ in ever.values() if crowd is not self for each in crowd.members}
        return tuple(each for each in known if each in self.members or each not in elsewhere)

    patch.setattr(Crowd, "add", known)
    patch.setattr(Crowd, "group", growing)


def the_last_input_is_not_written(patch: pytest.MonkeyPatch) -> None:
    """Of each batch the journal forgets the last input."""
    recover = Disk.recover

    def forgetful(self: Disk) -> Recovered:
        found = recover(self)
        return Recovered(found.state, list(found.inputs)[:-1], found.unsent)

    patch.setattr(Disk, "recover", forgetful)


def nothing_counts_as_unsent(patch: pytest.MonkeyPatch) -> None:
    """After a crash nobody is told what it may have missed."""
    patch.setattr(Reception, "maybe_missed", lambda *_: None)


def who_was_away_is_not_restored(patch: pytest.MonkeyPatch) -> None:
    """A start forgets since when those who left are away."""
    patch.setattr(recovery, "restore", lambda chat, state: restore(chat, attrs.evolve(state, absent=())))


def who_is_gone_heard_all(patch: pytest.MonkeyPatch) -> None:
    """The line by which somebody is found gone counts as heard."""
    leave = Reception.leave
    patch.setattr(Reception, "leave", lambda self, address, _=None: leave(self, address))


def history_is_shown_backwards(patch: pytest.MonkeyPatch) -> None:
    """/history begins with the line said last."""
    last = Recent.last
    patch.setattr(Recent, "last", lambda self, count: last(self, count)[::-1])


def nothing_is_too_old(patch: pytest.MonkeyPatch) -> None:
    """What was said is shown however old it is."""
    patch.setattr(Log, "first_since", lambda *_: 0)


def long_answers_have_no_end(patch: pytest.MonkeyPatch) -> None:
    """What does not fit into the first part of an answer is not sent."""
    patch.setattr(Pacer, "next_parts", lambda self, *_: self._waiting.clear() or ())


def answers_that_wait_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """While the server may send no more answers, a long one is begun and not gone on with."""
    next_parts = Pacer.next_parts

    def forgetting(self: Pacer, members: Container[Address], now: float) -> Iterator[tuple[Address, list[bytes]]]:
        yield from next_parts(self, members, now)
        if not self._affordable(now):
            self._waiting.clear()

    patch.setattr(Pacer, "next_parts", forgetting)


def newcomers_are_shown_everything(patch: pytest.MonkeyPatch) -> None:
    """One byte in any name has all of the history sent there."""
    patch.setattr(Replies, "_affordable", lambda *given: given[2])


def standing_still_fills_buckets(patch: pytest.MonkeyPatch) -> None:
    """A datagram that waited is judged by the time of its arrival, as if the clock had been set back."""
    patch.setattr(
        ClientQuota, "take_late_lines", lambda self, payload, _, arrived: self.take_first_lines(payload, arrived)
    )


def late_datagrams_wait_for_the_clock(patch: pytest.MonkeyPatch) -> None:
    """After the clock was set back, a datagram that was read late is paid for in the time before that."""
    patch.setattr(TokenBucket, "limit_debt", lambda *_: None)


def who_quits_heard_all(patch: pytest.MonkeyPatch) -> None:
    """What came back from a client counts as heard if it quit in the same batch."""
    patch.setattr(Reception, "left_without", lambda *_: None)


PLANTED: dict[Plant, str] = {
    rename_keeps_the_old_name: "names",
    prompts_of_any_length: "amplify",
    shares_are_not_given_back: "tables",
    joins_have_no_budget: "joins",
    whoever_came_last_makes_room: "makes room",
    who_goes_on_makes_room: "makes room",
    one_report_is_enough: "ghosts",
    what_came_back_is_sent_to_all: "once",
    any_code_will_do: "admitted",
    any_key_will_do: "admitted",
    batches_are_reversed: "order",
    drops_are_miscounted: "counted",
    nothing_is_cleaned: "fit",
    list_fails: "bugs",
    the_last_sentence_is_lost: "all",
    who_left_still_hears: "outsider",
    the_last_input_is_not_written: "restart",
    nothing_counts_as_unsent: "missed",
    who_was_away_is_not_restored: "restart",
    who_is_gone_heard_all: "missed",
    history_is_shown_backwards: "answer",
    nothing_is_too_old: "answer",
    long_answers_have_no_end: "answer",
    answers_that_wait_are_forgotten: "answer",
    newcomers_are_shown_everything: "amplify",
    standing_still_fills_buckets: "gained",
    late_datagrams_wait_for_the_clock: "ghosts",
    who_quits_heard_all: "missed",
}
FIRST: dict[Plant, int] = {  # the first seeds that show what seed 0 or 1 does not
    answers_that_wait_are_forgotten: 2,
    long_answers_have_no_end: 2,
    who_goes_on_makes_room: 2,
    batches_are_reversed: 3,
    standing_still_fills_buckets: 3,
    who_is_gone_heard_all: 3,
    any_key_will_do: 14,
    whoever_came_last_makes_room: 13,
    nothing_is_too_old: 33,
    late_datagrams_wait_for_the_clock: 35,
    who_quits_heard_all: 62,
}


@pytest.mark.parametrize(("plant", "name"), PLANTED.items(), ids=[plant.__name__ for plant in PLANTED])
def test_a_planted_bug_is_found(monkeypatch: pytest.MonkeyPatch, plant: Plant, name: str) -> None:
    """One of the first seeds breaks, by what the bug breaks, and tells how to replay it."""
    plant(monkeypatch)
    first = FIRST.get(plant, 0)
    assert_found(plant.__name__, name, run, range(first, first + SEEDS))
