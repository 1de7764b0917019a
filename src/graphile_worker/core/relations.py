"""Names of the schema's tables, and privileges on them, as PostgreSQL calls both."""

from __future__ import annotations

Privilege = tuple[str, str]  # ("_private_jobs", "select"), ("add_job", "execute")

JOBS, QUEUES, TASKS = "_private_jobs", "_private_job_queues", "_private_tasks"
WORKERS, RETIREMENTS = "_private_workers", "_private_job_retirements"
KNOWN_CRONTABS = "_private_known_crontabs"
