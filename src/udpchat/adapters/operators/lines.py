"""The lines of the operators' file: each has a name and a secret, unless it is blank or a comment.

    # teachers
    ana JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP
    Ben mfrg gzdf mztw q2lk mfrg gzdf mztw q2lk  # until June

The words of a line are separated by blanks. A word that begins with # begins a comment. The words behind the name are
the secret in base32 (RFC 4648 section 6), in small or capital letters, with or without its padding.
"""

from __future__ import annotations

import base64
import binascii
import re

import attrs

NAME = re.compile(r"[A-Za-z0-9_-]{1,24}")  # as long as a nickname, and safe in a URI, a journal and a shell
NAME_RULE = "use 1 to 24 letters, digits, - and _"
MIN_SECRET = 16  # bytes: RFC 4226 section 4, R6
MAX_SECRET = 64  # bytes: HMAC-SHA-1 hashes a longer key before it is used (RFC 2104 section 2)


class OperatorsError(Exception):
    """The operators' file cannot be used, or not in this way. The text is a sentence that has no secret in it."""


@attrs.frozen
class Operator:
    """An operator as the file has it. `secret` is base32 in capital letters without padding."""

    name: str
    secret: str = attrs.field(repr=False)
    line: int = attrs.field(default=0, eq=False)  # its number in the file, from 1

    @property
    def key(self) -> str:
        """The name as it is compared: letter case makes no difference."""
        return key_of(self.name)


def key_of(name: str) -> str:
    """Return a name as it is compared, or "" if no operator can have it."""
    return name.lower() if NAME.fullmatch(name) else ""


def operators_in(content: bytes, path: object) -> tuple[Operator, ...]:
    """Return the operators in the content of the file at `path`, in its order.

    Raise `OperatorsError`. It names a line by its number alone: any of its words may be a part of a secret.
    """
    found: dict[str, Operator] = {}
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        operator = _operator(line, number, f"{path}, line {number}")
        if operator is None:
            continue
        earlier = found.setdefault(operator.key, operator)
        if earlier is not operator:
            raise OperatorsError(f"{path}, line {number} has the same name as line {earlier.line}: remove one of them")
    return tuple(found.values())


def _operator(line: bytes, number: int, place: str) -> Operator | None:
    try:
        words = line.decode().split()
    except UnicodeDecodeError:
        raise OperatorsError(f"{place} is not UTF-8 text: correct it or remove it") from None
    comment = next((position for position, word in enumerate(words) if word.startswith("#")), len(words))
    if not comment:
        return None
    name, *groups = words[:comment]
    if not NAME.fullmatch(name):
        raise OperatorsError(f"{place} does not begin with the name of an operator: {NAME_RULE}")
    secret = "".join(groups).rstrip("=").upper()
    if not MIN_SECRET <= _size(secret) <= MAX_SECRET:
        raise OperatorsError(
            f"{place} has no secret in base32 of {MIN_SECRET} to {MAX_SECRET} bytes behind the name: "
            "remove it, and add the operator again"
        )
    return Operator(name, secret, number)


def _size(secret: str) -> int:
    """Return the size of a secret in bytes, 0 if it is not base32."""
    try:
        return len(base64.b32decode(secret + "=" * (-len(secret) % 8)))
    except (ValueError, binascii.Error):
        return 0
