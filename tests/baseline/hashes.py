"""What each peer is sent, as hashes: of its datagrams, and of the lines in them."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.baseline.scenes import alone, clustered, recorded

SEEDS = 200
FILE = Path(__file__).with_name("hashes.json")
CORPUS = sorted(Path(__file__).parents[1].joinpath("fuzz", "corpus").iterdir())


def digest(sent: Mapping[str, Sequence[bytes]]) -> tuple[str, str]:
    """Return the hash with the borders of datagrams, and that without."""
    whole, lines = hashlib.sha256(), hashlib.sha256()
    for where in sorted(sent):
        whole.update(repr((where, sent[where])).encode())
        lines.update(repr((where, b"".join(sent[where]))).encode())
    return whole.hexdigest()[:16], lines.hexdigest()[:16]


def one(job: tuple[str, int]) -> tuple[str, tuple[str, str]]:
    """Return the hashes of one scene."""
    kind, number = job
    match kind:
        case "alone":
            sent = alone(number)
        case "clustered":
            sent = clustered(number)
        case _:
            sent = recorded(CORPUS[number].read_bytes())
    return f"{kind} {number}", digest(sent)


def hashed() -> dict[str, tuple[str, str]]:
    """Return the hashes of all scenes."""
    jobs = [("alone", seed) for seed in range(SEEDS)] + [("clustered", seed) for seed in range(SEEDS)]
    jobs += [("recorded", number) for number in range(len(CORPUS))]
    with multiprocessing.Pool() as pool:
        return dict(pool.imap(one, jobs, chunksize=10))


def differing() -> dict[str, str]:
    """Return which scenes differ from the file, and in what."""
    before, now = json.loads(FILE.read_text(encoding="utf-8")), hashed()
    return {
        name: "lines" if now[name][1] != lines else "datagrams"
        for name, (whole, lines) in before.items()
        if list(now[name]) != [whole, lines]
    }
