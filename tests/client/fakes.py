"""A browser and a server made of lists: what the program asked of them, and answers handed back by the test."""

from __future__ import annotations

import json
from typing import Any

BUILD = "b1"
UNAUTHORIZED = {"error": "unauthorized", "code": "unauthorized"}
NOW = 1795511052
NOW_TEXT = "2026-11-24T09:04:12Z"


class Dom:
    """Records every call; `stored`, `tab` and `roots` are the page's memory."""

    def __init__(self, search: str = "", roots: dict[str, str] | None = None) -> None:
        self.search = search
        self.roots = roots or {
            "auth-mode": "none",
            "schema": "graphile_worker",
            "read-only": "false",
            "csrf": "page-token",
            "build": BUILD,
        }
        self.stored: dict[str, str] = {}
        self.tab: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.morphs: list[str] = []
        self.timers: dict[str, Any] = {}
        self.waits: dict[str, int] = {}  # milliseconds of each timer
        self.copied: list[str] = []
        self.copies: bool | None = True
        self.copying: Any = None
        self.downloads: list[tuple[str, str, str]] = []
        self.focused: list[str] = []
        self.focused_row = ""
        self.address_of_row = ""
        self.moves: list[int] = []
        self.followed: list[str] = []
        self.dialogs: list[str] = []
        self.history: list[tuple[str, str]] = []
        self.scrolled = 0
        self.typed_text = ""
        self.away = False
        self.loads = 0  # of the second file
        self.seeded = ""
        self.table = ""
        self.now = NOW * 1000.0

    def root(self, name: str) -> str:
        return self.roots.get(name, "")

    def seed(self) -> str:
        return self.seeded

    def morph(self, region: str, html: str) -> None:
        self.shown[region] = html
        self.morphs.append(region)

    def replace(self, region: str, html: str) -> None:
        self.morph(region, html)

    def on_event(self, callback: Any) -> None:
        self.callback = callback

    def url(self) -> str:
        return self.search

    def base(self) -> str:
        return "http://admin.test/"

    def set_url(self, search: str, replace: bool = False) -> None:
        self.search = search
        self.history.append(("replace" if replace else "push", search))

    def store_get(self, key: str) -> str:
        return self.stored.get(key, "")

    def store_set(self, key: str, value: str) -> None:
        self.stored[key] = value

    def tab_get(self, key: str) -> str:
        return self.tab.get(key, "")

    def tab_set(self, key: str, value: str) -> None:
        self.tab[key] = value

    def now_ms(self) -> float:
        return self.now

    def local_input(self, iso: str) -> str:
        return iso[:16]

    def zone(self) -> str:
        return "UTC+01:00"

    def offsets(self) -> str:
        return self.table

    def from_local_input(self, text: str) -> str:
        return text + ":00Z" if len(text) == 16 else text + "Z"

    def copy(self, text: str, callback: Any) -> None:
        """Answered at once, as `copies`, or by the test where that is None."""
        self.copied.append(text)
        self.copying = callback
        if self.copies is not None:
            callback(self.copies, "")

    def copy_answer(self, path: str, headers: dict[str, str], member: str, callback: Any) -> None:
        self.copied.append("%s of %s" % (member, path))
        self.copying = callback

    def follow(self, path: str) -> None:
        self.followed.append(path)

    def download(self, name: str, text: str, mime: str) -> None:
        self.downloads.append((name, text, mime))

    def set_theme(self, theme: str, accent: str, density: str, hidden: str) -> None:
        self.theme = (theme, accent, density)
        self.hides = hidden

    def focus(self, css: str) -> None:
        self.focused.append(css)

    def focused_job(self) -> str:
        return self.focused_row

    def row_address(self) -> str:
        return self.address_of_row

    def move_row(self, count: int) -> None:
        self.moves.append(count)

    def open_dialog(self, name: str) -> None:
        self.dialogs.append(name)

    def close_dialog(self, name: str) -> None:
        self.dialogs = []

    def set_title(self, text: str) -> None:
        self.title = text

    def hidden(self) -> bool:
        return self.away

    def scroll_top(self, css: str) -> float:
        return self.scrolled

    def scroll_up(self) -> None:
        self.scrolled = 0

    def type_text(self, text: str) -> None:
        self.typed_text += text

    def on_second_file(self, callback: Any) -> None:
        self.arrived = callback

    def load_second_file(self) -> None:
        self.loads += 1

    def timer(self, name: str, ms: int, callback: Any) -> None:
        self.timers[name], self.waits[name] = callback, ms


