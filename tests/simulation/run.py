"""One seed: a policy, a weather and a crowd are drawn, and the hub lives through it, watched after every step."""

from __future__ import annotations

from random import Random

from tests.simulation.actors import Actors
from tests.simulation.crashes import HISTORIES, MOMENTS
from tests.simulation.gate import drawn_policy
from tests.simulation.replay import replayable
from tests.simulation.simulation import CALM, Simulation
from tests.simulation.world import Weather, check
from udpchat.app.hub.pacer import PACE
from udpchat.domain.address import Address

STEPS = 60
MOST_ACTIONS = 55  # in one step
MAX_DELIVERIES = 100_000  # after which a seed has lived: some seconds, in a large room without limits
ONCE_IN_A_WHILE, OFTEN = 0.02, 0.5  # chances, in each step, of a clock being set and of the hub's tick
KEYED = 5  # one of so many servers has a key
PAUSES = (0.05, 0.5, 3.0)  # seconds for which a server stands still between two actions of the crowd
JUMPS = (-3600.0, -10.0, 30.0, 4000.0)  # seconds by which a clock is set
DAYS_LATER = 864_000.0  # and by which the clock on the wall is too


def drawn(seed: int) -> Simulation:
    """Return a simulation that is drawn from a seed in every part."""
    random = Random(seed)  # noqa: S311 - to be repeated
    policy = drawn_policy(random)
    weather = random.choice((CALM, CALM, Weather(0.1, 0.05, 3), Weather(0.3, 0.2, 10)))
    largest, longest = random.choice((1400, 256, 8192)), random.choice((8000, 100))
    key = "open sesame" if seed % KEYED == KEYED - 1 else ""
    simulation = Simulation(random, policy, weather, largest, longest, random.choice(HISTORIES), key)
    simulation.pauses.seed(seed)
    return simulation


def live(simulation: Simulation) -> None:
    """Have a crowd do what it does, step by step, to the end or for long enough; raise `Broken`."""
    random, world = simulation.random, simulation.world
    ends = random.random() < OFTEN
    actors = Actors(random, world, random.choice((10, 60, 300)), simulation.nickname_of)
    for step in range(STEPS):
        world.step = step
        simulation.let_pass(random.choice((0.0, 0.01, 0.3, 2.0)))
        if random.random() < ONCE_IN_A_WHILE:
            simulation.wall += random.choice(JUMPS)
            world.set_timer(random.choice(JUMPS))
        if random.random() < ONCE_IN_A_WHILE:
            simulation.wall += DAYS_LATER
        actors.act(random.randrange(1, MOST_ACTIONS))
        stand_still(simulation, actors)
        simulation.settle()
        if random.random() < OFTEN:
            simulation.tick()
        if random.random() < OFTEN:
            simulation.pace()
        if ends and random.random() < OFTEN:
            simulation.end(random.choice(MOMENTS))
        if world.deliveries > MAX_DELIVERIES:
            break
    simulation.disk.fuse, world.fuse = "", None
    if world.weather.keeps_order and not world.weather.loss:
        bury(simulation)
    while simulation.hub.pacing:
        simulation.let_pass(PACE)
        simulation.pace()
    simulation.answers.look_at_ends({peer.address for peer in world.numbers if peer.bounces or "time" in peer.looks})


def bury(simulation: Simulation) -> None:
    """Check that who is dead is gone after two lines that reach it; one may fail by a clock set back."""
    dead: list[Address] = []
    for _ in range(2):
        simulation.let_pass(1000.0)
        peers, model = simulation.peers, simulation.disk.model
        living = {model.rooms[where]: where for where in simulation.members() if peers[where].alive}  # one of each room
        simulation.world.step += 1
        for speaker in living.values():
            simulation.world.carry(b"anybody?\n", peers[speaker])
        simulation.settle()
        deaf = {where for speaker in living.values() for where in model.ignorers(model.persons.get(speaker, 0))}
        dead = [where for where in simulation.members() if not peers[where].alive and model.rooms[where] in living]
        dead = [where for where in dead if where not in deaf]
    check(not dead, "ghosts", [str(each) for each in dead])


def stand_still(simulation: Simulation, actors: Actors) -> None:
    """Let the crowd go on, once in a while, while the server does not run, so that all of it waits."""
    for _ in range(simulation.pauses.randrange(1, 10) if simulation.pauses.random() < ONCE_IN_A_WHILE else 0):
        simulation.world.land()
        simulation.let_pass(simulation.pauses.choice(PAUSES))
        actors.act(simulation.pauses.randrange(1, MOST_ACTIONS))


def run(seed: int) -> Simulation:
    """Run one seed and return what became of it; raise `Broken`, which tells how to replay it."""
    simulation = drawn(seed)
    with replayable(seed, lambda: f"step {simulation.world.step}"):
        live(simulation)
    return simulation
