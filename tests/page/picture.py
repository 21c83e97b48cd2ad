"""Draw docs/page.png, the picture in the README: `python -m tests.page.picture`.

A page and two netcats talk in a real room. The picture shows the page, and beside it the terminal of one of the others.
"""

from __future__ import annotations

import tempfile
from base64 import b64encode
from contextlib import ExitStack
from html import escape
from pathlib import Path
from urllib.parse import quote

from tests.app.clients.processes import Program, needs, running, serving
from tests.page.browsers import Browser, browser
from tests.page.page import Page, Pages
from tests.waiting import until

FILE = Path(__file__).parents[2] / "docs" / "page.png"
MAX_BYTES = 150_000  # of the picture: a page on a slow line shows it at once
PAGE, TERMINAL, GAP, MARGIN = (900, 450), 400, 20, 20  # pixels
PORT = 12000  # that the picture shows; the server has any

FRAME = """<!doctype html><style>
body {{ margin: 0; padding: {margin}px; display: flex; gap: {gap}px; background: #e9edeb; }}
img, pre {{ border-radius: 10px; box-shadow: 0 4px 18px #0003; height: {height}px; box-sizing: border-box; margin: 0; }}
pre {{ width: {terminal}px; padding: 18px; background: #1b201f; color: #cdd6d2; overflow: hidden;
  font: 14px/1.6 "DejaVu Sans Mono", monospace; white-space: pre-wrap; }}
b {{ color: #fff; }} i {{ color: #8fa39b; font-style: normal; }}
</style><img src="data:image/png;base64,{page}" width="{width}">\
<pre><i>$ nc -u 192.168.1.20 {port}</i>\n{lines}</pre>"""


def talk(page: Page, ben: Program, cleo: Program) -> list[tuple[str, bool]]:
    """Let the three talk; return what is in ben's terminal: each line, and whether he typed it."""
    typed: list[tuple[str, bool]] = []

    def says(line: str, shown: str) -> None:
        ben.say(line)
        ben.prints(shown)
        typed.append((line, True))

    says("/nick ben", "new nickname set .*->ben")
    cleo.say("/nick cleo")
    ben.prints(".* changed their nickname to cleo")
    page.join("ana")
    page.say("hi, I am in the browser")
    ben.prints("ana: hi, I am in the browser")
    says("and I have nothing but netcat", "ben: and I have.*")
    page.reads("and I have nothing but netcat")
    cleo.say("ana: is the patch on lab7 already?")
    page.reads("ana: is the patch on lab7 already?")
    ben.prints("cleo: ana: is .*")
    page.say("/me looks at https://lab7.example/status")
    ben.prints(r"\* ana looks at.*")
    page.say("yes, since ten minutes")
    ben.prints("ana: yes.*")
    says("/me takes the cable out", r"\* ben takes.*")
    page.waits(".action .what", "takes the cable out")
    cleo.say("/msg ana thank you")
    page.waits("#privates li", "cleo")
    lines: list[tuple[str, bool]] = []
    for line in ben.printed:
        name, _, text = line.partition(": ")
        own = next((each for each in typed if each[0] == text or line == f"* ben{each[0].removeprefix('/me')}"), None)
        if own and name in {"ben", line}:
            lines.append(own)
        elif line.startswith("new nickname set"):
            lines.append(typed[0])
        lines.append((line, False))
    return lines


def draw(chromium: Browser) -> bytes:
    """Return the picture."""
    needs("nc.openbsd")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(serving(folder))
        command = ["nc.openbsd", "-u", "localhost", str(server.port)]
        ben, cleo = (stack.enter_context(running(command)) for _ in range(2))
        page = Pages(chromium).open(f"http://localhost:{server.port}/")
        page.looks(PAGE)
        lines = talk(page, ben, cleo)
        page.js("document.activeElement.blur()")
        until(lambda: not page.all(".sending"))
        shot = chromium.driver.get_screenshot_as_png()
    terminal = "\n".join(f"<b>{escape(line)}</b>" if typed else escape(line) for line, typed in lines)
    frame = FRAME.format(
        page=b64encode(shot).decode(),
        width=PAGE[0],
        height=PAGE[1],
        terminal=TERMINAL,
        margin=MARGIN,
        gap=GAP,
        port=PORT,
        lines=terminal,
    )
    chromium.driver.get("about:blank")
    chromium.driver.execute_script(
        "document.open(); document.write(decodeURIComponent(arguments[0])); document.close()", quote(frame)
    )
    page.looks((PAGE[0] + TERMINAL + GAP + 2 * MARGIN, PAGE[1] + 2 * MARGIN))
    until(lambda: page.js("return document.images[0].complete"))
    return bytes(chromium.driver.get_screenshot_as_png())


if __name__ == "__main__":
    with browser() as chromium:
        FILE.write_bytes(draw(chromium))
