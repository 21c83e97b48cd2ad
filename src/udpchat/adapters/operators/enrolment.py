"""What a new operator gives an authenticator app: a secret, as a URI and as a QR code for a terminal."""

from __future__ import annotations

import io

import pyotp
import segno

from udpchat.adapters.operators.lines import Operator

ISSUER = "udpchat"  # an app shows it beside the name of the operator
BLOCKS = "\u2580\u2584\u2588"  # the characters of a compact QR code: upper half, lower half, full
BORDER = 4  # modules (ISO/IEC 18004 section 6.3.8)
NARROW_BORDER = 1  # module, of the wide form: more would not fit into the 80 columns of a terminal


def new_operator(name: str) -> Operator:
    """Return an operator with a new secret of 160 random bits, as RFC 4226 section 4 recommends."""
    return Operator(name, pyotp.random_base32())


def uri(operator: Operator) -> str:
    """Return the `otpauth://` URI that apps read (the Key Uri Format of Google Authenticator)."""
    return pyotp.TOTP(operator.secret).provisioning_uri(name=operator.name, issuer_name=ISSUER)


def qr_code(text: str, *, blocks: bool) -> str:
    """Return lines that show a QR code on a terminal with light letters on a dark background.

    With `blocks`, a character is two modules, one above the other. Without, a module is two blanks, in reverse video
    if it is light (ECMA-48 SGR 7).
    """
    out = io.StringIO()
    segno.make_qr(text).terminal(out, border=BORDER if blocks else NARROW_BORDER, compact=blocks)
    return out.getvalue()
