"""The crontabs on the Maintenance screen."""

from __future__ import annotations

from typing import Any

from graphile_worker.admin.client.model import reducers, state
from graphile_worker.admin.client.views.maintenance import crontabs
from tests.client import fakes

EVIL = "<b>&\u202e"
JOBS = {
    "total": 9, "ready": 3, "scheduled": 1, "locked": 0, "failed": 2, "retrying": 0, "backfilled": 1,
    "newest_at": fakes.NOW_TEXT, "newest_job": 77,
}  # fmt: skip
NONE = dict(dict.fromkeys(JOBS, 0), newest_at=None, newest_job=None)


def known(name: str, last: str | None, jobs: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "identifier": name, "known_since": "2001-01-01T00:00:00Z", "last_execution": last,
        "last_execution_secs": None if last is None else 0.0, "jobs": jobs,
    }  # fmt: skip


def drawn(*rows: dict[str, Any], redacted: bool = False, **more: Any) -> str:
    """The section with these crontabs."""
    full: Any = state.new("?view=maintenance")
    reducers.apply_session(full, fakes.session(redacted=redacted))
    body: Any = {
        "crontabs": list(rows), "tasks": [], "table": "seen", "complete": True, "as_of": fakes.NOW_TEXT, "age_ms": 0,
    }  # fmt: skip
    body.update(more)
    reducers.apply_crontabs(full, body)
    return crontabs.section(full)


def test_rows() -> None:
    html = drawn(known("mail", fakes.NOW_TEXT, JOBS), known("idle", None, NONE), known("nightly", None, None))
    assert html.index(">mail<") < html.index(">idle<") < html.index(">nightly<")
    for words in (
        "last execution <time", ">4 waiting</a>", ">2 failed</a>", "1 job added late", "job=77", "no execution yet",
        "0 waiting", "no task has this name", crontabs.NO_SCHEDULES,
        "state=ready&amp;state=scheduled&amp;identifier=mail&amp;search=_cron",
    ):  # fmt: skip
        assert words in html, words
    assert "running" not in html and html.count("waiting</a>") == 1


def test_redacted_payloads_are_not_searched() -> None:
    html = drawn(known("mail", None, dict(JOBS, newest_at=None, backfilled=None)), redacted=True)
    assert "identifier=mail" in html and "search=" not in html and "late" not in html and "newest" not in html


def test_what_is_not_known() -> None:
    assert "No crontab is known." in drawn()
    assert "may not read the table" in drawn(table="unseen")
    assert "no table of known crontabs" in drawn(table="none")
    assert "the newest 50,000 jobs" in drawn(complete=False)
    html = drawn(tasks=[{"task_identifier": "send", "jobs": JOBS}])
    assert ">send<" in html and "task of a crontab with another name" in html and crontabs.NO_SCHEDULES not in html


def test_hostile_names_are_text() -> None:
    html = drawn(known(EVIL, "<i>", JOBS), tasks=[{"task_identifier": EVIL, "jobs": JOBS}])
    assert "<b>&lt;b&gt;&amp;⟨U+202E⟩</b>" in html and "<i>" not in html


def test_an_error_is_in_the_section_and_only_once_on_the_screen() -> None:
    full: Any = state.new("?view=maintenance")
    assert crontabs.section(full) == ""
    reducers.apply_error(full["crontabs"], {"error": "too <slow>", "code": "query_timeout"})
    assert "too &lt;slow&gt;" in crontabs.section(full)
    reducers.apply_error(full["maintenance"], {"error": "too <slow>", "code": "query_timeout"})
    assert crontabs.section(full) == ""
