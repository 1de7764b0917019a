"""Asking before what cannot be undone: on a terminal only, so that scripts go on as they are written."""

from __future__ import annotations

import sys

import click

from graphile_worker.cli.connection import NOT_DONE
from graphile_worker.cli.output import note, safe

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


def can_ask() -> bool:
    """Whether somebody sees a question and can answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(context: click.Context, question: str, yes: bool) -> None:
    """Goes on only with consent: `--yes`, a yes, or nobody there to ask. A no ends the program with exit code 1."""
    if yes or not can_ask() or click.confirm(safe(question), err=True):
        return
    note("Nothing was done.")
    context.exit(NOT_DONE)
