"""Acts of the server's own machine."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.commands.test_acts import A, B, C, events, new_chat, say
from tests.domain.peers import peer
from udpchat.domain.commands import COMMANDS
from udpchat.domain.machine.administer import ACTS, NoSuchAct, NoSuchRoom
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery, InRoomBy, Only
from udpchat.domain.rooms.inputs import Administered, Input
from udpchat.domain.rooms.rights import Right
from udpchat.domain.rooms.silence import Muted

HERE = peer(network=99, port=12000)


def act(chat: Chat, word: str, rest: str = "", room: str = "", at: float = 1.0) -> list[Delivery]:
    """Return the deliveries of an act of the machine."""
    return chat.handle(Input(at, 7, HERE, Administered(word, rest, room)))


def test_the_machine_acts_on_everybody() -> None:
    """Operators and holders too, without a code; the answer is for the server itself, and the room reads `server`."""
    chat = new_chat()
    say(chat, A, "/op ann 1")
    (audience, event), *_ = act(chat, "mute", "annax 1h why")
    assert audience == InRoomBy("lobby", HERE, frozenset((A,)))
    assert isinstance(event, Act)
    assert event.record() == {
        "act": "muted",
        "by": "server",
        "right": Right.MACHINE.value,
        "whom": "annax",
        "time": "for 1 hour",
        "why": "why",
    }
    assert any(isinstance(each, Act) for each in events(act(chat, "ban", "annax forever")))
    assert A not in chat.state.roster


def test_the_machine_acts_in_any_room() -> None:
    """The lobby, if none is named."""
    chat = new_chat()
    say(chat, A, "/join kitchen")
    act(chat, "hush", "on", "#Kitchen")
    act(chat, "slow", "10")
    kitchen, lobby = chat.state.rooms.by_name["kitchen"].order, chat.state.rooms.lobby.order
    assert kitchen is not None
    assert lobby is not None
    assert (kitchen.hush, kitchen.slow, lobby.hush, lobby.slow) == (True, 0, False, 10)
    act(chat, "mute", "berta")
    assert isinstance(events(say(chat, B, "hello there"))[0], Muted)


def test_what_the_machine_cannot_do() -> None:
    """It reads why, and nobody else reads anything."""
    chat = new_chat()
    for word, rest, room in (("nick", "x", ""), ("", "", ""), ("hush", "on", "nowhere"), ("hush", "on", "no room")):
        ((audience, event),) = act(chat, word, rest, room)
        assert audience == Only(HERE)
        assert isinstance(event, NoSuchAct | NoSuchRoom)
    ((audience, event),) = act(chat, "kick", "nobodyhere")
    assert audience == Only(HERE)
    assert isinstance(event, Rejection)


@given(st.sampled_from(ACTS), st.text("berta 10mk/.\u20ac", max_size=20), st.sampled_from(["", "kitchen", "x y"]))
def test_any_act_is_done_or_refused(word: str, rest: str, room: str) -> None:
    """Whatever follows the word, and for whatever room."""
    chat = new_chat()
    say(chat, C, "/join kitchen")
    assert events(act(chat, word, rest, room))


def test_every_act_is_there() -> None:
    """All commands with an act, by their words."""
    assert {f"/{word}" for word in ACTS} == {word for word, command in COMMANDS.items() if command.act is not None}
