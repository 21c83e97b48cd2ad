"""Requests for a taken nickname reach its holder, in every version and on every node alike."""

from __future__ import annotations

import pytest

from tests.domain.cluster.chats import ONE, THREE, TWO, Cluster, events
from tests.domain.peers import peer
from tests.room import NAMES, entropy_for
from udpchat.domain.commands.names import NicknameRequested, NicknameRequests, NicknameTaken
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Notify, Only
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

HOLDER, ASKER, OTHER = (peer(port=port) for port in (1, 2, 3))


def test_before_grammar_2_the_holder_is_not_notified() -> None:
    """A replay of a journal that an earlier version wrote says what that version said."""
    chat = Chat(ChatState(NAMES))
    for sender, nickname in ((HOLDER, "TEDDC"), (ASKER, "Tyvem")):
        chat.handle(Input(0.0, entropy_for(nickname), sender, ""))
    taken = Only(ASKER), NicknameTaken(Nickname("teddc"))
    assert chat.handle(Input(0.0, 7, ASKER, "/nick teddc")) == [taken]
    chat.handle(Input(0.0, 7, peer(port=12000), Started(Rules(), grammar=2)))
    requested = Notify(HOLDER), NicknameRequested(Nickname("Tyvem"))
    assert chat.handle(Input(0.0, 7, ASKER, "/nick teddc")) == [taken, requested]


def test_a_holder_on_another_node_is_notified_and_stays_so_after_a_takeover() -> None:
    """Each node delivers the notice for the holder, and none notifies a holder again that another node took over."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=2))
    cluster.handle("b", "/nick bob", ONE)
    for client, count in ((TWO, 2), (THREE, 1)):
        for delivered in cluster.handle("a", "/nick bob", client).values():
            assert len(events(delivered)) == count
        cluster.handle("a", Started(Rules(), takes_over="b", grammar=2))


def test_only_recent_notices_are_kept() -> None:
    """A notice that does not limit any more is forgotten, and so is a member that leaves."""
    requests = NicknameRequests()
    assert requests.to_notify(ASKER, [HOLDER], 0.0) == [HOLDER]
    assert requests.to_notify(OTHER, [HOLDER, ASKER], 9.0) == [ASKER]
    assert requests.to_notify(ASKER, [HOLDER, ASKER], 10.0) == [HOLDER]
    assert requests == NicknameRequests({OTHER: 9.0, ASKER: 10.0}, {ASKER: 9.0, HOLDER: 10.0})
    requests.leave(ASKER)
    assert requests == NicknameRequests({OTHER: 9.0}, {HOLDER: 10.0})


@pytest.mark.parametrize("later", [0.0, 0.5, 9.9])
def test_a_holder_is_notified_once_whoever_asks(later: float) -> None:
    """Also if two ask at the same time; and who asked for one name asks for no other so soon."""
    requests = NicknameRequests()
    assert requests.to_notify(ASKER, [HOLDER], 5.0) == [HOLDER]
    assert requests.to_notify(OTHER, [HOLDER], 5.0 + later) == []
    assert requests.to_notify(ASKER, [OTHER], 5.0 + later) == []
    assert requests == NicknameRequests({ASKER: 5.0}, {HOLDER: 5.0})
