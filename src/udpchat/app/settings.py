"""The settings, one class. Command line over `UDPCHAT_*` environment over TOML file over the default given here."""

from __future__ import annotations

from typing import Literal

import attrs
import click
import typed_settings as ts

from udpchat.adapters.sockets import MAX_PAYLOAD
from udpchat.domain.wording import MIN_DATAGRAM

MAX_DATAGRAM = 8192  # bytes: a netcat reads no more of a datagram, the rest is lost
COMMON_DATAGRAM = (
    1400  # bytes: with all headers under the 1,500 that Ethernet and most tunnels over it take in one piece
)
COMMON_LINE = 8000  # bytes: a pasted paragraph or two; a page is more than one line

FanOut = Literal["auto", "sendto"]
LogFormat = Literal["auto", "console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


def _number(low: int, high: int, default: int, help_text: str, **attributes: str) -> int:
    """Return a setting checked where it is made, and on the command line, where the message names the option."""
    number = click.IntRange(low, high)
    number.name = "integer"  # for "'abc' is not a valid integer"
    return ts.option(
        default=default,
        help=help_text,
        validator=[attrs.validators.ge(low), attrs.validators.le(high)],
        click={"type": number, **attributes},
    )


@attrs.frozen
class Settings:
    """How a room is opened."""

    port: int = _number(0, 65_535, 12_000, "Port to listen on; 0 picks a free one.", param_decls="port")
    host: str = ts.option(
        default="localhost",
        help="Name or address to listen on: every address that the name resolves to. 0.0.0.0 is every IPv4 address of "
        "this machine, :: every IPv6 and IPv4 address.",
        click={"metavar": "NAME"},
    )
    max_datagram: int = _number(
        MIN_DATAGRAM,
        MAX_DATAGRAM,
        COMMON_DATAGRAM,
        "Largest datagram to send, in bytes. What is longer is sent in several, of whole lines.",
        metavar="BYTES",
    )
    max_line: int = _number(
        1,
        MAX_PAYLOAD,
        COMMON_LINE,
        "Longest line to accept from a client, in bytes. What is longer is refused, and its sender told.",
        metavar="BYTES",
    )
    fan_out: FanOut = ts.option(
        default="auto",
        help="How a line is sent to many: auto is sendmmsg, one system call for all, where there is one, and sendto, "
        "one for each, elsewhere.",
    )
    log_format: LogFormat = ts.option(
        default="auto",
        help="Form of the log on standard error. auto is console on a terminal and json elsewhere.",
    )
    log_level: LogLevel = ts.option(
        default="info",
        help="Least severe messages to log. debug shows what people say.",
    )
