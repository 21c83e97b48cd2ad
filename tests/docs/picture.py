"""Draw docs/room.svg, the picture in the tour: `python -m tests.docs.picture`.

Three people talk in a real room, on the network in memory. The picture shows what each of them types and receives.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from tests.room import Room

FILE = Path(__file__).parents[2] / "docs" / "room.svg"
PEOPLE = (
    ("ben", "nc -u 10.0.0.5 12000"),
    ("ana", "ncat -u 10.0.0.5 12000"),
    ("cleo", "socat - UDP:10.0.0.5:12000"),
)
CONVERSATION = (("ben", "anyone here?"), ("ana", "yes, from the lab"), ("cleo", "and the server room"))

WIDTH, HEIGHT, GAP = 270, 156, 15  # pixels of a terminal, and between two
TOP, STEP = 72, 22  # pixels from its upper edge to the first line, and from line to line
OPENING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
 font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">
"""
FRAME = """\
<g transform="translate({x} 0)">
<rect width="{width}" height="{height}" rx="8" fill="#1b1f27"/>
<path d="M0 34V8a8 8 0 0 1 8-8h{inner}a8 8 0 0 1 8 8v26z" fill="{colour}"/>
<circle cx="20" cy="12" r="5" fill="#fff"/>
<path d="M11 27a9 9 0 0 1 18 0z" fill="#fff"/>
<text x="38" y="22" fill="#fff" font-weight="bold">{name}</text>
<text x="12" y="50" fill="#8b93a1">$ {command}</text>
{lines}
</g>
"""
COLOURS = ("#3465a4", "#2f7d4f", "#9a4f96")
TYPED, RECEIVED = ("#ffffff", "bold"), ("#b9c0cc", "normal")


def conversation() -> dict[str, list[tuple[str, bool]]]:
    """Return the lines in each person's terminal: the text, and whether the person typed it."""
    room = Room()
    clients = {name: room.client() for name, _ in PEOPLE}
    for name, client in clients.items():
        client.say(f"/nick {name}\n")
    for client in clients.values():
        client.hears()
    screens: dict[str, list[tuple[str, bool]]] = {name: [] for name in clients}
    for speaker, line in CONVERSATION:
        screens[speaker].append((line, True))
        clients[speaker].say(f"{line}\n")
        for name, client in clients.items():
            screens[name] += [(received, False) for received in client.hears()]
    return screens


def picture() -> str:
    """Return the picture as SVG."""
    screens = conversation()
    width = len(PEOPLE) * (WIDTH + GAP) - GAP
    parts = [OPENING.format(width=width, height=HEIGHT)]
    for number, (name, command) in enumerate(PEOPLE):
        lines = []
        for row, (text, typed) in enumerate(screens[name]):
            colour, weight = TYPED if typed else RECEIVED
            y = TOP + row * STEP
            lines.append(f'<text x="12" y="{y}" fill="{colour}" font-weight="{weight}">{escape(text)}</text>')
        parts.append(
            FRAME.format(
                x=number * (WIDTH + GAP),
                width=WIDTH,
                height=HEIGHT,
                inner=WIDTH - 16,
                colour=COLOURS[number],
                name=name,
                command=escape(command),
                lines="\n".join(lines),
            )
        )
    return "".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
