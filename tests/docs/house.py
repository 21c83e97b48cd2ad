"""Draw docs/house.svg and docs/line.svg, the pictures in docs/architecture.md: `python -m tests.docs.house`.

The house is drawn from the code: the order of its wings is that of the import contracts in pyproject.toml, and the text
beside a wing is the first sentence of its docstring. The way of a line is the table `WAY`.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "udpchat"
HOUSE, LINE = ROOT / "docs" / "house.svg", ROOT / "docs" / "line.svg"

FLOORS = {"app": "#9a4f96", "adapters": "#2f7d4f", "domain": "#3465a4"}  # from the top, with their colours
WIDTH = 880  # pixels of each picture
OPENING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"
 font-family="system-ui, Helvetica, Arial, sans-serif" font-size="12">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0l8 4-8 4z" fill="#5b6472"/></marker></defs>
<rect width="{width}" height="{height}" rx="8" fill="#f6f7f9"/>
"""


@attrs.frozen
class Text:
    """Where a text begins, in pixels, and how it looks."""

    x: float
    y: float
    colour: str = "#1b1f27"
    style: str = ""

    def svg(self, words: str) -> str:
        """Return it as an element."""
        return f'<text x="{self.x:g}" y="{self.y:g}" fill="{self.colour}"{self.style}>{escape(words)}</text>\n'


NAME = ' font-family="ui-monospace, Menlo, Consolas, monospace" font-weight="bold"'
LABEL = ' font-style="italic"'


def box(x: float, y: float, size: tuple[float, float], look: str) -> str:
    """Return a rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{size[0]:g}" height="{size[1]:g}" rx="5" {look}/>\n'


def purpose(module: Path) -> str:
    """Return the first sentence of the docstring of a package or a module, which has no suffix here."""
    file = module / "__init__.py" if module.is_dir() else module.with_suffix(".py")
    words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return re.split(r"\.(?:\s|$)", words.replace("`", ""), maxsplit=1)[0].replace("\n", " ")


def layers(floor: str) -> Iterator[list[str]]:
    """Yield the wings of a floor, as the import contracts have them: a wing may import those of later layers only."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    for contract in contracts:
        if f"udpchat.{floor}" in contract.get("containers", ()):
            for layer in contract["layers"]:
                yield [name.strip() for name in layer.split(":")]


ROW, HEAD, LAYER, FLOOR = 19, 30, 5, 12  # pixels: a wing, the name of a floor, between two layers, between two floors


def house() -> str:
    """Return the picture of the floors and their wings as SVG."""
    parts, y = [], float(FLOOR)
    for floor, colour in FLOORS.items():
        groups = list(layers(floor))
        height = HEAD + sum(len(group) * ROW + LAYER for group in groups) + LAYER
        parts.append(box(FLOOR, y, (WIDTH - 2 * FLOOR, height), f'fill="#fff" stroke="{colour}" stroke-width="2"'))
        parts.append(Text(24, y + 20, colour, f'{NAME} font-size="15"').svg(f"{floor}/"))
        parts.append(Text(116, y + 20, "#5b6472").svg(purpose(PACKAGE / floor)))
        y += HEAD
        for group in groups:
            parts.append(box(20, y, (WIDTH - 40, len(group) * ROW), f'fill="{colour}" fill-opacity="0.09"'))
            for name in group:
                module = PACKAGE / floor / name
                shown = f"{name}/" if module.is_dir() else f"{name}.py"
                parts.append(Text(28, y + 14, colour, NAME).svg(shown))
                parts.append(Text(150, y + 14).svg(purpose(module)))
                y += ROW
            y += LAYER
        y += LAYER + FLOOR
    return "".join([OPENING.format(width=WIDTH, height=round(y)), *parts, "</svg>\n"])


@attrs.frozen
class Step:
    """A step on the way of a line: the floor and the module that takes it, what it does, and what comes out of it."""

    floor: str
    module: str
    does: str
    gives: str = ""


WAY = (
    Step("adapters", "udp/carrier.py", "receives all that waits, up to 256", "datagrams"),
    Step("app", "hub/intake.py", "takes the batch", "Datagram"),
    Step("domain", "admission/gate.py", "lets it pass, or counts why not", "bytes"),
    Step("domain", "text/lines.py", "makes clean lines of it", "lines"),
    Step("app", "hub/intake.py", "makes an input of each line", "Input(at, entropy, sender, line)"),
    Step("app", "hub/hub.py", "gives the journal the inputs", "list[Input]"),
    Step("adapters", "sqlite/journal.py", "commits them (or memory/, nats/)", "Input, committed, in order"),
    Step("domain", "machine/chat.py", "handles one input", "(audience, event)"),
    Step("app", "hub/outbox.py", "collects what the batch causes", "event"),
    Step("domain", "dialects/text_encoder.py", "writes an event once for all", "lines of bytes"),
    Step("domain", "dialects/packer.py", "fills a run for each crowd", "datagrams, addresses"),
    Step("adapters", "udp/carrier.py", "sends them, on Linux in one system call"),
)
COLUMNS = {"adapters": 14, "app": 304, "domain": 594}  # pixels from the left
BOX, STEP, TOP = (272, 42), 70, 40  # pixels: a step, from one to the next, and the heads of the columns


def line() -> str:
    """Return the picture of the way of a line as SVG."""
    height = TOP + len(WAY) * STEP - 14
    parts = [OPENING.format(width=WIDTH, height=height)]
    for floor, x in COLUMNS.items():
        parts.append(box(x - 8, 8, (BOX[0] + 16, height - 16), f'fill="{FLOORS[floor]}" fill-opacity="0.06"'))
        parts.append(Text(x, 27, FLOORS[floor], f'{NAME} font-size="15"').svg(f"{floor}/"))
    for number, step in enumerate(WAY):
        x, y, colour = COLUMNS[step.floor], TOP + number * STEP, FLOORS[step.floor]
        parts.append(box(x, y, BOX, f'fill="#fff" stroke="{colour}" stroke-width="1.5"'))
        parts.append(Text(x + 10, y + 17, colour, NAME).svg(f"{number + 1}  {step.module}"))
        parts.append(Text(x + 10, y + 34).svg(step.does))
        if step.gives:
            begin, end = x + BOX[0] / 2, COLUMNS[WAY[number + 1].floor] + BOX[0] / 2
            way = f"M{begin:g} {y + BOX[1]}v10H{end:g}V{y + STEP - 1}"
            parts.append(f'<path d="{way}" fill="none" stroke="#5b6472" stroke-width="1.5" marker-end="url(#tip)"/>\n')
            near, style = (-8, f'{LABEL} text-anchor="end"') if end > COLUMNS["domain"] else (8, LABEL)
            parts.append(Text(end + near, y + BOX[1] + 22, "#5b6472", style).svg(step.gives))
    return "".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    HOUSE.write_text(house(), encoding="utf-8")
    LINE.write_text(line(), encoding="utf-8")
