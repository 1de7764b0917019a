"""One walk in a process of its own: `python walk.py NAME [DSN]` prints the files it crossed as JSON.

A file counts when one of its functions runs, in any thread or task; what runs because a module is being imported does not
count. The walks that need a server get the address of a migrated database with one job that has failed.

- `list`: the second `GET api/jobs` of an admin, over ASGI; the first one has filled what is kept between requests.
- `action`: `POST api/jobs/action` that retries the job, in an admin that has answered `api/session` and `api/jobs`.
- `command`: `graphile-worker retry ID`, from its first line to its exit.
- `click`: a click on Retry of a job in the drawn list, until its answer is drawn, in the browser program on CPython.

For each kind of walk there is one that crosses only what every walk of its kind crosses:

- `request`: a second `GET api/session` over ASGI, after the same requests as `list` and `action`.
- `stats`: `graphile-worker stats`, from its first line to its exit.
- `redraw`: the command palette opens and is drawn, in the browser program on CPython.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType
from typing import Any

IMPORTING = "<frozen importlib"


class Crossed:
    """Collects the files of a package in which functions run while it is `recording`."""

    def __init__(self, package: Path) -> None:
        self.start = f"{package}{os.sep}"
        self.files: set[str] = set()
        self.active = False

    def install(self) -> None:
        """Before threads begin: a thread is watched from its start on."""
        threading.setprofile(self._called)
        sys.setprofile(self._called)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """The part of a walk that counts."""
        self.active = True
        try:
            yield
        finally:
            self.active = False

    def _called(self, frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_code.co_filename
        if self.active and event == "call" and name not in self.files and name.startswith(self.start):
            if frame.f_code.co_name != "<module>" and not _is_importing(frame):
                self.files.add(name)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(IMPORTING):
            return True
        frame = frame.f_back
    return False


async def over_http(crossed: Crossed, dsn: str, walk: str) -> None:
    """The walks `list`, `action` and `request`."""
    import asyncpg
    import httpx

    from graphile_worker import WorkerUtils
    from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, create_app

    async with asyncpg.create_pool(dsn) as pool:
        config = AdminServerConfig(pool, WorkerUtils(pool), auth=AdminAuthConfig.none())
        transport = httpx.ASGITransport(create_app(config))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            session = (await client.get("/api/session")).raise_for_status().json()
            listed = (await client.get("/api/jobs?limit=1")).raise_for_status().json()
            headers = {session["csrf_header"]: session["csrf_token"]}
            asked = {"action": "retry", "ids": [listed["jobs"][0]["id"]]}
            with crossed.recording():
                if walk == "action":
                    answer = await client.post("/api/jobs/action", json=asked, headers=headers)
                else:
                    answer = await client.get("/api/jobs" if walk == "list" else "/api/session")
            body = answer.raise_for_status().json()
            assert walk != "action" or body["results"][0]["outcome"] == "done", body
            assert walk != "list" or len(body["jobs"]) == 1, body


def command(crossed: Crossed, dsn: str, *arguments: str) -> None:
    """The walks `command` and `stats`."""
    os.environ["DATABASE_URL"] = dsn
    from graphile_worker.cli.main import main

    printed = io.StringIO()
    with crossed.recording(), contextlib.redirect_stdout(printed):
        try:
            main([*arguments])
        except SystemExit as end:
            assert not end.code, (end.code, printed.getvalue())


class Buttons(HTMLParser):
    """The `data-` attributes of every element that has a `data-action`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element."""
        data = {name[5:]: value or "" for name, value in attrs if name.startswith("data-")}
        if "action" in data:
            self.found.append(data)


def click(crossed: Crossed) -> None:
    """The walk `click`."""
    from tests.client.program import THREE, started

    app, dom, server = started(jobs=THREE)
    buttons = Buttons()
    buttons.feed("".join(dom.shown.values()))
    data = next(one for one in buttons.found if "retry" in one.values() and one.get("id") == "7")
    action = data.pop("action")
    answer = {"message": "", "results": [{"id": 7, "outcome": "done", "reason": None}], "jobs": []}
    with crossed.recording():
        app.on_event({"type": "click", "action": action, "data": data})
        server.answer("api/jobs/action", answer)
    assert any("1 job retried" in html for html in dom.shown.values())


def redraw(crossed: Crossed) -> None:
    """The walk `redraw`."""
    from tests.client.program import THREE, started

    app, dom, _ = started(jobs=THREE)
    before = dict(dom.shown)
    with crossed.recording():
        app.on_event({"type": "click", "action": "palette", "data": {}})
    assert dom.shown != before


def main() -> None:
    """Walks once and prints."""
    import graphile_worker

    package = Path(graphile_worker.__file__).parent
    crossed = Crossed(package)
    crossed.install()
    name, *more = sys.argv[1:]
    if name == "click":
        click(crossed)
    elif name == "redraw":
        redraw(crossed)
    elif name in ("command", "stats"):
        command(crossed, *more)
    else:
        asyncio.run(over_http(crossed, more[0], name))
    sys.setprofile(None)
    print(json.dumps(sorted(Path(file).relative_to(package).as_posix() for file in crossed.files)))


if __name__ == "__main__":
    main()
