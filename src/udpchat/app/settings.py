"""The settings of a server, with their defaults, ranges and help texts.

A value on the command line replaces one in the environment, which replaces one in the settings file.
"""

from __future__ import annotations

from typing import Literal

import attrs
import typed_settings as ts

from udpchat.adapters.udp.sockets.buffers import MAX_PAYLOAD
from udpchat.adapters.websocket.hosts import check_names
from udpchat.adapters.websocket.proxies import read_networks
from udpchat.app.logs.configuration import LogFormat, LogLevel
from udpchat.app.options import LIVE, SECRET, endpoint, live_number, name, number, words
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
MAX_LOG = 100_000  # events
MAX_SESSION = 24 * 3600  # seconds
MAX_CLAIMS = 100_000  # they must fit into a snapshot, which a start reads
MAX_DAYS = 36_500
MAX_IDLE = 365 * 24 * 3600  # seconds

FanOut = Literal["auto", "sendto"]
Tcp = Literal["yes", "no"]


@attrs.frozen
class Settings:
    """All settings of a server, with the help texts of `udpchat --help`.

    There are many, so class and file are long. Those that are `LIVE` follow a reload; the others need a restart.
    """

    port: int = number(0, 65_535, 12_000, "Port to listen on. 0 picks a free port.", param_decls="port")
    host: str = ts.option(
        default="localhost",
        help="Host name or address to listen on. For a name, the server listens on all of its addresses. 0.0.0.0 means "
        "all IPv4 addresses of this machine, :: means all IPv4 and IPv6 addresses.",
        click={"metavar": "NAME"},
    )
    tcp: Tcp = ts.option(
        default="yes",
        help="Whether the server listens for TCP too, on the same port. yes: clients can join with nc as well as with "
        "nc -u. If something else has the port, there is a warning in the log, and UDP alone.",
    )
    web_hosts: str = words(
        check_names,
        "Host names under which browsers may open the page, with commas between them. The page is always served under "
        "addresses, localhost, and the name that --host gives.",
        "NAMES",
    )
    trusted_proxies: str = words(
        read_networks,
        "Addresses or networks of proxies in front of the server, with commas between them. For connections from them, "
        "the client's address is taken from X-Forwarded-For.",
        "NETWORKS",
    )
    max_datagram: int = number(
        MIN_DATAGRAM,
        MAX_DATAGRAM,
        COMMON_DATAGRAM,
        "Largest datagram to send, in bytes. Longer text is split into several datagrams, each with whole lines.",
        metavar="BYTES",
    )
    max_line: int = number(
        1,
        MAX_PAYLOAD,
        COMMON_LINE,
        "Longest line to accept from a client, in bytes. A longer line is rejected, and its sender receives an error.",
        metavar="BYTES",
    )
    admission: Mode = ts.option(
        metadata={LIVE: True},
        default="auto",
        help="Which clients must always send back a code before they can join. auto: clients with a public address "
        "(not loopback, link-local or private), and any client while the room is nearly full. code: all clients. open: "
        "no client.",
    )
    rate: int = live_number(
        0,
        MAX_RATE,
        10,
        "Lines per second that one client can send on average. A burst may have six times as many. 0 means no limit.",
    )
    prefix_rate: int = live_number(
        0,
        MAX_RATE,
        200,
        "Lines per second that all clients with the same IPv4 address or IPv6 /64 can send together. Loopback has no "
        "such limit. 0 means no limit.",
    )
    server_rate: int = live_number(
        0, MAX_RATE, 2000, "Lines per second that all clients can send together. 0 means no limit."
    )
    code_rate: int = live_number(
        0,
        MAX_RATE,
        100,
        "Replies per second to new clients (codes, refusals, greetings), and codes per second to check. 0 means no "
        "limit.",
    )
    join_rate: int = live_number(
        0,
        MAX_RATE,
        50,
        "New clients per second that can join without a code on average. A burst may have six times as many. Above "
        "that, every new client must send back a code. 0 means no limit.",
    )
    key_file: str = ts.option(
        metadata={LIVE: True},
        default="",
        help="Text file with a key on its first line. A new client must type /enter and the key, whatever its address. "
        "Nobody but the owner of the file may read it: chmod 600.",
        click={"metavar": "FILE"},
    )
    max_clients: int = live_number(1, MAX_CLIENTS, 10_000, "Largest number of clients.")
    max_clients_per_prefix: int = live_number(
        1,
        MAX_CLIENTS,
        64,
        "Largest number of clients with the same IPv4 address or IPv6 /64. Loopback has no such limit.",
    )
    max_rooms: int = live_number(
        1,
        MAX_ROOMS,
        1000,
        "Largest number of rooms, the lobby included. Empty rooms, which are kept with their history, make room for "
        "new ones.",
    )
    claim_days: int = live_number(
        1,
        MAX_DAYS,
        30,
        "Keep a name that was claimed with /claim for this many days after its owner was last here.",
        metavar="DAYS",
    )
    max_claims: int = live_number(0, MAX_CLAIMS, 10_000, "Largest number of names that are claimed. 0 means none.")
    idle_timeout: int = live_number(
        0,
        MAX_IDLE,
        0,
        "Disconnect a client that has sent nothing for this many seconds. 0 means never.",
        metavar="SECONDS",
    )
    show_addresses: ShowAddresses = ts.option(
        metadata={LIVE: True},
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
        metadata={SECRET: True},
        default="",
        help="Keep the room in a cluster of NATS servers with JetStream, so that several udpchat servers can serve it. "
        "URLs are nats://HOST:PORT or tls://HOST:PORT, separated by commas. Each udpchat server is a node.",
        click={"metavar": "URLS"},
    )
    cluster_name: str = name(
        "cluster",
        "lobby",
        "Name of the cluster's log. All nodes with the same name serve one chat.",
    )
    cluster_replicas: int = number(
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
    node: str = name(
        "node",
        "",
        "Name of this node. No two nodes may have the same name. The default is the host name of this machine.",
    )
    takes_over: str = name(
        "node",
        "",
        "Take over the clients of the node with this name. It must have stopped, and this machine must have its "
        "IP addresses.",
    )
    node_lease: int = number(
        3,
        3600,
        15,
        "If this node is down for this many seconds, the other nodes disconnect its clients.",
        metavar="SECONDS",
    )
    commit_timeout: int = number(
        1,
        60,
        2,
        "If the cluster does not store a line within this many seconds, the line is rejected, and its sender receives "
        "an error.",
        metavar="SECONDS",
    )
    history_keep: int = live_number(
        0, MAX_HISTORY, 10_000, "Number of lines of each room to keep for /history.", metavar="LINES"
    )
    history_bytes: int = live_number(
        MIN_HISTORY_BYTES,
        MAX_HISTORY_BYTES,
        67_108_864,
        "Bytes to keep for /history, in all rooms together. Above that, the rooms with the longest history lose their "
        "oldest lines.",
        metavar="BYTES",
    )
    history_days: int = live_number(
        0, MAX_DAYS, 0, "Do not show lines in /history after this many days. 0 means no limit.", metavar="DAYS"
    )
    history_on_join: int = live_number(
        0,
        MAX_HISTORY,
        0,
        "Number of recent lines to show to a client that joins. A client that joined without a code receives at most "
        f"{MAX_AMPLIFICATION} bytes for each byte that it sent.",
        metavar="LINES",
    )
    log_events: int = live_number(
        0,
        MAX_LOG,
        1000,
        "Number of events of each room to keep for programs that lost some of them, and ask again.",
        metavar="EVENTS",
    )
    session_seconds: int = live_number(
        0,
        MAX_SESSION,
        120,
        "Let a program that lost its connection or its address stay a member for this many seconds. It may come back "
        "by its session from anywhere, and nobody reads of it.",
        metavar="SECONDS",
    )
    motd: str = ts.option(
        metadata={LIVE: True},
        default="",
        help="Text file with a message of the day, in UTF-8. A client that joins receives it, and /motd shows it. It "
        f"has at most {MAX_MOTD_LINES} lines and {MAX_MOTD_BYTES} bytes. A client that joined without a code receives "
        f"at most {MAX_AMPLIFICATION} bytes for each byte that it sent.",
        click={"metavar": "FILE"},
    )
    announce_joins: bool = ts.option(
        metadata={LIVE: True},
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
    admin: str = ts.option(
        default="",
        help="Unix socket for udpchat admin, which only the user of the server can use. The default is "
        "udpchat-PORT.sock in the folder XDG_RUNTIME_DIR, if there is one. no: no socket.",
        click={"metavar": "PATH"},
    )
    metrics: str = endpoint(
        "Serve metrics for Prometheus at this address of this machine, such as 127.0.0.1:9464: /metrics, and whether "
        "the server lives and is ready: /healthz and /readyz. Whoever can connect can read how much is said.",
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
        metadata={LIVE: True},
        default="info",
        help="Lowest level of messages to log. At level debug, the log also has what people say.",
    )
