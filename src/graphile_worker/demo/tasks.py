"""The tasks of the demo's application: what they carry, how long they take and how they go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from graphile_worker.demo import error_texts, payloads

Maker: TypeAlias = Callable[[Random], dict[str, Any]]
Namer: TypeAlias = Callable[[Random], str | None]

GROUPS = {"web": 12, "media": 12, "bulk": 2}  # the application's worker processes: how many jobs each runs at once
_CUSTOMERS = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel")


def _nothing(_: Random) -> None:
    return None


def _queue(prefix: str, among: tuple[str, ...] = _CUSTOMERS) -> Namer:
    return lambda random: f"{prefix}:{random.choice(among)}"


def _sometimes(chance: float, namer: Namer) -> Namer:
    return lambda random: namer(random) if random.random() < chance else None


def _key(prefix: str, most: int) -> Namer:
    return lambda random: f"{prefix}:{random.randint(1, most)}"


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of job.

    `weight` is its share among the jobs that arrive, `seconds` the range of its run time, `failing` the chance that
    a job of it meets one of its `error_texts` (texts with the payload's members in braces).
    """

    name: str
    group: str
    weight: float
    seconds: tuple[float, float]
    payload: Maker
    failing: float = 0.0
    error_texts: tuple[str, ...] = ()
    max_attempts: int | None = None
    priority: int | None = None
    queue: Namer = _nothing
    key: Namer = _nothing
    flags: tuple[str, ...] = ()
    later: tuple[float, float] | None = None  # minutes ahead, for what is scheduled

    def error_text(self, random: Random, payload: dict[str, Any]) -> str:
        """One of its error texts, filled from the payload of the job that failed."""
        return random.choice(self.error_texts).format_map(_PayloadMembers(payload)).strip()


class _PayloadMembers(dict[str, Any]):
    """A payload somebody else wrote may lack what our error text wants to name."""

    def __missing__(self, name: str) -> str:
        return f"<no {name}>"


TASKS = (
    Task("send_email", "web", 30, (0.3, 2), payloads.email, 0.06, error_texts.SMTP, 5,
         flags=("transactional",)),
    Task("webhook.deliver", "web", 18, (0.2, 3), payloads.webhook, 0.25, error_texts.HTTP, 4,
         queue=_sometimes(0.4, _queue("webhooks"))),
    Task("charge_card", "web", 10, (0.8, 4), payloads.charge, 0.1, error_texts.CARD, 3, priority=-10),
    Task("generate_invoice", "web", 8, (1, 6), payloads.invoice, 0.08, error_texts.INVOICE, 3,
         queue=_sometimes(0.5, _queue("invoices"))),
    Task("sync_crm", "web", 8, (3, 20), payloads.crm, 0.12, error_texts.CRM, 6,
         queue=_queue("crm"), key=_key("crm:account", 900)),
    Task("resize_image", "media", 12, (2, 9), payloads.image, 0.07, error_texts.IMAGE, 2),
    Task("transcode_video", "media", 2, (20, 60), payloads.video, 0.1, error_texts.VIDEO, 2, priority=5,
         flags=("gpu",)),
    Task("export_report", "media", 3, (8, 40), payloads.report, 0.1, error_texts.REPORT, 3, priority=2,
         key=_sometimes(0.5, _key("report", 5000))),
    Task("send_reminder", "web", 6, (0.3, 1.5), payloads.reminder, 0.03, error_texts.SMTP, 5,
         key=_key("reminder:trial", 100_000), later=(1, 45)),
    Task("send_digest", "web", 3, (0.5, 3), payloads.digest, 0.02, error_texts.SMTP,
         key=_key("digest:user", 100_000), later=(5, 240)),
    Task("expire_session", "web", 3, (0.1, 0.4), payloads.session, later=(10, 600), priority=20),
)  # fmt: skip

BULK = (
    Task("reindex_document", "bulk", 60, (0.3, 1.4), payloads.document, 0.004, error_texts.SEARCH, priority=10,
         flags=("reindex-2026",)),
    Task("import_product_row", "bulk", 40, (0.4, 1.8), payloads.product, 0.004, error_texts.IMPORT, 10, priority=10,
         queue=_queue("import")),
)  # fmt: skip

BY_NAME = {task.name: task for task in (*TASKS, *BULK)}


def pick(random: Random, tasks: tuple[Task, ...]) -> Task:
    """One of the tasks, by weight."""
    return random.choices(tasks, weights=[task.weight for task in tasks])[0]


def names(group: str) -> list[str]:
    """The tasks one worker process knows."""
    return [task.name for task in BY_NAME.values() if task.group == group]
