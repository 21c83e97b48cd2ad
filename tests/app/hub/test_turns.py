"""A turn ends when it has done enough, also where lines cost more than their sends."""

from __future__ import annotations

from tests.room import Client, Room


def paste(room: Room, speaker: Client, lines: int) -> bool:
    """Let a client paste lines; return whether a turn ended before all were handled."""
    speaker.send("a\n" * lines)
    room.hub.turn(room.carrier)
    return room.hub.unfinished


def test_many_looks_end_a_turn() -> None:
    """A line that is rendered for a hundred looks costs a hundred times as much."""
    room = Room()
    members = [room.member() for _ in range(100)]
    assert not paste(room, members[0], 200)
    for number, member in enumerate(members):
        hours, quarters = divmod(number, 4)
        member.say(f"/time {'-' if hours > 12 else '+'}{hours % 12}:{15 * quarters:02}")
        member.gets()
    assert paste(room, members[0], 200)
    room.settle()
    assert [len(member.hears()) for member in members] == [200] * 100


def test_many_who_ignore_the_speaker_end_a_turn() -> None:
    """To leave out somebody takes as long as a send."""
    room = Room()
    members = [room.member() for _ in range(150)]
    name = room.chat.state.roster.members[members[0].end.address].nickname
    assert not paste(room, members[0], 200)
    for member in members[1:]:
        member.say(f"/ignore {name}")
        member.gets()
    assert paste(room, members[0], 200)
    room.settle()
    assert members[1].hears() == []
    assert members[0].hears()[-200:] == [f"{name}: a"] * 200
