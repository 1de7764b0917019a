"""Generates the reference of the command line from the commands: usage, help, options."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

import click

from graphile_worker.admin.api import vocabulary
from graphile_worker.cli.lazy_group import COMMANDS
from graphile_worker.cli.main import PROGRAM, cli

_FILTERS = set(vocabulary.FILTER_PARAMETERS)
_EVERYWHERE = {parameter.name for parameter in cli.params} | {"help"}


def global_options() -> str:
    """A table of the options that every command takes."""
    return _table(click.Context(cli, info_name=PROGRAM), cli.params)


def filter_options() -> str:
    """A table of the filter options."""
    command = _command("count")
    return _table(click.Context(command), [option for option in command.params if option.name in _FILTERS])


def commands() -> str:
    """A section for each command, and one for each command of a group."""
    return "\n".join(line for name in COMMANDS for line in _sections(name, _command(name)))


def _command(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None  # it is in the table of commands
    return command


def _sections(name: str, command: click.Command) -> Iterator[str]:
    yield from _section(name, command)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _section(f"{name} {inner.name}", inner)


def _section(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"{PROGRAM} {name}")
    yield f"### {name}\n"
    yield f"```\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    yield _text(command.help or "")
    options = [one for one in command.params if isinstance(one, click.Option)]
    filters = {one.name for one in options} >= _FILTERS
    elsewhere = _EVERYWHERE | (_FILTERS if filters else set())
    table = _table(context, [one for one in options if one.name not in elsewhere])
    if table:
        yield table
    if filters:
        yield "Also takes the [filter options](#which-jobs).\n"


def _text(help: str) -> str:
    """Paragraphs of a docstring; those under \\b keep their lines."""
    blocks = []
    for block in inspect.cleandoc(help).split("\n\n"):
        fixed = block.startswith("\b")
        blocks.append(f"```\n{block[1:].strip()}\n```\n" if fixed else f"{' '.join(block.split())}\n")
    return "\n".join(blocks)


def _table(context: click.Context, parameters: Sequence[click.Parameter]) -> str:
    """A table of the options. Arguments are in the usage line."""
    records = [record for one in parameters if (record := one.get_help_record(context))]
    if not records:
        return ""
    rows = [f"| `{_cell(names)}` | {_cell(text.replace('  [', ' ['))} |" for names, text in records]
    return "\n".join(["| option | |", "|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
