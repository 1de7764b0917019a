"""Where no job matches: the tasks and queues of the filter that do not exist, and similar names, on standard error."""

from __future__ import annotations

import asyncio

from graphile_worker.admin.api.jobs.filters import JobFilter
from graphile_worker.cli.connection import Session
from graphile_worker.cli.output import note
from graphile_worker.core.exceptions import GraphileWorkerError

NAMES_MAX = 5  # of a filter that are checked
SECONDS_MAX = 1.0  # for all of them


async def note_unknown_names(session: Session, filter: JobFilter) -> None:
    """Prints one line for each name without a task or queue, within SECONDS_MAX.

    The result of the command stays as it is: an error or the time limit only ends the output of names.
    """
    from graphile_worker.admin.api.names.suggest import SuggestRequest, suggest_stored

    given = [("identifier", "task", name) for name in filter.identifiers]
    given += [("queue", "queue", name) for name in filter.queues]
    try:
        async with asyncio.timeout(SECONDS_MAX):
            for field, word, name in given[:NAMES_MAX]:
                request = SuggestRequest(field=field, prefix=name, limit=0, near=True)
                answer = await suggest_stored(session.queue, request)
                if not answer["known"]:
                    near = " or ".join(answer["near"])
                    note(f"No {word} is called {name}." + (f" Did you mean {near}?" if near else ""))
    except (GraphileWorkerError, TimeoutError):
        return
