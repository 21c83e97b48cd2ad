"""What each program has at the end, compared with the annals: see the head of `programs`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.simulation.cluster.annals import Annals, Told, own_of
from tests.simulation.programs.program import LOBBY, OWN, Program, text_of
from tests.simulation.world import check
from udpchat.domain.rooms.state import ChatState


def judge(program: Program, annals: Annals, state: ChatState) -> None:
    """Check one program, when all is calm and it has asked for all."""
    nick = program.name
    check(not program.pending and not program.comes, "hole", nick, "has no outcome of", *program.pending.values())
    members = [member for member in state.roster if member.nickname == nick]
    check(len(members) == 1, "noticed", nick, "is", *members)
    for room in members[0].place.rooms:
        begin = max(annals.entered[nick, room.name], program.entered if room.name == LOBBY else 0)
        _look_at(program, room.name, annals.told.get(room.name, {}), begin)
    _look_at(program, OWN, annals.told.get(own_of(nick), {}), 0)
    for number, (place, seq) in program.done.items():
        check(not place or annals.find(place, seq), "twice", nick, "line", number, "is not there", place, seq)
    for number, text in program.said.items():
        there = annals.said.get(text)
        check(there == program.done.get(number), "twice", nick, text, "is", there, program.done.get(number))


def _look_at(program: Program, place: str, told: Mapping[int, Told], begin: int) -> None:
    """Check that a program has all of a place that has a higher number than `begin`."""
    held, nick = program.held.get(place, {}), program.name
    for number, each in told.items():
        if number > begin:
            check(number in held and nick in each.readers, "hole", nick, place, number, each.event)
            words = [text_of(json.loads(text[1:])) for text in each.records(nick)]
            check(held[number] == ("hidden" if nick in each.hidden else "".join(words)), "numbers", nick, place, number)
