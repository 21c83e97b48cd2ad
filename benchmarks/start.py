"""Measure how long a server takes to restore its room at a start: `python benchmarks/start.py`.

A journal is written: a snapshot of 10,000 members and 10,000 lines, then 100,000 inputs. A new chat restores the
snapshot and handles the inputs, as a server does at a start. All files are in a temporary folder.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from random import Random

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.udp.address import UdpAddress, address_of
from udpchat.adapters.udp.address_codec import UdpAddressCodec
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets.listen import listen
from udpchat.adapters.unicode import UnicodeTables
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.text.nickname import NicknameRules

MEMBERS, LINES, TAIL = 10_000, 10_000, 100_000


def write(journal: SqliteJournal, chat: Chat) -> float:
    """Write the journal; return the seconds that saving the snapshot took."""
    random = Random(0)  # noqa: S311 - nicknames are no secret

    def new_input(number: int, line: str) -> Input:
        return Input(float(number), random.getrandbits(64), address(number % MEMBERS), line)

    inputs = [new_input(number, "") for number in range(MEMBERS)]
    inputs += [new_input(number, f"line {number} {'x' * 50}") for number in range(LINES)]
    journal.recover()
    journal.append(inputs)
    for each in journal.committed():
        chat.handle(each)
    began = time.perf_counter()
    journal.save(snapshot(chat.state))
    took = time.perf_counter() - began
    for batch in range(0, TAIL, 100):
        journal.append([new_input(number, f"line {number} {'x' * 50}") for number in range(batch, batch + 100)])
    journal.file.close()
    return took


def address(number: int) -> UdpAddress:
    """Return the address with this number."""
    return address_of((f"10.0.{number // 250}.{number % 250 + 1}", 5000), 0)


def main() -> None:
    """Measure, and print the medians."""
    parser = argparse.ArgumentParser(description="Measure how long a server takes to restore its room.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    names = NicknameRules(UnicodeTables())
    (sock,) = listen("127.0.0.1", 0)
    codec = Codec(UdpAddressCodec([sock], ReturnPaths()))
    saving, starting = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal"
            saving.append(write(SqliteJournal(JournalFile.open(path), codec, LINES), Chat(names)))
            began = time.perf_counter()
            journal, chat = SqliteJournal(JournalFile.open(path), codec, LINES), Chat(names)
            recovered = journal.recover()
            restore(chat.state, recovered.state)
            for each in recovered.inputs:
                chat.handle(each)
            starting.append(time.perf_counter() - began)
            journal.close()
    sock.close()
    print(f"| start with {MEMBERS:,} members and {TAIL:,} inputs, s | snapshot of {MEMBERS:,} members, s | runs |")
    print("| --- | --- | --- |")
    print(f"| {statistics.median(starting):.2f} | {statistics.median(saving):.2f} | {runs} |")


if __name__ == "__main__":
    main()
