"""`udpchat nodes`: shows the servers of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import click

from udpchat.app.cli.environment import variable
from udpchat.app.cli.parsing import ThoroughCommand
from udpchat.app.cli.printing import echo
from udpchat.app.logs.configuration import configure
from udpchat.app.options import name_callback
from udpchat.app.server.storage import cluster_module
from udpchat.app.server.summary import node_rows
from udpchat.app.settings import Settings

WIDTH = 32  # characters of the longest name


def _option(name: str, metavar: str, help_text: str, **attributes: Any) -> Callable[..., Any]:
    return click.option(name, metavar=metavar, help=help_text, envvar=variable(name), show_envvar=True, **attributes)


@click.command(cls=ThoroughCommand, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@_option("--cluster", "URLS", "URLs of the cluster's NATS servers, separated by commas.", required=True)
@_option("--cluster-name", "NAME", "Name of the cluster's log.", default="lobby", callback=name_callback("cluster"))
@_option("--cluster-credentials", "FILE", "NATS credentials file for the cluster.", default="")
@_option("--cluster-ca", "FILE", "PEM file with the CA certificates to trust, instead of the system's.", default="")
@_option("--cluster-cert", "FILE", "PEM file with a client certificate and its private key.", default="")
def nodes(**given: str) -> None:
    """Show the udpchat servers of a cluster.

    The columns are: the name of the node; how many clients it has; how many lines of the chat it has not yet confirmed
    to have sent to them; how many seconds ago it sent its last heartbeat. When a node has been silent for its
    --node-lease, the other nodes disconnect its clients.
    """
    settings = Settings(**given)  # type: ignore[arg-type]  # all of these settings are text
    configure("auto", "error")
    chat = asyncio.run(cluster_module().look(settings))
    echo(f"{'node':{WIDTH}} {'clients':>8} {'lines behind':>13} {'silent for, s':>14}")
    for row in node_rows(chat):
        echo(f"{row['node']:{WIDTH}} {row['clients']:>8} {row['lines_behind']:>13} {row['silent_for']:>14}".rstrip())
