"""The program `graphile-worker`: runs a command, prints its errors and sets the exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import click

from graphile_worker.cli.lazy_group import Commands
from graphile_worker.cli.secrets import argv_secrets
from graphile_worker.cli.settings import Settings, global_options, settings

PROGRAM, COMPLETE = "graphile-worker", "_GRAPHILE_WORKER_COMPLETE"  # set by a shell that completes a command line
BROKEN_PIPE, INTERRUPTED = 141, 130  # the exit codes that a shell reports for SIGPIPE and SIGINT


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
@click.pass_context
def cli(context: click.Context) -> None:
    """Manage Graphile Worker jobs in PostgreSQL.

    Exit codes: 0 done; 1 something you named was not done; 2 usage; 3 the database.
    """
    settings(context)


def main(arguments: list[str] | None = None) -> None:
    """Runs the program and exits with its code."""
    options = Settings()
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(cli, {"obj": options}, PROGRAM, COMPLETE, os.environ[COMPLETE]))
    typed = sys.argv[1:] if arguments is None else arguments
    try:
        code = _run(typed, options)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        code = BROKEN_PIPE
    except click.ClickException as error:
        _show(error, options, typed)
        code = error.exit_code
    except Exception as error:
        code = _failed(error, options, typed)
    if arguments is None:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """Exits without the interpreter's shutdown, which takes as long as most commands and waits for threads (a password hash,
    a DNS lookup) whose results are no longer needed."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _run(arguments: list[str], options: Settings) -> int:
    """Runs a command without click's own `main`, which turns a closed pipe into exit code 1."""
    from graphile_worker.cli.output import note

    for warning in argv_secrets.warnings(arguments):
        note(warning)
    try:
        with cli.make_context(PROGRAM, list(arguments), obj=options) as context:
            cli.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def _show(error: click.ClickException, options: Settings, arguments: list[str]) -> None:
    from graphile_worker.cli.output import note
    from graphile_worker.cli.secrets.misplaced import usage_message
    from graphile_worker.core.secrets.redaction import redact

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        note(error.format_message())
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        note(error.ctx.get_usage())
    message = usage_message(error, arguments, os.environ)
    note(f"Error: {redact(message, options.database_url, options.secrets)}")


def _failed(error: Exception, options: Settings, arguments: list[str]) -> int:
    from graphile_worker.cli.connection import exit_code, sentence
    from graphile_worker.cli.output import note
    from graphile_worker.cli.secrets.misplaced import without_secrets
    from graphile_worker.core.exceptions import GraphileWorkerError, InvalidInput
    from graphile_worker.core.secrets.redaction import redact

    if os.environ.get("GRAPHILE_WORKER_TRACEBACK"):
        import traceback

        lines = "".join(traceback.format_exception(error)).rstrip("\n")
        note(redact(lines, options.database_url, options.secrets))
    if isinstance(error, GraphileWorkerError):
        of_an_option = isinstance(error, InvalidInput) and error.field != "database-url"
        text = without_secrets(sentence(error), arguments, os.environ, split=of_an_option)
        note(f"Error: {redact(text, options.database_url, options.secrets)}")
        return exit_code(error)
    # a file's name may be a secret
    description: Any = error.strerror if isinstance(error, OSError) and error.filename else error
    text = without_secrets(f"{type(error).__name__}: {description}", arguments, os.environ)
    text = redact(text, options.database_url, options.secrets)
    note(f"Error: this is a mistake of ours ({text}). Set GRAPHILE_WORKER_TRACEBACK=1 to see where.")
    return 1


def _forget_stdout() -> None:
    """Redirects standard output to the null device, so that nothing is flushed into the closed pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
