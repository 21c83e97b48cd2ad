"""How soon a server knows again what was: `python benchmarks/start.py`.

A journal is written with a snapshot of 10,000 members and 10,000 lines, and 100,000 inputs after it; then it is read
and told to a chat, as a server does when it starts. Everything is in a temporary folder.
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


def written(journal: SqliteJournal, chat: Chat) -> float:
    """Fill a journal; return how long the snapshot took, in seconds."""
    random = Random(0)  # noqa: S311 - nicknames are no secret

    def given(number: int, line: str) -> Input:
        return Input(float(number), random.getrandbits(64), address(number % MEMBERS), line)

    inputs = [given(number, "") for number in range(MEMBERS)]
    inputs += [given(number, f"line {number} {'x' * 50}") for number in range(LINES)]
    journal.recover()
    journal.append(inputs)
    for each in journal.committed():
        chat.handle(each)
    began = time.perf_counter()
    journal.save(snapshot(chat))
    took = time.perf_counter() - began
    for batch in range(0, TAIL, 100):
        journal.append([given(number, f"line {number} {'x' * 50}") for number in range(batch, batch + 100)])
    journal.file.close()
    return took


def address(number: int) -> UdpAddress:
    """Return one of many addresses."""
    return address_of((f"10.0.{number // 250}.{number % 250 + 1}", 5000), 0)


def main() -> None:
    """Measure, and print the medians."""
    parser = argparse.ArgumentParser(description="How soon a server knows again what was.")
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    names = NicknameRules(UnicodeTables())
    (sock,) = listen("127.0.0.1", 0)
    codec = Codec(UdpAddressCodec([sock], ReturnPaths()))
    saving, starting = [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal"
            saving.append(written(SqliteJournal(JournalFile.open(path), codec, LINES), Chat(names)))
            began = time.perf_counter()
            journal, chat = SqliteJournal(JournalFile.open(path), codec, LINES), Chat(names)
            recovered = journal.recover()
            restore(chat, recovered.state)
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
