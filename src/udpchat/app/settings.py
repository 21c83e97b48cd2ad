"""The settings, one class. Command line over `UDPCHAT_*` environment over TOML file over the default given here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs
import click
import typed_settings as ts

from udpchat.adapters.nats.addresses import NAME
from udpchat.adapters.udp.sockets import MAX_PAYLOAD
from udpchat.app.logs.configuration import LogFormat, LogLevel
from udpchat.domain.admission.gate import Mode
from udpchat.domain.limits import COMMON_DATAGRAM, COMMON_LINE, MAX_DATAGRAM, MIN_DATAGRAM
from udpchat.domain.secret import ShowAddresses

MAX_RATE = 1_000_000  # lines/s: more than a machine takes
MAX_CLIENTS = 1_000_000
MAX_HISTORY = 1_000_000  # lines
MAX_DAYS = 36_500
MAX_IDLE = 365 * 24 * 3600  # seconds

FanOut = Literal["auto", "sendto"]


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


def _name(what: str) -> Callable[[object, object, str], None]:
    """Return a validator for the name of a node or a room, which may be left out."""

    def validate(_: object, __: object, value: str) -> None:
        if value and not NAME.fullmatch(value):
            raise ValueError(f"{value!r} is no name for a {what}: up to 32 letters, digits, - and _")

    return validate


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
    admission: Mode = ts.option(
        default="auto",
        help="Who has to send back a code before joining: auto is everybody but loopback, link-local and private "
        "addresses, code is everybody, open is nobody.",
    )
    rate: int = _number(0, MAX_RATE, 10, "Lines a client may say a second; six seconds' worth at once. 0 is no limit.")
    prefix_rate: int = _number(
        0, MAX_RATE, 200, "The same for all clients of one IPv4 address or IPv6 /64, but for loopback."
    )
    server_rate: int = _number(0, MAX_RATE, 2000, "The same for all clients together.")
    code_rate: int = _number(0, MAX_RATE, 100, "Strangers to answer a second. 0 is no limit.")
    max_clients: int = _number(1, MAX_CLIENTS, 10_000, "Clients to let in.")
    max_clients_per_prefix: int = _number(
        1, MAX_CLIENTS, 64, "Clients to let in from one IPv4 address or IPv6 /64, but for loopback."
    )
    idle_timeout: int = _number(
        0,
        MAX_IDLE,
        0,
        "Disconnect a client that sends nothing for so long. 0 is never: listening is no crime.",
        metavar="SECONDS",
    )
    show_addresses: ShowAddresses = ts.option(
        default="auto",
        help="Addresses in /list: auto shows loopback, link-local and private ones, and for others a word that is the "
        "same for all clients of one IPv4 address or IPv6 /64.",
    )
    journal: str = ts.option(
        default="",
        help="File in which the room is kept, so that a server started again knows everybody and what was said. "
        "Without it all is forgotten when the server ends.",
        click={"metavar": "FILE"},
    )
    cluster: str = ts.option(
        default="",
        help="NATS servers with JetStream that keep the room, as nats://HOST:PORT or tls://HOST:PORT, with commas "
        "between them; every server of this program that names them and the same room serves it.",
        click={"metavar": "URLS"},
    )
    cluster_room: str = ts.option(
        default="lobby", validator=_name("room"), help="Name of the room in the cluster.", click={"metavar": "NAME"}
    )
    cluster_replicas: int = _number(1, 5, 1, "Copies that a new room has in the cluster: 3 outlive one of them.")
    cluster_credentials: str = ts.option(
        default="", help="File with the credentials for the cluster.", click={"metavar": "FILE"}
    )
    cluster_ca: str = ts.option(
        default="",
        help="File with the certificates by which to know the cluster, instead of this machine's.",
        click={"metavar": "FILE"},
    )
    cluster_cert: str = ts.option(
        default="", help="File with a certificate to show to the cluster, and its key.", click={"metavar": "FILE"}
    )
    node: str = ts.option(
        default="",
        validator=_name("node"),
        help="Name of this server in the cluster, which no other may have; the name of the machine by default.",
        click={"metavar": "NAME"},
    )
    takes_over: str = ts.option(
        default="",
        validator=_name("node"),
        help="Name of a node that is gone and whose addresses this machine has now: its clients become this one's.",
        click={"metavar": "NAME"},
    )
    node_lease: int = _number(
        3, 3600, 15, "How long this node may be gone until its clients are disconnected.", metavar="SECONDS"
    )
    commit_timeout: int = _number(
        1,
        60,
        2,
        "How long a line waits for the cluster until its sender is told that it was not sent.",
        metavar="SECONDS",
    )
    history_keep: int = _number(0, MAX_HISTORY, 10_000, "Lines to keep for /history.", metavar="LINES")
    history_days: int = _number(
        0, MAX_DAYS, 0, "Days after which a line is forgotten even so. 0 is never.", metavar="DAYS"
    )
    history_on_join: int = _number(0, MAX_HISTORY, 0, "Lines said last to show to who comes in.", metavar="LINES")
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
