"""What a new operator gives an authenticator app."""

from __future__ import annotations

import base64
import re

import pyotp
import pytest
import segno

from tests.adapters.operators.files import ANA
from udpchat.adapters.operators.enrolment import BLOCKS, new_operator, qr_code, uri
from udpchat.adapters.operators.lines import Operator

URI = f"otpauth://totp/udpchat:ana?secret={ANA.secret}&issuer=udpchat"
PIXELS = {" ": (1, 1), BLOCKS[0]: (0, 1), BLOCKS[1]: (1, 0), BLOCKS[2]: (0, 0)}  # 1 is dark: the background


def test_secrets_are_random() -> None:
    """Each new operator has another secret of 160 bits."""
    secrets = {base64.b32decode(new_operator("ana").secret) for _ in range(50)}
    assert len(secrets) == 50
    assert {len(secret) for secret in secrets} == {20}


def test_the_uri() -> None:
    """It has name, secret and issuer, and an app that reads it makes the same codes."""
    assert uri(ANA) == URI
    app = pyotp.parse_uri(uri(ANA))
    assert isinstance(app, pyotp.TOTP)
    assert app.at(59) == "287082"


def modules() -> list[list[int]]:
    """Return the modules of the QR code of the URI, by rows: 1 is dark."""
    return [[int(bit) for bit in row] for row in segno.make_qr(URI).matrix_iter(border=0)]


def test_a_qr_code_of_blocks() -> None:
    """It shows each module, with four light ones around all."""
    rows = [[PIXELS[character] for character in line] for line in qr_code(URI, blocks=True).splitlines()]
    pixels = [[pixel[half] for pixel in row] for row in rows for half in (0, 1)]
    size = len(modules())
    assert [row[4:-4] for row in pixels[4 : 4 + size]] == modules()
    around = [*pixels[:4], *pixels[4 + size : 8 + size], *(row[:4] + row[-4:] for row in pixels[: size + 8])]
    assert not any(any(row) for row in around)


@pytest.mark.parametrize("name", ["ana", "a" * 24])
def test_a_qr_code_in_ascii(name: str) -> None:
    """It fits into 80 columns, and has light modules in reverse video and dark ones without it."""
    lines = qr_code(uri(Operator(name, ANA.secret)), blocks=False).splitlines()
    assert all(line.isascii() for line in lines)
    assert {len(re.sub(r"\x1b\[\d+m", "", line)) for line in lines} == {78}


def test_the_modules_in_ascii() -> None:
    """They are those of the code."""
    rows = [
        [style == "49" for style, blanks in re.findall(r"\x1b\[(7|49)m( +)\x1b\[0m", line) for _ in blanks[::2]]
        for line in qr_code(URI, blocks=False).splitlines()
    ]
    assert [row[1:-1] for row in rows[1:-1]] == modules()
