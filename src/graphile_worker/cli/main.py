"""`graphile-worker`: the program. Commands are loaded when they are called, so that --help is quick."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from graphile_worker.cli.forms import ndjson
from graphile_worker.cli.settings import Settings, global_options, settings

BROKEN_PIPE, INTERRUPTED = 141, 130  # what a shell reports for a program ended by SIGPIPE, SIGINT
_COMMANDS: dict[str, tuple[str, str]] = {
    "admin": ("admin", "Serve the admin page and its JSON API."),
    "demo": ("demo", "A live queue in a browser: PostgreSQL, jobs and the admin, all of its own."),
    "migrate": ("migrate", "Make the schema, or bring it up to date."),
    "add": ("add", "Add a job."),
    "list": ("list", "List jobs."),
    "count": ("counts", "Count jobs."),
    "export": ("export", "Print all jobs that a filter finds, as lines of JSON or CSV."),
    "show": ("show", "Show one job, and why it does not run."),
    "complete": ("jobs", "Complete (delete) jobs that are not running."),
    "fail": ("jobs", "Fail jobs for good."),
    "run-now": ("jobs", "Make jobs due now."),
    "retry": ("jobs", "Reset the attempts of jobs and make them due now."),
    "reschedule": ("jobs", "Change when and how jobs run."),
    "remove": ("remove", "Remove the job with a key."),
    "stats": ("counts", "Count jobs by state."),
    "queues": ("counts", "List queues and who holds them."),
    "workers": ("counts", "List workers that hold locks."),
    "doctor": ("doctor", "Say what this database is, what may be done here, and what looks wrong."),
    "roles": ("doctor", "Print SQL that lets another role look or act."),
    "cleanup": ("maintenance", "Delete what is no longer needed."),
    "force-unlock": ("maintenance", "Take all locks from workers."),
    "sweep-stale-workers": ("recovery", "Recover the jobs of workers that are gone."),
    "release-old-locks": ("recovery", "Release what is locked for hours by workers nobody knows."),
}


class Commands(click.Group):
    """The commands by name, in the order they are useful."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All names."""
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Loads the file of one command."""
        if name not in _COMMANDS:
            return None
        module = import_module(f"graphile_worker.cli.commands.{_COMMANDS[name][0]}")
        return next(c for c in vars(module).values() if isinstance(c, click.Command) and c.name == name)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in --help, without loading a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


def _version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from graphile_worker import __version__

        click.echo(f"graphile-worker {__version__}")
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-V", "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print version."
)
@global_options(environment=True)
@ndjson
@click.pass_context
def cli(context: click.Context) -> None:
    """Manage Graphile Worker jobs in PostgreSQL.

    Exit codes: 0 done; 1 something you named was not done; 2 usage; 3 the database.
    """
    settings(context)


def main(arguments: list[str] | None = None) -> None:
    """Runs the program and ends the process with its exit code."""
    chosen = Settings()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments, chosen)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        code = BROKEN_PIPE
    except click.ClickException as error:
        _show(error)
        code = error.exit_code
    except Exception as error:
        code = _failed(error, chosen)
    sys.exit(code)


def _run(arguments: list[str], chosen: Settings) -> int:
    """Not click's own `main`, which answers a closed pipe with exit code 1."""
    try:
        with cli.make_context("graphile-worker", list(arguments), obj=chosen) as context:
            cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def _show(error: click.ClickException) -> None:
    from graphile_worker.cli.output import note

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        note(error.format_message())
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        note(error.ctx.get_usage())
    note(f"Error: {error.format_message()}")


def _failed(error: Exception, chosen: Settings) -> int:
    from graphile_worker.cli.connection import exit_code, redact, sentence
    from graphile_worker.cli.output import note
    from graphile_worker.core.errors import GraphileWorkerError

    if os.environ.get("GRAPHILE_WORKER_TRACEBACK"):
        raise error
    if isinstance(error, GraphileWorkerError):
        note(f"Error: {redact(sentence(error), chosen.database_url)}")
        return exit_code(error)
    text: Any = redact(f"{type(error).__name__}: {error}", chosen.database_url)
    note(f"Error: this is a mistake of ours ({text}). Set GRAPHILE_WORKER_TRACEBACK=1 to see where.")
    return 1


def _forget_stdout() -> None:
    """So that the interpreter does not try to flush into the closed pipe when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
