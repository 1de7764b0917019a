"""Confirmation of what cannot be undone. Only a terminal is asked, so that scripts run as they are written."""

from __future__ import annotations

import sys

import click

from graphile_worker.cli.connection import NOT_DONE
from graphile_worker.cli.output import note, safe

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only report what would be done.")


def can_confirm() -> bool:
    """Whether a terminal shows the question and takes the answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(context: click.Context, question: str, yes: bool) -> None:
    """Returns with `--yes`, with the answer yes, and without a terminal. The answer no ends the program: exit code 1."""
    if yes or not can_confirm() or click.confirm(safe(question), err=True):
        return
    note("Nothing was done.")
    context.exit(NOT_DONE)
