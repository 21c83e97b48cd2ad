"""The settings of a server, with their defaults, ranges and help texts.

A value on the command line replaces one in the environment, which replaces one in the settings file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs
import click
import typed_settings as ts

from udpchat.adapters.nats.addresses import NAME
from udpchat.adapters.udp.sockets.buffers import MAX_PAYLOAD
from udpchat.app.logs.configuration import LogFormat, LogLevel
from udpchat.domain.admission.policy import Mode
from udpchat.domain.admission.strangers import MAX_AMPLIFICATION
from udpchat.domain.limits import (
    COMMON_DATAGRAM,
    COMMON_LINE,
    MAX_DATAGRAM,
    MAX_MOTD_BYTES,
    MAX_MOTD_LINES,
    MIN_DATAGRAM,
)
from udpchat.domain.rooms.cloak import ShowAddresses

MAX_RATE = 1_000_000  # lines per second: more than one machine can handle
MAX_CLIENTS = 1_000_000
MAX_HISTORY = 1_000_000  # lines
MIN_HISTORY_BYTES = 65_536  # a few pages; --history-keep 0 keeps nothing
MAX_HISTORY_BYTES = 1 << 40  # more memory than a machine has
MAX_ROOMS = 100_000
MAX_CLAIMS = 100_000  # they must fit into a snapshot, which a start reads
MAX_DAYS = 36_500
MAX_IDLE = 365 * 24 * 3600  # seconds

FanOut = Literal["auto", "sendto"]


def _number(low: int, high: int, default: int, help_text: str, **attributes: str) -> int:
    """Return a setting with a range. The class checks it, and so does click, whose message names the option."""
    number = click.IntRange(low, high)
    number.name = "integer"  # click prints it: "'abc' is not a valid integer"
    return ts.option(
        default=default,
        help=help_text,
        validator=[attrs.validators.ge(low), attrs.validators.le(high)],
        click={"type": number, **attributes},
    )


def check_name(kind: str, name: str) -> str:
    """Return the name of a node or a cluster, or ""; raise ValueError if it cannot be one."""
    if name and not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a {kind} name: use 1 to 32 letters, digits, - and _")
    return name


def name_callback(kind: str) -> Callable[[object, object, str], str]:
    """Return a callback with which click checks a name."""

    def check(_: object, __: object, name: str) -> str:
        try:
            return check_name(kind, name)
        except ValueError as exc:
            raise click.BadParameter(str(exc)) from exc

    return check


def _name(kind: str, default: str, help_text: str) -> str:
    """Return a setting that is the name of a node or a cluster, or "". As with numbers, class and click check it."""
    return ts.option(
        default=default,
        help=help_text,
        validator=lambda _, __, name: check_name(kind, name),
        click={"callback": name_callback(kind), "metavar": "NAME"},
    )


@attrs.frozen
class Settings:
    """All settings of a server. The help texts are those of `udpchat --help`. There are many, so the class is long."""

    port: int = _number(0, 65_535, 12_000, "UDP port to listen on. 0 picks a free port.", param_decls="port")
    host: str = ts.option(
        default="localhost",
        help="Host name or address to listen on. For a name, the server listens on all of its addresses. 0.0.0.0 means "
        "all IPv4 addresses of this machine, :: means all IPv4 and IPv6 addresses.",
        click={"metavar": "NAME"},
    )
    max_datagram: int = _number(
        MIN_DATAGRAM,
        MAX_DATAGRAM,
        COMMON_DATAGRAM,
        "Largest datagram to send, in bytes. Longer text is split into several datagrams, each with whole lines.",
        metavar="BYTES",
    )
    max_line: int = _number(
        1,
        MAX_PAYLOAD,
        COMMON_LINE,
        "Longest line to accept from a client, in bytes. A longer line is rejected, and its sender receives an error.",
        metavar="BYTES",
    )
    admission: Mode = ts.option(
        default="auto",
        help="Which clients must always send back a code before they can join. auto: clients with a public address "
        "(not loopback, link-local or private), and any client while the room is nearly full. code: all clients. open: "
        "no client.",
    )
    rate: int = _number(
        0,
        MAX_RATE,
        10,
        "Lines per second that one client can send on average. A burst may have six times as many. 0 means no limit.",
    )
    prefix_rate: int = _number(
        0,
        MAX_RATE,
        200,
        "Lines per second that all clients with the same IPv4 address or IPv6 /64 can send together. Loopback has no "
        "such limit. 0 means no limit.",
    )
    server_rate: int = _number(
        0, MAX_RATE, 2000, "Lines per second that all clients can send together. 0 means no limit."
    )
    code_rate: int = _number(
        0,
        MAX_RATE,
        100,
        "Replies per second to new clients (codes, refusals, greetings), and codes per second to check. 0 means no "
        "limit.",
    )
    join_rate: int = _number(
        0,
        MAX_RATE,
        50,
        "New clients per second that can join without a code on average. A burst may have six times as many. Above "
        "that, every new client must send back a code. 0 means no limit.",
    )
    max_clients: int = _number(1, MAX_CLIENTS, 10_000, "Largest number of clients.")
    max_clients_per_prefix: int = _number(
        1,
        MAX_CLIENTS,
        64,
        "Largest number of clients with the same IPv4 address or IPv6 /64. Loopback has no such limit.",
    )
    max_rooms: int = _number(
        1,
        MAX_ROOMS,
        1000,
        "Largest number of rooms, the lobby included. Empty rooms, which are kept with their history, make room for "
        "new ones.",
    )
    claim_days: int = _number(
        1,
        MAX_DAYS,
        30,
        "Keep a name that was claimed with /claim for this many days after its owner was last here.",
        metavar="DAYS",
    )
    max_claims: int = _number(0, MAX_CLAIMS, 10_000, "Largest number of names that are claimed. 0 means none.")
    idle_timeout: int = _number(
        0,
        MAX_IDLE,
        0,
        "Disconnect a client that has sent nothing for this many seconds. 0 means never.",
        metavar="SECONDS",
    )
    show_addresses: ShowAddresses = ts.option(
        default="auto",
        help="Whether /list shows the addresses of clients. no: it shows a random word instead, the same for all "
        "clients with the same IPv4 address or IPv6 /64. auto: it shows loopback, link-local and private addresses, "
        "and words instead of public ones.",
    )
    journal: str = ts.option(
        default="",
        help="Keep the room in this file. A server that starts with it continues the room, with its members and its "
        "history. Without a journal, the room is lost when the server stops.",
        click={"metavar": "FILE"},
    )
    cluster: str = ts.option(
        default="",
        help="Keep the room in a cluster of NATS servers with JetStream, so that several udpchat servers can serve it. "
        "URLs are nats://HOST:PORT or tls://HOST:PORT, separated by commas. Each udpchat server is a node.",
        click={"metavar": "URLS"},
    )
    cluster_name: str = _name(
        "cluster",
        "lobby",
        "Name of the cluster's log. All nodes with the same name serve one chat.",
    )
    cluster_replicas: int = _number(
        1, 5, 1, "Number of NATS servers that store a new log. With 3, the chat survives the loss of one of them."
    )
    cluster_credentials: str = ts.option(
        default="", help="NATS credentials file for the cluster.", click={"metavar": "FILE"}
    )
    cluster_ca: str = ts.option(
        default="",
        help="PEM file with the CA certificates to trust in the cluster, instead of the system's.",
        click={"metavar": "FILE"},
    )
    cluster_cert: str = ts.option(
        default="",
        help="PEM file with a client certificate for the cluster and its private key.",
        click={"metavar": "FILE"},
    )
    node: str = _name(
        "node",
        "",
        "Name of this node. No two nodes may have the same name. The default is the host name of this machine.",
    )
    takes_over: str = _name(
        "node",
        "",
        "Take over the clients of the node with this name. It must have stopped, and this machine must have its "
        "IP addresses.",
    )
    node_lease: int = _number(
        3,
        3600,
        15,
        "If this node is down for this many seconds, the other nodes disconnect its clients.",
        metavar="SECONDS",
    )
    commit_timeout: int = _number(
        1,
        60,
        2,
        "If the cluster does not store a line within this many seconds, the line is rejected, and its sender receives "
        "an error.",
        metavar="SECONDS",
    )
    history_keep: int = _number(
        0, MAX_HISTORY, 10_000, "Number of lines of each room to keep for /history.", metavar="LINES"
    )
    history_bytes: int = _number(
        MIN_HISTORY_BYTES,
        MAX_HISTORY_BYTES,
        67_108_864,
        "Bytes to keep for /history, in all rooms together. Above that, the rooms with the longest history lose their "
        "oldest lines.",
        metavar="BYTES",
    )
    history_days: int = _number(
        0, MAX_DAYS, 0, "Do not show lines in /history after this many days. 0 means no limit.", metavar="DAYS"
    )
    history_on_join: int = _number(
        0,
        MAX_HISTORY,
        0,
        "Number of recent lines to show to a client that joins. A client that joined without a code receives at most "
        f"{MAX_AMPLIFICATION} bytes for each byte that it sent.",
        metavar="LINES",
    )
    motd: str = ts.option(
        default="",
        help="Text file with a message of the day, in UTF-8. A client that joins receives it, and /motd shows it. It "
        f"has at most {MAX_MOTD_LINES} lines and {MAX_MOTD_BYTES} bytes. A client that joined without a code receives "
        f"at most {MAX_AMPLIFICATION} bytes for each byte that it sent.",
        click={"metavar": "FILE"},
    )
    announce_joins: bool = ts.option(
        default=False,
        help="Notify the others in the lobby when a client joins.",
        validator=attrs.validators.instance_of(bool),
    )
    operators: str = ts.option(
        default="",
        help="File with the operators and the secrets of their one-time codes, as `udpchat operator add` writes it. "
        "Only the user of the server may have access to it.",
        click={"metavar": "FILE"},
    )
    fan_out: FanOut = ts.option(
        default="auto",
        help="System call that sends a line to many clients. auto: sendmmsg, one call for many datagrams, if the "
        "system has it. sendto: one call for each datagram.",
    )
    log_format: LogFormat = ts.option(
        default="auto",
        help="Format of the log on standard error. auto: console on a terminal, json elsewhere.",
    )
    log_level: LogLevel = ts.option(
        default="info",
        help="Lowest level of messages to log. At level debug, the log also has what people say.",
    )
