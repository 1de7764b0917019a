"""The same as the menu Export: all jobs that match, as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.model.commands import command_line, curl
from graphile_worker.admin.client.model.file_names import file_name

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import Command, State

FORMAT = "csv"


def commands(state: State) -> list[Command]:
    """Command line and curl."""
    route, name = state["route"], file_name(state, FORMAT)
    path = queries.export_path(route, FORMAT)
    filters, paths, newest_first = url_state.filters(route), route["payload_path"], "&sort=-id" in path
    line = command_line.export(state["schema"], filters, paths, FORMAT, newest_first, name)
    return [
        {"name": "cli", "label": "Command line", "text": line},
        {"name": "curl", "label": "curl", "text": curl.read(state, path, name)},
    ]
