"""Medians of the runs, and tables that set servers against each other."""

from __future__ import annotations

import statistics
from typing import Any

from peers.servers import PER_LINE, REFERENCE

Row = dict[str, Any]
SCENARIO = ("server", "clients", "in_flight")
FAULTS = ("lost", "doubled", "disordered", "broken", "lost_joining")  # of lines


def medians(found: list[Row]) -> list[Row]:
    """Return the median of each figure for each server and scenario; of the faults, the sum."""
    rows: dict[tuple[Any, ...], list[Row]] = {}
    for result in found:
        rows.setdefault(tuple(result[key] for key in SCENARIO), []).append(result)
    return [
        dict(zip(SCENARIO, scenario, strict=True))
        | {"runs": len(results)}
        | {key: statistics.median(each[key] for each in results) for key in results[0] if key not in SCENARIO + FAULTS}
        | {key: sum(each[key] for each in results) for key in FAULTS}
        for scenario, results in rows.items()
    ]


def at(rows: list[Row], server: str, clients: int, in_flight: int) -> Row | None:
    """Return the row of a server and scenario, or None if it was not measured."""
    wanted = (server, clients, in_flight)
    return next((row for row in rows if tuple(row[key] for key in SCENARIO) == wanted), None)


def ratio(row: Row, other: Row | None, key: str) -> str:
    """Return a figure divided by that of the other row, or a dash if there is none."""
    return f"{row[key] / other[key]:.2f}" if other and other[key] else "-"


def ratios(rows: list[Row]) -> str:
    """Return each server against the C reference and against one datagram per line, as Markdown."""
    header = f"| clients | in flight | server | lines/s | of {REFERENCE} | per CPU-second, of {REFERENCE} "
    lines = [f"{header}| p50, µs | of {PER_LINE} | lost |", f"|{' --- |' * 9}"]
    for row in rows:
        clients, in_flight = row["clients"], row["in_flight"]
        fast, slow = (at(rows, name, clients, in_flight) for name in (REFERENCE, PER_LINE))
        figures = [f"{clients:,}", str(in_flight), row["server"], f"{row['delivered_per_s']:,.0f}"]
        figures += [ratio(row, fast, key) for key in ("delivered_per_s", "per_cpu_s")]
        figures += [f"{row['p50_us']:,.0f}", ratio(row, slow, "p50_us"), str(row["lost"])]
        lines.append(f"| {' | '.join(figures)} |")
    return "\n".join(lines)


def comparison(rows: list[Row], one: str, other: str) -> str:
    """Return the figures of one server against those of another, as Markdown."""
    header = f"| clients | in flight | lines/s, {one} | lines/s, {other} | ratio | per CPU-second, ratio "
    lines = [f"{header}| p50, ratio | p50 more, µs | lost |", f"|{' --- |' * 9}"]
    for row in rows:
        before = at(rows, other, row["clients"], row["in_flight"])
        if row["server"] != one or before is None:
            continue
        figures = [f"{row['clients']:,}", str(row["in_flight"])]
        figures += [f"{each['delivered_per_s']:,.0f}" for each in (row, before)]
        figures += [ratio(row, before, key) for key in ("delivered_per_s", "per_cpu_s", "p50_us")]
        figures += [f"{row['p50_us'] - before['p50_us']:.0f}", str(row["lost"])]
        lines.append(f"| {' | '.join(figures)} |")
    return "\n".join(lines)
