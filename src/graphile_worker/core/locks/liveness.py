"""Liveness of workers: which are alive, whether any may be, and what is known of the holder of a lock.

What this role may not read counts as alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from graphile_worker.core.diagnosis import remedies
from graphile_worker.core.exceptions import PermissionDenied
from graphile_worker.core.locks.config import HEARTBEAT_SILENCE_SECONDS
from graphile_worker.core.locks.sessions import session_evidence
from graphile_worker.core.sql import statement

if TYPE_CHECKING:
    from graphile_worker.core.diagnosis.capabilities import Capabilities
    from graphile_worker.core.queue import Transaction


class _Evidence(NamedTuple):
    """A table that lists workers, and the blocks of liveness.sql that read it.

    `ids` = the workers that are alive, `exists` = whether there is one, `holder` = the conditions on the holder of a
    lock, each by the name of the part that old_locks.sql has for it.
    """

    table: str
    ids: str
    exists: str
    holder: dict[str, str]


_HEARTBEATS = _Evidence(
    "_private_workers",
    "alive_workers",
    "any_alive",
    {"alive": "holder_alive", "registered": "holder_registered"},
)
# Of Node's commercial Worker Pro.
_PRO = (
    _Evidence("_private_pro_workers", "alive_pro_workers", "any_pro_worker", {"pro_worker": "holder_pro_worker"}),
    _Evidence("_private_pro_pools", "alive_pro_pools", "any_pro_pool", {"pro_pool": "holder_pro_pool"}),
)
_EVIDENCE = (_HEARTBEATS, *_PRO)
_RECENTLY = f"in the last {HEARTBEAT_SILENCE_SECONDS // 60} minutes"


async def alive_workers(tx: Transaction) -> list[str] | None:
    """Ids of workers that are alive: their locks count however old they are. None where liveness cannot be read."""
    capabilities = await tx.capabilities()
    if not capabilities.sees_heartbeats:
        return None
    alive: list[str] = []
    for evidence in _EVIDENCE:
        if _exists(evidence, capabilities):
            if not _readable(evidence, capabilities):
                return None
            alive += [row["id"] for row in await tx.fetch(statement(f"liveness.{evidence.ids}"))]
    return None if None in alive else alive


async def reason_to_expect_workers(tx: Transaction, *, locks: bool = True) -> str | None:
    """Why some worker may be alive, or None. `locks=False` leaves out the one check that scans all jobs."""
    capabilities = await tx.capabilities()
    if not capabilities.sees_heartbeats:
        return "this role may not read heartbeats, so any worker may be alive"
    if capabilities.state.has_workers and await tx.fetchval(statement(f"liveness.{_HEARTBEATS.exists}")):
        return f"a worker sent a heartbeat {_RECENTLY}"
    if locks and await tx.fetchval(statement("liveness.any_lock")):
        return "a worker holds a job or a queue"
    return await _pro(tx, capabilities) or await _sessions(tx)


def holder_parts(capabilities: Capabilities) -> dict[str, str]:
    """The conditions on the holder of a lock, as parts of a statement; `holder_unlisted` where there is no such table.

    Raises PermissionDenied where this role may not read one of the tables.
    """
    facts = capabilities.facts
    parts = {part: "holder_unlisted" for evidence in _EVIDENCE for part in evidence.holder}
    for finding in capabilities.findings:
        if finding.code == "heartbeats_unseen":
            raise PermissionDenied(finding.message, hint=finding.remedy)
    for evidence in _EVIDENCE:
        if not _exists(evidence, capabilities):
            continue
        if not _readable(evidence, capabilities):
            raise PermissionDenied(
                f'the role "{facts.role}" may not read {evidence.table}: which workers are alive is not known',
                hint=remedies.grant_select(facts, evidence.table),
            )
        parts |= evidence.holder
    return parts


def _exists(evidence: _Evidence, capabilities: Capabilities) -> bool:
    return (evidence.table, "select") in capabilities.facts.present


def _readable(evidence: _Evidence, capabilities: Capabilities) -> bool:
    return capabilities.facts.has(evidence.table, "select")


async def _pro(tx: Transaction, capabilities: Capabilities) -> str | None:
    for evidence in _PRO:
        if not _exists(evidence, capabilities):
            continue
        if not _readable(evidence, capabilities):
            return f"this role may not read {evidence.table}, so any worker may be alive"
        if await tx.fetchval(statement(f"liveness.{evidence.exists}")):
            return "Worker Pro lists a worker"
    return None


async def _sessions(tx: Transaction) -> str | None:
    found = await session_evidence(tx)
    if found.listening:
        return "a session listens for new jobs"
    if found.fetching:
        return f"a session fetched jobs {_RECENTLY}"
    if found.visible != "yes":
        return "other roles are connected and may be workers (pg_read_all_stats would show)"
    return None
