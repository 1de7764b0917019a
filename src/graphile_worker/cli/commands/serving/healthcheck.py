"""`healthcheck`: requests a health endpoint of a running admin, for process supervisors."""

from __future__ import annotations

import os

import click
import msgspec

from graphile_worker.cli.options.listening import listen_option, prefix_option
from graphile_worker.cli.options.tls import TLS_CERT_VARIABLE
from graphile_worker.cli.output import print_json, say
from graphile_worker.cli.settings import command, settings, usage_errors


@command("healthcheck")
@listen_option("The --listen of the admin.")
@prefix_option("The --prefix of the admin.")
@click.option(
    "--tls", is_flag=True,
    help=f"The admin has --tls-cert; so it is where {TLS_CERT_VARIABLE} is set. Its certificate is not verified.",
)  # fmt: skip
@click.option("--ready", is_flag=True, help="Check /readyz: also whether the database responds.")
@click.pass_context
def healthcheck(context: click.Context, listen: str, prefix: str, tls: bool, ready: bool) -> None:
    """Check that an admin of this machine responds: exit code 0, else 1, within 3 seconds.

    It asks /healthz without credentials, at the address of --listen, or at loopback where that is everywhere. It reads the
    environment variables of admin, so in the same container it needs no option.
    """
    from graphile_worker.cli.serving.probe import ProbeAddress, answered

    encrypted = tls or bool(os.environ.get(TLS_CERT_VARIABLE))
    with usage_errors(context):
        address = ProbeAddress.of(listen, prefix, "/readyz" if ready else "/healthz", tls=encrypted)
    status = answered(address)
    if settings(context).json:
        print_json(msgspec.json.encode({"url": address.url, "status": status}))
    else:
        say(f"{address.url}: {status}")
