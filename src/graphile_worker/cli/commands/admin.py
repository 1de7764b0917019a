"""`admin`: the page and its API, served until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from graphile_worker.admin.api.vocabulary import TOKEN_HEADER
from graphile_worker.cli.connection import Session, run
from graphile_worker.cli.databases import chosen, database_options, opening
from graphile_worker.cli.output import note, safe, say
from graphile_worker.cli.parsers import read_secret
from graphile_worker.cli.settings import command, settings
from graphile_worker.core.errors import Refused

if TYPE_CHECKING:
    from graphile_worker.admin.server.auth import AdminAuthConfig

F = TypeVar("F", bound=Callable[..., Any])
_MODES = {"basic": "HTTP Basic", "bearer": "bearer token", "header": "header token", "none": "none (loopback only)"}
_SECRETS = {"basic": "password", "bearer": "bearer_token", "header": "header_token"}
_NAMES = {"basic": "password", "bearer": "bearer token", "header": "header token"}


def _secret(name: str, what: str) -> Callable[[F], F]:
    """Two options for one secret: its value (environment preferred) or a file that holds it."""

    def add(function: F) -> F:
        variable = "GRAPHILE_WORKER_ADMIN_" + name.upper().replace("-", "_")
        function = click.option(f"--{name}-file", metavar="FILE", help=f"Read the {what} from a file (- asks).")(
            function
        )
        option = click.option(
            f"--{name}", metavar="SECRET", envvar=variable, show_envvar=True, show_default=False,
            help=f"{what.capitalize()}; made at random when not given.",
        )  # fmt: skip
        return option(function)

    return add


@command("admin")
@click.option("--listen", default="127.0.0.1:5678", show_default=True, metavar="IP:PORT", help="Where to listen.")
@click.option("--auth", type=click.Choice(list(_MODES)), default="basic", show_default=True)
@click.option("--username", default="admin", show_default=True, help="User name of HTTP Basic.")
@_secret("password", "password")
@_secret("bearer-token", "bearer token")
@_secret("header-token", "header token")
@click.option("--header-name", default=TOKEN_HEADER, show_default=True, help="Header of --auth header.")
@click.option("--read-only", is_flag=True, help="Refuse everything that changes something.")
@click.option("--allowed-host", "allowed_hosts", multiple=True, help="Also answer this Host name (repeatable).")
@click.option(
    "--prefix", default="", metavar="PATH", help="Answer below this path only, as /queue: for a proxy that keeps it."
)
@database_options
@click.pass_context
def admin(
    context: click.Context,
    /,
    listen: str,
    read_only: bool,
    allowed_hosts: tuple[str, ...],
    prefix: str,
    databases: tuple[str, ...],
    databases_file: str | None,
    **options: Any,
) -> None:
    """Serve the admin page and its JSON API until Ctrl-C.

    Several queues behind one server: give --schema or --database more than once; ?db=NAME chooses, the first is meant
    where nothing is said.
    """
    from graphile_worker.admin.server.hosts import is_loopback, parse_listen

    try:
        auth = auth_config(context, **options)
        host, _ = parse_listen(listen)
    except ValueError as error:
        raise click.UsageError(str(error), context) from None
    if auth.mode == "none" and not is_loopback(host):
        raise click.UsageError(f"--auth none is only allowed on a loopback address, not on {host}", context)
    places = chosen(context, databases, databases_file)

    async def body(session: Session) -> None:
        from graphile_worker.admin import AdminServerConfig, serve

        try:
            config = AdminServerConfig(
                session.pool, session.utils,
                listen_addr=listen, auth=auth, read_only=read_only, allowed_hosts=allowed_hosts, prefix=prefix,
                name=session.name, others=session.others,
            )  # fmt: skip
        except ValueError as error:
            raise click.UsageError(str(error), context) from None
        try:
            await serve(config, on_ready=lambda url: announce(url, auth, read_only, list(config.each())))
        except OSError as error:
            raise Refused(f"cannot listen on {listen}: {error.strerror}", hint="Choose another --listen.") from None

    run(settings(context), body, serving=True, opening=opening(places, settings(context)))


def announce(url: str, auth: AdminAuthConfig, read_only: bool, queues: Sequence[str] = ()) -> None:
    """What a person needs to log in; a configured secret is never printed."""
    say(f"Graphile Worker admin UI: {url}")
    say(f"Read-only mode: {'on' if read_only else 'off'}")
    say(f"Auth: {_MODES[auth.mode]}")
    if auth.mode == "basic":
        say(f"Username: {safe(auth.username or '')}")
    if auth.mode == "header":
        say(f"Header: {auth.header_name}")
    if auth.mode != "none":
        name = _NAMES[auth.mode]
        say(f"Generated {name}: {auth.secret}" if auth.generated else f"{name.capitalize()}: configured")
    if len(queues) > 1:
        say(f"Queues: {', '.join(map(safe, queues))}")


def auth_config(
    context: click.Context, auth: str, username: str, header_name: str, **secrets: str | None
) -> AdminAuthConfig:
    """The authentication that the options describe. Raises ValueError, UsageError."""
    from graphile_worker.admin.server.auth import AdminAuthConfig

    secret = _given_secret(context, auth, secrets)
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
    if file is not None:
        return read_secret(file, name.replace("_", " "))
    return secrets[name]
