"""Control inputs about clients that have left meanwhile."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.grammar import REPORTS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.history.reception import Reception
from udpchat.domain.rooms.inputs import ControlInput, Idle, Input, Undelivered, Unreachable
from udpchat.domain.rooms.state import ChatState

SAID = 9  # messages until the first client leaves
ENDS: tuple[str | ControlInput, ...] = ("/quit", Idle(30), Idle(makes_room=True), Unreachable(), Unreachable(5))

numbers = st.integers(0, SAID + 3)
reports = st.lists(st.builds(Unreachable, st.none() | numbers) | st.builds(Undelivered, numbers), max_size=4)


def missed(end: str | ControlInput, late: list[ControlInput], grammar: int) -> list[str]:
    """Return what a client missed that left by `end`, if these reports of it are handled after it left."""
    chat, one, two = Chat(ChatState(NAMES)), peer(port=1), peer(port=2)
    chat.state.use_grammar(grammar)

    def handle(sender: object, line: str | ControlInput) -> list[Delivery]:
        return chat.handle(Input(0.0, hash(sender) % 2**64, sender, line))  # type: ignore[arg-type]

    handle(one, "")
    for number in range(SAID):
        handle(two, str(number))
    handle(one, end)
    for report in late:
        assert handle(one, report) == []
    handle(two, "while it was away")
    handle(one, "")
    ((_, event),) = handle(one, "/missed")
    assert isinstance(event, HistoryShown)
    *lines, last = [message.text for message in event.messages]
    assert last == "while it was away"
    return lines


@given(st.sampled_from(ENDS), reports)
@example("/quit", [Unreachable(3)])
@example(Idle(makes_room=True), [Undelivered(3)])
def test_a_report_counts_for_a_client_that_left_meanwhile(end: str | ControlInput, late: list[ControlInput]) -> None:
    """However a client left, it missed what the least of the reports says, also of those that were handled later."""
    heard = [each.heard for each in (end, *late) if isinstance(each, Unreachable | Undelivered)]
    received = min([SAID, *(each for each in heard if each is not None)])
    assert missed(end, late, REPORTS_SINCE) == [str(number) for number in range(received, SAID)]


@given(reports)
def test_a_report_about_a_stranger_counts_for_nothing(late: list[ControlInput]) -> None:
    """Nothing is noted of an address that was never in the room."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(REPORTS_SINCE)
    assert [chat.handle(Input(0.0, 1, peer(), report)) for report in late] == [[]] * len(late)
    assert chat.state.reception == Reception()


@given(st.sampled_from(ENDS), reports)
def test_late_reports_did_not_count_in_grammar_1(end: str | ControlInput, late: list[ControlInput]) -> None:
    """A journal of an earlier version is replayed as it was."""
    assert missed(end, late, REPORTS_SINCE - 1) == missed(end, [], REPORTS_SINCE - 1)
