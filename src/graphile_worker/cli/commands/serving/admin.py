"""`admin`: serves the page and its API until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from graphile_worker.admin.api.vocabulary import TOKEN_HEADER
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.logs import log_options, set_up_log
from graphile_worker.cli.options.audit import audit_options, audit_sink
from graphile_worker.cli.options.environment_badge import environment_options
from graphile_worker.cli.options.environment_option import admin_option
from graphile_worker.cli.options.listening import allowed_host_option, listen_option, prefix_option
from graphile_worker.cli.options.parsers import read_secret
from graphile_worker.cli.options.tls import tls_options
from graphile_worker.cli.options.users import trusted_proxy_option, users_auth, users_option
from graphile_worker.cli.output import note, safe, say
from graphile_worker.cli.secrets.secret_file import note_readable, secret_file
from graphile_worker.cli.serving.databases import database_options, opening, queue_addresses
from graphile_worker.cli.serving.own_addresses import allowed_urls, own_urls
from graphile_worker.cli.settings import command, settings, usage_errors
from graphile_worker.cli.signals import end_at_once, ignore_until_served
from graphile_worker.core.exceptions import Refused

if TYPE_CHECKING:
    from graphile_worker.admin.server.security.auth import AdminAuthConfig

F = TypeVar("F", bound=Callable[..., Any])
_MODES = {"basic": "HTTP Basic", "bearer": "bearer token", "header": "header token", "none": "none (loopback only)"}
_SECRETS = {"basic": "password", "bearer": "bearer_token", "header": "header_token"}
_NAMES = {"basic": "password", "bearer": "bearer token", "header": "header token"}


def _secret(name: str, what: str) -> Callable[[F], F]:
    """Two options for one secret: its value (better in the environment), or a file that contains it."""

    def add(function: F) -> F:
        function = admin_option(f"--{name}-file", metavar="FILE", help=f"Read the {what} from a file (- asks).")(
            function
        )
        option = admin_option(
            f"--{name}",
            metavar="SECRET",
            show_default=False,
            help=f"{what.capitalize()} (generated).",
        )
        return option(function)

    return add


@command("admin")
@listen_option("Where to listen.")
@admin_option("--auth", type=click.Choice(list(_MODES)), default="basic", show_default=True)
@admin_option("--username", default="admin", show_default=True, help="User name of HTTP Basic.")
@users_option
@_secret("password", "password")
@_secret("bearer-token", "bearer token")
@_secret("header-token", "header token")
@click.option("--secret-out", metavar="FILE", help="Write a generated secret into this file instead of printing it.")
@admin_option("--header-name", default=TOKEN_HEADER, show_default=True, help="Header of --auth header.")
@admin_option("--read-only", is_flag=True, help="Refuse every request that changes something.")
@environment_options
@admin_option(
    "--redact", multiple=True, metavar="PATH",
    help="Hide this from viewers: all payloads and errors (all), or a value in payloads as customer.email (repeatable).",
)  # fmt: skip
@allowed_host_option
@prefix_option("Answer below this path only, as /queue: for a proxy that keeps it.")
@trusted_proxy_option
@tls_options
@audit_options
@log_options
@database_options
@click.pass_context
def admin(
    context: click.Context,
    /,
    listen: str,
    read_only: bool,
    environment: str | None,
    environment_color: str | None,
    redact: tuple[str, ...],
    allowed_hosts: tuple[str, ...],
    prefix: str,
    trusted_proxies: tuple[str, ...],
    tls_cert: str | None,
    tls_key: str | None,
    behind_tls: bool,
    audit_log: str | None,
    no_audit: bool,
    log_level: str,
    log_format: str,
    secret_out: str | None,
    databases: tuple[str, ...],
    databases_file: str | None,
    **options: Any,
) -> None:
    """Serve the admin page and its JSON API until Ctrl-C.

    Give --schema or --database more than once to serve several queues; ?db=NAME selects one, by default the first.
    """
    from graphile_worker.admin.api.redaction.redact import Redaction
    from graphile_worker.admin.server.process.tls import check_certificate
    from graphile_worker.admin.server.security.exposure import check_exposure
    from graphile_worker.admin.server.security.hosts import parse_listen

    end_at_once(signal.SIGTERM)
    if tls_cert is not None or audit_log is not None:
        ignore_until_served("SIGHUP")  # it would only reload files that are read at the start anyway
    set_up_log(log_level, log_format)
    with usage_errors(context):
        audit = context.with_resource(audit_sink(audit_log, off=no_audit))
        auth = auth_config(context, **options)
        host, _ = parse_listen(listen)
        check_exposure(auth, host)
        check_certificate(tls_cert, tls_key)
        if tls_key is not None:
            note_readable(tls_key, "--tls-key")
        Redaction.of(redact)
        addresses = queue_addresses(context, databases, databases_file)
        _check_secret_out(context, auth, secret_out)

    async def body(session: Session) -> None:
        from graphile_worker.admin import AdminServerConfig, serve

        def ready(url: str) -> None:
            if put is not None and auth.secret is not None:
                put(auth.secret)
            also = [*own_urls(url, host), *allowed_urls(url, host, allowed_hosts, behind_tls=behind_tls)]
            announce(url, auth, read_only, list(config.each()), secret_out, list(dict.fromkeys(also)), redact)

        with usage_errors(context), secret_file(secret_out) if secret_out else nullcontext() as put:
            config = AdminServerConfig(
                session.pool, session.utils,
                listen_addr=listen, auth=auth, read_only=read_only, allowed_hosts=allowed_hosts, prefix=prefix,
                trusted_proxies=trusted_proxies, tls_cert=tls_cert, tls_key=tls_key, behind_tls=behind_tls,
                environment=environment, environment_color=environment_color,
                redact=redact, audit=audit, name=session.name, others=session.others,
            )  # fmt: skip
            if config.redacts_for_nobody:
                note(
                    "Warning: --redact hides nothing: whoever logs in may write, and sees everything; "
                    "add --read-only, or users who are viewers."
                )
            try:
                await serve(config, on_ready=ready, on_warning=lambda sentence: note(f"Warning: {sentence}"))
            except OSError as error:
                hint = "Choose another --listen."
                raise Refused(f"cannot listen on {listen}: {error.strerror}", hint=hint) from None

    run(settings(context), body, serving=True, opening=opening(addresses, settings(context)))


def _check_secret_out(context: click.Context, auth: AdminAuthConfig, path: str | None) -> None:
    """Raises UsageError where no secret is generated; warns where a generated secret is printed into a pipe."""
    if path is not None and not auth.generated:
        raise click.UsageError("--secret-out is for a generated secret, and here none is", context)
    if path is None and auth.generated and not sys.stdout.isatty():
        note(
            f"Warning: the generated {_NAMES[auth.mode]} goes into a pipe or file that others may read; give "
            "--secret-out FILE."
        )


def announce(
    url: str,
    auth: AdminAuthConfig,
    read_only: bool,
    queues: Sequence[str] = (),
    secret_out: str | None = None,
    also_at: Sequence[str] = (),
    redact: Sequence[str] = (),
) -> None:
    """Prints the URL and the generated credentials. A configured secret is never printed."""
    say(f"Graphile Worker admin UI: {url}")
    say(f"Read-only mode: {'on' if read_only else 'off'}")
    say(f"Auth: {_MODES[auth.mode]}")
    if auth.users_path is not None:
        say(f"Users: {safe(auth.users_path)}")
    elif auth.mode == "basic":
        say(f"Username: {safe(auth.username or '')}")
    if auth.mode == "header":
        say(f"Header: {auth.header_name}")
    if auth.mode != "none" and auth.users_path is None:
        name = _NAMES[auth.mode]
        made = auth.secret if secret_out is None else f"written to {safe(secret_out)}"
        say(f"Generated {name}: {made}" if auth.generated else f"{name.capitalize()}: configured")
    if len(queues) > 1:
        say(f"Queues: {', '.join(map(safe, queues))}")
    if redact:
        say(f"Hidden from viewers: {', '.join(map(safe, redact))}")
    for other in also_at:
        say(f"Also at: {other}")


def auth_config(
    context: click.Context, auth: str, username: str, header_name: str, users: str | None = None, **secrets: str | None
) -> AdminAuthConfig:
    """The authentication of the options. Raises ValueError, UsageError."""
    from graphile_worker.admin.server.security.auth import AdminAuthConfig

    secret = _given_secret(context, auth, secrets)
    if users is not None:
        return users_auth(context, auth, users)
    if auth == "none":
        return AdminAuthConfig.none()
    if auth == "bearer":
        return AdminAuthConfig.bearer(secret)
    if auth == "header":
        return AdminAuthConfig.header(secret, header_name)
    if secret is None:
        return AdminAuthConfig.basic_with_random_password(username)
    return AdminAuthConfig.basic(username, secret)


def _given_secret(context: click.Context, auth: str, secrets: dict[str, str | None]) -> str | None:
    name = _SECRETS.get(auth)
    for option in _SECRETS.values():
        if context.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            flag = "--" + option.replace("_", "-")
            note(
                f"Warning: {flag} is visible to every user of this machine (`ps`); use the environment or {flag}-file."
            )
            if option != name:
                note(f"Warning: {flag} is not used with --auth {auth}.")
    if name is None:
        return None
    file = secrets[f"{name}_file"]
    typed = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    if file is None or (typed and context.get_parameter_source(f"{name}_file") is ParameterSource.ENVIRONMENT):
        return secrets[name]
    note_readable(file, f"--{name.replace('_', '-')}-file")
    try:
        return read_secret(file, name.replace("_", " "))
    except Refused as error:
        raise click.UsageError(error.message, context) from None
