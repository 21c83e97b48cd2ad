"""Write the table and the plots from benchmarks/results/results.json.

usage: python benchmarks/report.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from peers.figures import Row, at, ratio
from peers.servers import PER_LINE, REFERENCE, SERVERS

RESULTS = Path(__file__).parent / "results"


def table(report: dict[str, Any]) -> str:
    """Return the medians as Markdown."""
    rows: list[Row] = report["medians"]
    heads = "clients, in flight, server, lines/s, per CPU-second, of one per line, of C reference, p50 us, p99 us"
    columns = [*heads.split(", "), "p50 of one per line", "lost", "faults", "join s", "bytes per client"]
    about = f"""# Results

Written by `make bench`: medians of {report["runs"]} interleaved runs, the server on one core and the load on the other.
The load itself received {report["ceiling"] / 1e6:.1f} million lines/s when a C program on the other core sent them.
Lost lines and faults (doubled, out of order, broken) are sums over all runs.
"""
    lines = [
        about,
        *(f"- {name}: {version}" for name, version in report["versions"].items()),
        f"- missing here: {', '.join(report['missing']) or 'none'}",
        "",
        f"| {' | '.join(columns)} |",
        f"| {' | '.join('---' for _ in columns)} |",
    ]
    order = [server.name for server in SERVERS].index
    for row in sorted(rows, key=lambda row: (row["clients"], row["in_flight"], order(row["server"]))):
        slow = at(rows, PER_LINE, row["clients"], row["in_flight"])
        best = at(rows, REFERENCE, row["clients"], row["in_flight"])
        cells = [
            f"{row['clients']:,}",
            row["in_flight"],
            row["server"],
            f"{row['delivered_per_s']:,.0f}",
            f"{row['per_cpu_s']:,.0f}",
            ratio(row, slow, "delivered_per_s"),
            ratio(row, best, "delivered_per_s"),
            f"{row['p50_us']:,.0f}",
            f"{row['p99_us']:,.0f}",
            ratio(row, slow, "p50_us"),
            row["lost"] + row["lost_joining"],
            row["doubled"] + row["disordered"] + row["broken"],
            f"{row['join_s']:.2f}",
            f"{row['bytes_per_client']:,.0f}",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def plot(rows: list[Row], in_flight: int, key: str, label: str, name: str) -> None:
    """Draw a figure for each server and number of clients."""
    sizes = sorted({row["clients"] for row in rows})
    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    shown = [server for server in SERVERS if server.colour]
    width = 0.8 / len(shown)
    for place, server in enumerate(shown):
        found = [(at_size, at(rows, server.name, size, in_flight)) for at_size, size in enumerate(sizes)]
        bars = [(x + place * width - 0.4, row[key]) for x, row in found if row]
        axes.bar(
            [x for x, _ in bars], [y for _, y in bars], width, color=server.colour, label=server.name, align="edge"
        )
    axes.set_yscale("log")
    axes.set_xticks(range(len(sizes)), [f"{size:,} clients" for size in sizes])
    axes.set_ylabel(label)
    axes.set_title(f"{label}, {in_flight} {'line' if in_flight == 1 else 'lines'} in flight")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(ncols=4, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.1))
    figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Write the table and the plots."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "udpchat"
    report = json.loads((RESULTS / "results.json").read_text(encoding="utf-8"))
    (RESULTS / "results.md").write_text(table(report), encoding="utf-8")
    rows = report["medians"]
    loads = {row["in_flight"] for row in rows}
    for in_flight in sorted(loads):
        plot(rows, in_flight, "delivered_per_s", "lines delivered per second", f"lines-{in_flight}")
        plot(rows, in_flight, "per_cpu_s", "lines delivered per CPU-second of the server", f"cpu-{in_flight}")
        plot(rows, in_flight, "p50_us", "median latency in microseconds", f"latency-{in_flight}")


if __name__ == "__main__":
    main()
