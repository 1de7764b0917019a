"""The text of what a force unlock released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphile_worker.admin.client.text.format import counted

if TYPE_CHECKING:
    from graphile_worker.admin.client.model.types import UnlockAnswer

NAMES_MAX = 5  # jobs or queues in a sentence


def released(answer: UnlockAnswer) -> str:
    """Like "2 jobs (7, 9) and 1 queue (mail)"; without names where the answer has none, empty where nothing was released."""
    parts = []
    jobs = [str(one) for one in answer.get("job_ids") or []]
    for count, names, word in (
        (answer.get("jobs"), jobs, "job"),
        (answer.get("queues"), answer.get("queue_names") or [], "queue"),
    ):
        if not count:
            continue
        shown = ", ".join(names[:NAMES_MAX]) + (", …" if count > NAMES_MAX else "")
        parts.append(counted(count, word) + (" (%s)" % shown if shown else ""))
    return " and ".join(parts)
