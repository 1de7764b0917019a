"""The program of `scripts/screens`: takes pictures of the admin with Chromium, on a database with jobs in every
state."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

from playwright.async_api import Browser, Page, async_playwright

from graphile_worker.admin import AdminAuthConfig, AdminServerConfig, serve
from graphile_worker.core.database.transactions import Pool, connect
from graphile_worker.demo.seed import seed
from graphile_worker.demo.server.embedded import EmbeddedPostgres
from graphile_worker.worker_utils import WorkerUtils

FOLDER = Path(".screens")
SIZES = {"1440": (1440, 900), "390": (390, 844)}
SCREENS = {
    "jobs": "",
    "jobs-failed": "?state=failed",
    "jobs-none": "?state=failed&queue=nobody&search=nothing",
    "job": "?state=failed&job={failed}",
    "job-held": "?job={held}",
    "queues": "?view=queues&sort=-held",
    "tasks": "?view=tasks",
    "errors": "?view=errors",
    "workers": "?view=workers",
    "maintenance": "?view=maintenance",
}
STEPS = {  # name: (address, clicks and keys before the picture)
    "selected": ("?state=failed", ["[data-action=select] >> nth=1", "[data-action=select] >> nth=3"]),
    "dialog": ("?state=failed&job={failed}", ["#gw-v-complete"]),
    "add": ("", ["[data-action=add-job]"]),
    "palette": ("", ["key:Control+k"]),
    "keys": ("", ["key:?"]),
    "settings": ("", ["[popovertarget=gw-settings]"]),
    "activity": ("", ["[data-action=activity]", ".charts figcaption"]),
}
README = Path("docs/pictures")
SCALE = 0.75
SMALL = {  # the pictures of README.md: (theme, size)
    "jobs-failed": ("light", (1440, 720)),
    "job": ("light", (1440, 900)),
    "errors": ("dark", (1440, 720)),
    "queues": ("dark", (1440, 720)),
    "jobs": ("dark", (390, 720)),
}
HELD = """
update graphile_worker._private_job_queues q set locked_at = now() - held, locked_by = worker
from (values (1, interval '5 hours', 'worker-3fa9c1'), (2, interval '40 seconds', 'graphile_worker_7d2e')) v (n, held, worker)
where q.id = (select id from graphile_worker._private_job_queues order by id offset v.n limit 1)
"""
RUNNING = """
update graphile_worker._private_jobs j set locked_at = q.locked_at, locked_by = q.locked_by
from graphile_worker._private_job_queues q
where q.locked_at is not null and j.id = (
  select min(f.id) from graphile_worker._private_jobs f where f.job_queue_id = q.id and f.is_available
)
"""
BEATS = """
insert into graphile_worker._private_workers (id, started_at, last_heartbeat_at, metadata) values
  ('graphile_worker_7d2e', now() - interval '3 hours', now() - interval '4 seconds', '{"pod": "worker-7d2e", "version": "2.4.1"}'),
  ('graphile_worker_90bc', now() - interval '2 days', now() - interval '26 minutes', '{"pod": "worker-90bc"}')
"""


async def take(names: list[str]) -> None:
    """Takes all pictures, or the named ones; `readme` takes the small pictures of README.md."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="graphile-worker-screens-")))
        folder.chmod(0o711)
        server = stack.enter_context(EmbeddedPostgres(folder / "server", durable=False))
        pool = await connect(server.dsn())
        stack.push_async_callback(pool.close)
        facts = await fill(pool)
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        config = AdminServerConfig(pool, WorkerUtils(pool), auth=AdminAuthConfig.none(), listen_addr="127.0.0.1:0")
        serving = asyncio.create_task(serve(config, on_ready=ready.set_result))
        stack.callback(serving.cancel)
        address = await ready
        playwright = await stack.enter_async_context(async_playwright())
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = await playwright.chromium.launch(executable_path=program, args=["--headless", "--no-sandbox"])
        stack.push_async_callback(browser.close)
        every = {name: (search, list[str]()) for name, search in SCREENS.items()} | STEPS
        if names == ["readme"]:
            for name, (theme, size) in SMALL.items():
                await series(browser, address, facts, {name: every[name]}, theme, size, README, "{name}.png", SCALE)
            return
        wanted = {name: what for name, what in every.items() if not names or name in names}
        for theme in ("light", "dark"):
            for width, size in SIZES.items():
                await series(browser, address, facts, wanted, theme, size, FOLDER, f"{{name}}-{width}-{theme}.png")


async def fill(pool: Pool) -> dict[str, object]:
    """Fills the queue, with failures; returns the ids for the addresses."""
    utils = WorkerUtils(pool)
    await utils.migrate()
    await seed(utils.queue, random=Random(7))
    for statement in (HELD, RUNNING, BEATS):
        await pool.execute(statement)
    failed = "select max(id) from graphile_worker._private_jobs where attempts >= max_attempts"
    held = """select min(j.id) from graphile_worker._private_jobs j join graphile_worker._private_job_queues q
      on q.id = j.job_queue_id where q.locked_at is not null and j.is_available and j.run_at <= now()"""
    return {"failed": await pool.fetchval(failed), "held": await pool.fetchval(held)}


async def series(
    browser: Browser,
    address: str,
    facts: dict[str, object],
    screens: dict[str, tuple[str, list[str]]],
    theme: str,
    size: tuple[int, int],
    folder: Path,
    file: str,
    scale: float = 1,
) -> None:
    """Takes these screens in one theme and size."""
    folder.mkdir(parents=True, exist_ok=True)
    dark = theme == "dark"
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        device_scale_factor=scale,
    )
    page = await context.new_page()
    for name, (search, steps) in screens.items():
        await visit(page, f"{address}/{search.format_map(facts)}", steps)
        path = folder / file.format(name=name)
        await page.screenshot(path=path)
        print(path, flush=True)
    await context.close()


async def visit(page: Page, url: str, steps: list[str]) -> None:
    """Opens the page, clicks and types, and waits until it is idle."""
    await page.goto(url)
    await page.locator("html[data-ready='1']").wait_for(state="attached")
    for step in steps:
        if step.startswith("key:"):
            await page.keyboard.press(step.removeprefix("key:"))
        else:
            await page.locator(step).first.click()
    await page.locator('.bar .live:not([title^="Asked for"])').wait_for()
    await page.wait_for_timeout(400)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1:]))
