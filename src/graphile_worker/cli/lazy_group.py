"""The commands by name. Each module is imported when its command is called, so that --help starts fast."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from graphile_worker.core.actions.table import JOB_ACTIONS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# name -> its module in cli.commands, and its line in --help
COMMANDS: dict[str, tuple[str, str]] = {
    "admin": ("serving.admin", "Serve the admin page and its JSON API."),
    "healthcheck": ("serving.healthcheck", "Ask an admin of this machine whether it answers."),
    "admin-user": ("serving.admin_user", "Say who may enter the admin: its users and their roles."),
    "demo": ("demo", "A live queue in a browser: PostgreSQL, jobs and the admin, all of its own."),
    "migrate": ("upkeep.migrate", "Make the schema, or bring it up to date."),
    "add": ("jobs.add", "Add a job."),
    "list": ("jobs.list", "List jobs."),
    "count": ("jobs.counts", "Count jobs."),
    "export": ("jobs.export", "Print all jobs that a filter finds, as lines of JSON or CSV."),
    "show": ("jobs.show", "Show one job, and why it does not run."),
    **{name: ("jobs.actions", action.summary) for name, action in JOB_ACTIONS.items()},
    "remove": ("jobs.remove", "Remove the job with a key."),
    "stats": ("jobs.counts", "Count jobs by state."),
    "queues": ("jobs.counts", "List queues and who holds them."),
    "workers": ("jobs.counts", "List workers that hold locks."),
    "errors": ("jobs.errors", "List what failed jobs failed of, alike ones together."),
    "watch": ("watch", "Watch the queue, live in the terminal."),
    "doctor": ("upkeep.doctor", "Say what this database is, what may be done here, and what looks wrong."),
    "roles": ("upkeep.doctor", "Print SQL that lets another role look or act."),
    "cleanup": ("upkeep.maintenance", "Delete what is no longer needed."),
    "force-unlock": ("upkeep.maintenance", "Take all locks from workers."),
    "sweep-stale-workers": ("upkeep.recovery", "Recover the jobs of workers that are gone."),
    "release-old-locks": ("upkeep.recovery", "Release what is locked for hours by workers nobody knows."),
    "completion": ("completion", "Print the completion script of a shell."),
}


class Commands(click.Group):
    """The group of all commands, in the order of COMMANDS."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Imports the module of a command."""
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
