"""The commands by name. Each module is imported when its command is called, so that --help starts fast."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import click

from graphile_worker.core.actions.table import JOB_ACTIONS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

NAME_MAX = 40  # characters of a mistyped command that is compared with the commands

# name -> its module in cli.commands, and its line in --help
COMMANDS: dict[str, tuple[str, str]] = {
    "admin": ("serving.admin", "Serve the admin page and its JSON API."),
    "healthcheck": ("serving.healthcheck", "Check that an admin of this machine responds."),
    "admin-user": ("serving.admin_user", "Manage the users of the admin and their roles."),
    "demo": ("demo", "Run a demo in the browser, with its own PostgreSQL, jobs and admin."),
    "migrate": ("maintenance.migrate", "Create the schema, or migrate it to the newest version."),
    "add": ("jobs.add", "Add a job."),
    "list": ("jobs.list", "List jobs."),
    "count": ("jobs.counts", "Count jobs."),
    "export": ("jobs.export", "Export all jobs that match a filter, as NDJSON or CSV."),
    "show": ("jobs.show", "Show one job, and the reason why it does not run."),
    **{name: ("jobs.actions", action.summary) for name, action in JOB_ACTIONS.items()},
    "remove": ("jobs.remove", "Remove the job with a key."),
    "stats": ("jobs.counts", "Count jobs by state."),
    "queues": ("jobs.queues", "List queues and the workers that have locked them."),
    "workers": ("jobs.counts", "List workers that hold locks."),
    "errors": ("jobs.errors", "List the errors of failed jobs, similar ones together."),
    "watch": ("watch", "Watch the queue in the terminal."),
    "doctor": ("maintenance.doctor", "Report the state of the schema, permissions and problems."),
    "roles": ("maintenance.doctor", "Print SQL that grants another role to read, or to act."),
    "cleanup": ("maintenance.cleanup", "Delete failed jobs and unused names."),
    "force-unlock": ("maintenance.force_unlock", "Release all locks of workers."),
    "sweep-stale-workers": ("maintenance.recovery", "Release the jobs of workers whose heartbeat stopped."),
    "release-old-locks": ("maintenance.recovery", "Release old locks of unknown workers."),
    "completion": ("completion", "Print the completion script of a shell."),
}


# The page's word -> the command.
WORDS = {
    "jobs": "list", "overview": "stats", "health": "doctor", "unlock": "force-unlock", "sweep": "sweep-stale-workers",
    "recover": "sweep-stale-workers", "release": "release-old-locks",
}  # fmt: skip


class Suggesting(click.Group):
    """A group whose error for an unknown command names the nearest one."""

    words: Mapping[str, str] = {}  # other words for its commands

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click.Group."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if "Did you mean" in error.format_message():  # newer versions of click know their own commands
                raise
            raise click.UsageError(error.message + self._suggestion(ctx, args[0]), ctx) from None

    def _suggestion(self, ctx: click.Context, name: str) -> str:
        from difflib import get_close_matches

        names = [*self.list_commands(ctx), *self.words]
        near = get_close_matches(name.lower(), names, n=1) if len(name) <= NAME_MAX else []
        return f" Did you mean {self.words.get(near[0], near[0])}?" if near else ""


class Commands(Suggesting):
    """The group of all commands, in the order of COMMANDS."""

    words = WORDS

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Imports the module of a command, which may have the page's word as its name."""
        name = WORDS.get(name, name)
        if name not in COMMANDS:
            return None
        module = import_module(f"graphile_worker.cli.commands.{COMMANDS[name][0]}")
        commands = getattr(module, "COMMANDS", vars(module))
        return next(c for c in commands.values() if isinstance(c, click.Command) and c.name == name)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names with this prefix, without importing a command, and the options."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, context, incomplete)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in --help, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])
