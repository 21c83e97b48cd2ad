"""Work out how far a room, and rooms as shards, can grow: `python benchmarks/scaling.py`.

A model, with the costs that `benchmarks/cluster.py` measured (benchmarks/results/cluster.json) and nothing else; it
prints the tables of docs/scaling.md. Each node has one core for the chat, of which it may use `BUSY`.
"""

from __future__ import annotations

import json
from pathlib import Path

import attrs

RESULTS = Path(__file__).parent / "results" / "cluster.json"
BUSY = 0.7  # of a core: what is left takes up bursts
NODES = (1, 2, 4, 8, 16, 64)
RATES = (("quiet: a line from each in five minutes", 1 / 300), ("lively: a line from each in twenty seconds", 1 / 20))
ROOMS = ((1_000, 100), (10_000, 100), (100_000, 20))  # rooms, and members of each


@attrs.frozen
class Costs:
    """Microseconds of a core, bytes, and lines a second."""

    own: float  # for a line of a client of this node, besides delivering it
    other: float  # for a line of another node's client, besides delivering it
    delivered: float  # for each client that a line is delivered to
    member: float  # bytes that a member takes on each node
    journal: float  # lines a second that one stream of three copies carries, in full parcels
    entries: float  # parcels of one line a second that three servers carry, whatever their streams

    def busy(self, members: float, nodes: int, rate: float) -> float:
        """Return the share of a core that each node uses, for members who say so many lines a second each."""
        said = members * rate
        here = said / nodes
        return (here * self.own + (said - here) * self.other + said * members / nodes * self.delivered) / 1e6

    def most(self, nodes: int, rate: float) -> float:
        """Return how many members a room on so many nodes can have."""
        low, high = 1.0, self.journal / rate
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.busy(middle, nodes, rate) <= BUSY else (low, middle)
        return low


def costs() -> Costs:
    """Return what was measured: of the two lines of costs, what delivering to those few clients takes is no part."""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))["medians"]
    delivered = found["delivered_us_256"]
    own = max(found["here_us"] - 10 * delivered, 0.0)
    other = max(found["there_us"] - delivered, 0.0)
    return Costs(own, other, delivered, found["member_bytes"], found["carried_3"], found["parcels_3"])


def main() -> None:
    """Print the tables."""
    cost = costs()
    print("| constant | value |\n| --- | --- |")
    print(f"| a line of a node's own client, on that node | {cost.own:.1f} µs |")
    print(f"| a line of another node's client | {cost.other:.1f} µs |")
    print(f"| a line, for each client it is delivered to | {cost.delivered:.2f} µs |")
    print(f"| a member, on each node | {cost.member:,.0f} bytes |")
    print(f"| what one stream of three copies carries, in full parcels | {cost.journal:,.0f} lines/s |")
    print(f"| what it carries in parcels of one line | {cost.entries:,.0f} lines/s |\n")
    heads = " | ".join(f"{nodes} nodes" if nodes > 1 else "1 node" for nodes in NODES)
    print(f"| members of one room, at most | {heads} |\n| --- |{' --- |' * len(NODES)}")
    for what, rate in RATES:
        print(f"| {what} | {' | '.join(f'{round(cost.most(nodes, rate), -2):,.0f}' for nodes in NODES)} |")
    print("\n| rooms as shards | members in all | lines/s in all | cores for the chat | engines of three |")
    print("| --- | --- | --- | --- | --- |")
    rate = RATES[1][1]
    for rooms, members in ROOMS:
        said = rooms * members * rate
        cores = rooms * cost.busy(members, 1, rate) / BUSY
        engines = said / cost.entries / BUSY  # at such a pace each line has a parcel for itself
        print(f"| {rooms:,} of {members:,} | {rooms * members:,} | {said:,.0f} | {cores:,.1f} | {engines:,.1f} |")


if __name__ == "__main__":
    main()
