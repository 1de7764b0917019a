"""`admin-user`: edits the users file of `admin --users`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from graphile_worker.admin.server.users.roles import ROLES
from graphile_worker.cli.lazy_group import Suggesting
from graphile_worker.cli.options.parsers import read_secret
from graphile_worker.cli.options.users import USERS_VARIABLE
from graphile_worker.cli.output import print_json, print_table, safe, say
from graphile_worker.cli.settings import command, global_options, settings, usage_errors
from graphile_worker.core.exceptions import NotFound, Refused
from graphile_worker.core.secrets.shown_paths import secret_path


def _default_file() -> str:
    """`graphile-worker/users` in the user's configuration directory."""
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return str(Path(folder).expanduser() / "graphile-worker" / "users")


_file_option = click.option(
    "--file", metavar="FILE", envvar=USERS_VARIABLE, show_envvar=True,
    help="The users file [default: ~/.config/graphile-worker/users].",
)  # fmt: skip


@click.group("admin-user", cls=Suggesting)
@global_options()
def admin_user() -> None:
    """Manage the users of the admin: add, remove and list the users of `admin --users`.

    A running server applies a change within a second.
    """


@command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="The role of the user.")
@_file_option
@click.option(
    "--password-file", metavar="FILE", help="Read the password from a file (- reads standard input, or prompts)."
)
@click.option("--replace", is_flag=True, help="Replace the password and role of an existing user.")
@click.pass_context
def add(
    context: click.Context, name: str, role: str, file: str | None, password_file: str | None, replace: bool
) -> None:
    """Add a user; asks for the password.

    \b
    viewer    reads
    operator  reads; adds, completes, fails, retries and reschedules jobs, runs them now, removes them by key
    admin     everything, maintenance and migrations included
    """
    from graphile_worker.admin.server.users import users_file_edit
    from graphile_worker.admin.server.users.passwords import check_password, hash_password
    from graphile_worker.admin.server.users.users_file import StoredUser, check_name

    path = file or _default_file()
    with _file_errors(context):
        check_name(name)
        if not replace and os.path.exists(path) and name in users_file_edit.load(path):
            raise _there_already(name, path)
        password = _password(context, password_file)
        check_password(password)
        if file is None:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            replaced = users_file_edit.add(path, StoredUser(name, role, hash_password(password)), replace=replace)
        except FileExistsError:
            raise _there_already(name, path) from None
    message = f"{'Replaced' if replaced else 'Added'} {name} ({role}) in {path}"
    _tell(context, message, {"name": name, "role": role, "file": path, "replaced": replaced})


@command("remove")
@click.argument("name")
@_file_option
@click.pass_context
def remove(context: click.Context, name: str, file: str | None) -> None:
    """Remove a user, who loses access within a second."""
    from graphile_worker.admin.server.users import users_file_edit

    path = file or _default_file_that_exists()
    with _file_errors(context):
        left = users_file_edit.remove(path, name)
    if left is None:
        raise NotFound(f"no user {name!r} in the users file {secret_path(path)}")
    more = "" if left else ", which has no user now: `admin --users` lets nobody in"
    _tell(context, f"Removed {name} from {path}{more}", {"name": name, "file": path, "left": left})


@command("list")
@_file_option
@click.pass_context
def list_users(context: click.Context, file: str | None) -> None:
    """List the users and their roles."""
    from graphile_worker.admin.api.json_codec import encode
    from graphile_worker.admin.server.users import users_file_edit

    with _file_errors(context):
        users = users_file_edit.load(file or _default_file_that_exists())
    if settings(context).json:
        print_json(encode([{"name": user.name, "role": user.role} for user in users.values()]))
    else:
        print_table(("NAME", "ROLE"), [(safe(user.name), user.role) for user in users.values()])


for _subcommand in (add, remove, list_users):
    admin_user.add_command(_subcommand)


def _default_file_that_exists() -> str:
    path = _default_file()
    if not os.path.exists(path):
        raise NotFound(
            f"there is no users file {path!r} yet", hint="`graphile-worker admin-user add NAME --role ROLE` makes it."
        )
    return path


def _there_already(name: str, path: str) -> Refused:
    hint = "Give --replace for another password or role."
    return Refused(f"the users file {secret_path(path)} has a user {name!r} already", hint=hint)


def _tell(context: click.Context, message: str, facts: dict[str, Any]) -> None:
    from graphile_worker.admin.api.json_codec import encode

    if settings(context).json:
        print_json(encode({"message": message, **facts}))
    else:
        say(safe(message))


@contextmanager
def _file_errors(context: click.Context) -> Iterator[None]:
    """Turns an invalid value, password or file into a usage error: one sentence, exit code 2."""
    try:
        with usage_errors(context):
            yield
    except OSError as error:
        raise click.UsageError(f"the users file cannot be written: {error.strerror}", context) from None


def _password(context: click.Context, file: str | None) -> str:
    """The password: from a file, from standard input, or asked for twice on a terminal. Never an argument."""
    if file is not None and not (file == "-" and sys.stdin.isatty()):
        return read_secret(file, "password")
    if not sys.stdin.isatty():
        raise click.UsageError("no terminal to ask for the password; give --password-file FILE (- reads it)", context)
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