class Server:
    """Keeps the requests; the test answers them."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def request(self, method: str, path: str, body: str | None, headers: dict[str, str], callback: Any) -> None:
        self.asked.append((method, path, body, headers, callback))

    def paths(self) -> list[str]:
        return [one[1] for one in self.asked]

    def answer(self, start: str, body: Any, status: int = 200, build: str = BUILD) -> Any:
        """Answers the oldest open request whose path starts so, and returns it."""
        for index in range(len(self.asked)):
            if self.asked[index][1].startswith(start):
                found = self.asked.pop(index)
                found[4](status, body if isinstance(body, str) else json.dumps(body), build)
                return found
        raise AssertionError("nothing asked for " + start)


def job(job_id: int, **more: Any) -> Any:
    """A ListedJob as the list answers it."""
    row = {
        "id": job_id,
        "task_identifier": "send_email",
        "queue_name": None,
        "payload_preview": "{}",
        "payload_bytes": 2,
        "priority": 0,
        "run_at": "2026-11-24T09:00:12Z",
        "attempts": 0,
        "max_attempts": 25,
        "last_error": None,
        "created_at": "2026-11-24T08:00:00Z",
        "updated_at": "2026-11-24T08:00:00Z",
        "key": None,
        "locked_at": None,
        "locked_by": None,
        "revision": 0,
        "flags": None,
        "is_available": True,
        "state": "ready",
        "blocked": False,
        "retrying": False,
        "failed_at": None,
        "task_missing": False,
    }
    row.update(more)
    return row


def page_of(*jobs: dict[str, Any], next: str | None = None, prev: str | None = None) -> dict[str, Any]:
    """The answer of GET api/jobs."""
    return {
        "jobs": list(jobs),
        "as_of": NOW_TEXT,
        "age_ms": 0,
        "has_more": next is not None,
        "next": next,
        "prev": prev,
    }


def overview(**more: Any) -> dict[str, Any]:
    """The answer of GET api/overview."""
    body = {
        "stats": {"total": 10, "ready": 4, "scheduled": 3, "locked": 1, "failed": 2, "blocked": 1, "retrying": 0},
        "as_of": NOW_TEXT,
        "age_ms": 0,
    }
    body.update(more)
    return body


def rate(**more: Any) -> dict[str, Any]:
    """The `rate` of an overview."""
    found: dict[str, Any] = {"seconds": 120.0, "added_per_minute": 0.0, "finished_per_minute": 2400.0}
    found.update({"ready_per_minute": -2400.0, "empty_secs": 245})
    found.update(more)
    return found


def queue(name: str | None, **more: Any) -> dict[str, Any]:
    """A row of GET api/queues."""
    row = {
        "id": None if name is None else 1,
        "queue_name": name,
        "locked_at": None,
        "locked_by": None,
        "job_count": 0,
        "ready_count": 0,
        "scheduled_count": 0,
        "failed_count": 0,
        "locked_count": 0,
        "blocked_count": 0,
        "retrying_count": 0,
        "oldest_ready_at": None,
        "locked_secs": None,
        "state": "free",
        "current_job": None,
    }
    row.update(more)
    return row


def worker(name: str | None, **more: Any) -> dict[str, Any]:
    """A row of GET api/workers."""
    row: dict[str, Any] = {
        "worker_id": name,
        "kind": None,
        "last_heartbeat_at": None,
        "started_at": None,
        "metadata": None,
        "is_stale": None,
        "locked_jobs": 0,
        "locked_queues": 0,
        "oldest_locked_at": None,
        "oldest_locked_secs": None,
        "jobs": [],
    }
    row.update(more)
    return row


def task(name: str, **more: Any) -> dict[str, Any]:
    """A row of GET api/tasks."""
    row = {
        "task_identifier": name,
        "task_id": 1,
        "total": 0,
        "ready": 0,
        "scheduled": 0,
        "locked": 0,
        "failed": 0,
        "retrying": 0,
        "oldest_ready_at": None,
        "failed_share": None,
        "last_failed_job": None,
        "last_error": None,
        "task_missing": False,
        "oldest_locked_at": None,
        "oldest_locked_secs": None,
        "backlog": None,
    }
    row.update(more)
    return row


def table_of(kind: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The answer of GET api/queues, api/workers or api/tasks."""
    body = {
        kind: list(rows),
        "total": len(rows),
        "has_more": False,
        "complete": True,
        "as_of": NOW_TEXT,
        "age_ms": 0,
        "heartbeats": "seen",
    }
    body.update(more)
    return body


def session(**more: Any) -> dict[str, Any]:
    """The answer of GET api/session."""
    body = {
        "schema": "graphile_worker",
        "read_only": False,
        "csrf_header": "x-graphile-worker-admin-csrf",
        "csrf_token": "session-token",
        "auth": {"mode": "None", "username": None, "header_name": None, "generated_secret": False},
        "version": "0.1.0",
        "database": "shop",
        "warnings": [],
    }
    body.update(more)
    return body
