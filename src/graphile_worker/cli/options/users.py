"""The options of `admin` about users and proxies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from graphile_worker.cli.options.environment_option import Several, admin_option, variable_of
from graphile_worker.cli.output import note

if TYPE_CHECKING:
    from graphile_worker.admin.server.security.auth import AdminAuthConfig

F = TypeVar("F", bound=Callable[..., Any])
USERS_VARIABLE = variable_of("--users")
_OTHERS = ("username", "password", "password_file")


def users_option(function: F) -> F:
    """`--users FILE`."""
    return admin_option(
        "--users", metavar="FILE", help="Let in the users of this file, each with a role (see admin-user)."
    )(function)


def trusted_proxy_option(function: F) -> F:
    """`--trusted-proxy ADDRESS`, as `trusted_proxies`."""
    return admin_option(
        "--trusted-proxy", "trusted_proxies", multiple=True, type=Several(_check_proxy), metavar="ADDRESS",
        variable=variable_of("--trusted-proxies"),
        help="Take the source of a request from the X-Forwarded-For of this address or network (repeatable).",
    )(function)  # fmt: skip


def _check_proxy(text: str) -> None:
    from graphile_worker.admin.server.limits.sources import parse_proxy

    parse_proxy(text)


def users_auth(context: click.Context, auth: str, path: str) -> AdminAuthConfig:
    """The authentication of `--users FILE`. Raises ValueError for an invalid file and for conflicting options."""
    from graphile_worker.admin.server.security.auth import AdminAuthConfig

    if auth != "basic":
        raise ValueError(f"--users is for --auth basic, not for --auth {auth}")
    for name in _OTHERS:
        flag = "--" + name.replace("_", "-")
        source = context.get_parameter_source(name)
        if source is ParameterSource.COMMANDLINE:
            raise ValueError(f"give --users or {flag}, not both")
        if source is ParameterSource.ENVIRONMENT:
            note(f"Warning: the environment's value of {flag} is not used with --users.")
    return AdminAuthConfig.users(path)
