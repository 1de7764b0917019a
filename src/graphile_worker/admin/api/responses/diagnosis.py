"""Findings of the diagnosis of a database, in the session, in the maintenance preview and in `doctor --json`.

No postponed annotations here: NotRequired must be evaluated when a class is created.
"""

from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

from graphile_worker.admin.api.responses.errors import ServerMessage

if TYPE_CHECKING:
    from graphile_worker.core.diagnosis import findings
    from graphile_worker.core.diagnosis.health import Diagnosis


class Finding(TypedDict):
    """A problem of the database and its remedy; `server` and `reason_code` as in Error."""

    code: str
    level: Literal["error", "warning", "note"]
    message: str
    remedy: str | None
    server: NotRequired[ServerMessage]
    reason_code: NotRequired[str]


def finding_output(finding: "findings.Finding") -> Finding:
    """One entry of `warnings` and of `health`."""
    return {
        "code": finding.code,
        "level": finding.level,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def diagnosis_output(diagnosis: "Diagnosis") -> dict[str, Any]:
    """The output of `doctor --json`."""
    facts = diagnosis.capabilities.facts
    return {
        "database": facts.database,
        "server_version": facts.server_version,
        "role": facts.role,
        "owner": facts.owner,
        "schema": facts.schema.name,
        "verdict": facts.state.verdict,
        "migration": facts.state.highest,
        "healthy": diagnosis.healthy,
        "offers": diagnosis.capabilities.offers,
        "findings": [finding_output(finding) for finding in diagnosis.findings],
    }
