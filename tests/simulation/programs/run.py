"""One seed: programs and people talk over a network that loses, repeats and reorders, and a server that ends."""

from __future__ import annotations

from random import Random

from tests.simulation.programs.world import AGAIN, ProgramWorld
from tests.simulation.world import Broken
from udpchat.domain.machine.snapshot import snapshot

STEPS = 120
LOSSES = (0.0, 0.1, 0.3)
CALM = 60  # steps at the end, in which nothing is lost, delayed or said
WORDS = ("/nick tom", "/nick tim", "/me waves", "/topic tea", "/away lunch", "/back", "/roll 2d6", "/hand", "/next")


def run(seed: int) -> ProgramWorld:
    """Run a seed, and return the world at its end; raise `Broken` if a check fails."""
    random = Random(seed)  # noqa: S311 - to be repeated
    world = ProgramWorld(random, random.choice(LOSSES))
    try:
        for _ in range(STEPS):
            _act(world, random)
            world.settle()
        world.loss = 0.0
        for _ in range(CALM):
            for program in world.programs:
                world.ask_again(program)
            world.settle()
        world.judge()
    except Broken as exc:
        exc.add_note(f"run: python -m tests.simulation --seed {seed}")
        raise
    return world


def _act(world: ProgramWorld, random: Random) -> None:
    """Let everybody do something, perhaps."""
    _act_as_programs(world, random)
    for person in world.people:
        if random.random() < 0.3:
            person.send(f"{random.choice((f'good morning {world.step}', *WORDS))}\n")
    chance = random.random()
    if chance < 0.02:
        world.crash()
    elif chance < 0.05:
        world.paper.save(snapshot(world.room.chat.state))


def _act_as_programs(world: ProgramWorld, random: Random) -> None:
    for program in world.programs:
        if world.step % AGAIN == 0:
            world.ask_again(program)
        chance = random.random()
        if not program.log:
            continue
        if chance < 0.3:
            world.say(program, f"line {program.number} of {program.name}")
        elif chance < 0.35 and not program.comes:
            world.send(program, {"line": random.choice(("/ignore tom", "/unignore tom", "/ignore tim"))}, {"ping": 1})
        elif chance < 0.4:
            world.move(program)
