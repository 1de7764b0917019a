"""`demo`: a live queue in a browser, with a PostgreSQL of its own."""

from __future__ import annotations

import click

from graphile_worker.cli.settings import command


@command("demo")
@click.option("--listen", default="127.0.0.1", show_default=True, metavar="IP", help="Where the admin listens.")
@click.option("--port", type=click.IntRange(0, 65535), default=5678, show_default=True, help="Port of the admin.")
@click.option("--keep", is_flag=True, help="Keep the data after Ctrl-C.")
@click.option("--reset", is_flag=True, help="Throw kept data away and begin anew.")
@click.pass_context
def demo(context: click.Context, listen: str, port: int, keep: bool, reset: bool) -> None:
    """Start PostgreSQL, a small application's jobs and the admin; Ctrl-C stops everything."""
    from graphile_worker.demo.run import run_demo

    context.exit(run_demo(listen=listen, port=port, keep=keep, reset=reset))
