"""`udpchat nodes`: which servers serve a room in a cluster, and how they are."""

from __future__ import annotations

import asyncio

import click

from udpchat.app.logs.configuration import configure
from udpchat.app.server.storage import cluster_module
from udpchat.app.server.summary import node_rows
from udpchat.app.settings import Settings

WIDTH = 32  # characters of a name


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--cluster", envvar="UDPCHAT_CLUSTER", required=True, metavar="URLS", help="NATS servers, as for a room.")
@click.option(
    "--cluster-room", envvar="UDPCHAT_CLUSTER_ROOM", default="lobby", metavar="NAME", help="Name of the room."
)
@click.option("--cluster-credentials", envvar="UDPCHAT_CLUSTER_CREDENTIALS", default="", metavar="FILE")
@click.option("--cluster-ca", envvar="UDPCHAT_CLUSTER_CA", default="", metavar="FILE")
@click.option("--cluster-cert", envvar="UDPCHAT_CLUSTER_CERT", default="", metavar="FILE")
def nodes(**given: str) -> None:
    """Show which servers serve a room.

    How many clients each has, how many lines were said since it last told that its clients have all, and for how long
    it has been silent. One that is for its --node-lease is gone.
    """
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # all of these are text
    except ValueError as exc:
        raise click.UsageError(f"{exc}.") from exc
    configure("auto", "error")
    chat = asyncio.run(cluster_module().look(settings))
    click.echo(f"{'node':{WIDTH}} {'clients':>8} {'lines behind':>13} {'silent for, s':>14}")
    for row in node_rows(chat):
        click.echo(
            f"{row['node']:{WIDTH}} {row['clients']:>8} {row['lines_behind']:>13} {row['silent_for']:>14}".rstrip()
        )
