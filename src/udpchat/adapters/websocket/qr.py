"""QR codes of an address: for a terminal, and as SVG for a projector (ISO/IEC 18004)."""

from __future__ import annotations

import io

import segno

BORDER = 4  # modules (ISO/IEC 18004 section 6.3.8)
NARROW = 2  # modules, on a terminal: enough for the phones that were tried, and two rows less
SCALE = 10  # pixels of a module, where nothing else sets a size


def svg(address: str) -> bytes:
    """Return the code as an SVG image: black on white, so that it is read in a dark page too."""
    out = io.BytesIO()
    segno.make_qr(address).save(out, kind="svg", scale=SCALE, border=BORDER, light="#fff", xmldecl=False, svgns=True)
    return out.getvalue()


def blocks(address: str) -> str:
    """Return lines that show the code on a terminal, two modules in a character."""
    out = io.StringIO()
    segno.make_qr(address).terminal(out, border=NARROW, compact=True)
    return out.getvalue().rstrip("\n")
