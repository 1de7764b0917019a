"""Warnings about passwords in arguments, which every user of the machine can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_OPTIONS = {
    "--database-url": "DATABASE_URL, or PGPASSFILE (~/.pgpass)",
    "--database": "--databases-file, GRAPHILE_WORKER_DATABASES, or PGPASSFILE (~/.pgpass)",
}


def warnings(arguments: Sequence[str]) -> Iterator[str]:
    """One warning for each option that contains a password."""
    for option, better in _OPTIONS.items():
        if any(map(_holds_password, _values(arguments, option))):
            yield f"Warning: the password in {option} is visible to every user of this machine (`ps`); use {better}."


def _holds_password(value: str) -> bool:
    """`value` is an address, or NAME=address."""
    from graphile_worker.conninfo.secrets import holds_password

    return holds_password(value) or holds_password(value.partition("=")[2])


def _values(arguments: Sequence[str], option: str) -> Iterator[str]:
    for index, argument in enumerate(arguments):
        if argument == "--":
            return
        if argument == option:
            yield from arguments[index + 1 : index + 2]
        elif argument.startswith(f"{option}="):
            yield argument.partition("=")[2]
