"""Compute how large a room, and chats as shards, can grow: `python benchmarks/scaling.py`.

The model uses only the costs that `benchmarks/cluster.py` measured (benchmarks/results/cluster.json). It prints the
tables of docs/scaling.md. Each node has one core for the chat, and may use the share `BUSY` of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import attrs

RESULTS = Path(__file__).parent / "results" / "cluster.json"
BUSY = 0.7  # of a core; the rest is a reserve for bursts
NODES = (1, 2, 4, 8, 16, 64)
RATES = (("quiet: a line from each in five minutes", 1 / 300), ("lively: a line from each in twenty seconds", 1 / 20))
ROOMS = ((1_000, 100), (10_000, 100), (100_000, 20))  # rooms, and members in each room


@attrs.frozen
class Costs:
    """The measured costs: CPU in microseconds, memory in bytes, rates in lines a second."""

    own: float  # CPU for a line of a client of this node, without its delivery
    other: float  # CPU for a line of another node's client, without its delivery
    delivered: float  # CPU for each delivery of a line to one client
    member: float  # bytes of memory for a member, on each node
    journal: float  # lines a second through one stream with three replicas, in full entries
    entries: float  # the same in entries of one line, through all streams of three servers together

    def busy(self, members: float, nodes: int, rate: float) -> float:
        """Return the share of a core that each node uses, if each member sends `rate` lines a second."""
        lines = members * rate
        here = lines / nodes
        return (here * self.own + (lines - here) * self.other + lines * members / nodes * self.delivered) / 1e6

    def most(self, nodes: int, rate: float) -> float:
        """Return the largest number of members of a room on so many nodes."""
        low, high = 1.0, self.journal / rate
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.busy(middle, nodes, rate) <= BUSY else (low, middle)
        return low


def costs() -> Costs:
    """Return the measured costs.

    A node of the measurement delivered its lines to few clients. `own` and `other` are without that delivery.
    """
    found = json.loads(RESULTS.read_text(encoding="utf-8"))["medians"]
    delivered = found["delivered_us_256"]
    own = max(found["here_us"] - 10 * delivered, 0.0)
    other = max(found["there_us"] - delivered, 0.0)
    return Costs(own, other, delivered, found["member_bytes"], found["carried_3"], found["entries_3"])


def main() -> None:
    """Print the tables."""
    cost = costs()
    print("| constant | value |\n| --- | --- |")
    print(f"| a line of a node's own client, on that node | {cost.own:.1f} µs |")
    print(f"| a line of another node's client | {cost.other:.1f} µs |")
    print(f"| a line, for each client it is delivered to | {cost.delivered:.2f} µs |")
    print(f"| a member, on each node | {cost.member:,.0f} bytes |")
    print(f"| what one stream with three replicas carries, in full entries | {cost.journal:,.0f} lines/s |")
    print(f"| what it carries in entries of one line | {cost.entries:,.0f} lines/s |\n")
    heads = " | ".join(f"{nodes} nodes" if nodes > 1 else "1 node" for nodes in NODES)
    print(f"| members of one room, at most | {heads} |\n| --- |{' --- |' * len(NODES)}")
    for pace, rate in RATES:
        print(f"| {pace} | {' | '.join(f'{round(cost.most(nodes, rate), -2):,.0f}' for nodes in NODES)} |")
    print("\n| chats as shards | members in all | lines/s in all | cores for the chat | NATS clusters of three |")
    print("| --- | --- | --- | --- | --- |")
    rate = RATES[1][1]
    for rooms, members in ROOMS:
        lines = rooms * members * rate
        cores = rooms * cost.busy(members, 1, rate) / BUSY
        clusters = lines / cost.entries / BUSY  # at such a rate each line is an entry by itself
        print(f"| {rooms:,} of {members:,} | {rooms * members:,} | {lines:,.0f} | {cores:,.1f} | {clusters:,.1f} |")


if __name__ == "__main__":
    main()
