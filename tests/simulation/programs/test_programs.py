"""Programs check the numbers of what they get: no hole, and nothing twice. Bugs that are planted are found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation.programs.run import run
from tests.simulation.world import Broken
from udpchat.domain.rooms.programs.catching_up import Part
from udpchat.domain.rooms.programs.session import Session, Sessions

pytestmark = pytest.mark.untraced


@pytest.mark.parametrize("seed", range(6))
def test_programs_have_no_hole_and_nothing_twice(seed: int) -> None:
    """Whatever the network and the server do: see `world`."""
    world = run(seed)
    assert world.moves > 5
    assert sum(map(len, (program.said for program in world.programs))) > 20


def forget_outcomes(*_: Any) -> None:
    """Keep no outcome."""


def end_instead(self: Sessions, places: Any) -> None:
    """Let no session move."""
    for address in places:
        self.end(address)


def one_later(self: Part, items: Callable[..., Any] = Part.items) -> Any:
    """Forget the first event that is asked for."""
    return list(items(self))[1:]


@pytest.mark.parametrize(
    ("owner", "name", "fault", "found"),
    [
        (Session, "record", forget_outcomes, "twice"),
        (Sessions, "move", end_instead, "twice|noticed|hole|Memory"),
        (Part, "items", one_later, "hole"),
    ],
)
def test_planted_bugs_are_found(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, fault: object, found: str
) -> None:
    """Lines that count again, sessions that end, and events that are not sent again."""
    monkeypatch.setattr(owner, name, fault)
    with pytest.raises((Broken, KeyError), match=found):
        some_seeds()


def some_seeds() -> None:
    """Run a few seeds."""
    for seed in range(8):
        run(seed)
