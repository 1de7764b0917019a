"""What is known of the names of a filter that no task, queue or worker has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.api.vocabulary import SUGGEST_FIELDS

if TYPE_CHECKING:
    from graphile_worker.admin.api.vocabulary import SuggestField
    from graphile_worker.admin.client.model.types import State

NAMES_MAX = 5  # of one filter that are checked
_SENTENCES = {
    "identifier": "No task is called %s.",
    "queue": "No queue is called %s.",
    "worker": "No worker called %s holds a lock or sends heartbeats.",
}


def sentence(field: str, name: str) -> str:
    """That this name does not exist."""
    return _SENTENCES[field] % name


def unknown(state: State) -> list[tuple[SuggestField, str, list[str]]]:
    """(filter, its name that does not exist, similar names) of the filters that are set."""
    out: list[tuple[SuggestField, str, list[str]]] = []
    for field in SUGGEST_FIELDS:
        for name in state["route"][field]:
            near = state["near"].get(field + "=" + name)
            if near is not None:
                out.append((field, name, near))
    return out
