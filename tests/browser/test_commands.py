"""The commands under dialogs and in Export, copied links and ids, and watching the jobs of an action."""

from __future__ import annotations

import re
import subprocess

from playwright.async_api import expect

from graphile_worker import JobSpec, WorkerUtils
from tests.browser.screen import Screen

COPIED = "() => navigator.clipboard.readText()"
FAIL = "update graphile_worker._private_jobs set attempts = max_attempts, last_error = 'no' where id = any($1)"


async def test_the_commands_of_a_dialog_follow_its_form(utils: WorkerUtils, screen: Screen) -> None:
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open()
    await screen.page.locator("#gw-tools [data-action=add-job]").click()
    block = screen.dialog.locator("details.commands")
    await expect(block.locator("pre")).to_have_count(0)
    await screen.fill("identifier", "it's")
    await block.locator("summary").click()
    await expect(block.locator("pre")).to_have_count(3)
    await screen.fill("payload", '{"a": "$(x)"}')
    await screen.dialog.locator("#gw-in-job_key_mode").select_option("unsafe-dedupe")
    await screen.fill("key", "k")
    await screen.fill("priority", "-3")
    await expect(block.locator("pre").first).to_contain_text("--priority=-3")
    await expect(screen.dialog.locator("#gw-in-payload")).to_have_value('{"a": "$(x)"}')
    await block.get_by_role("button", name="Copy curl").click()
    await screen.shows_notice("Copied the command")
    line = await screen.page.evaluate(COPIED)
    assert screen.base_url in line
    done = await asyncio_run(line)
    assert '"outcome":"new"' in done
    await block.get_by_role("button", name="Copy SQL").click()
    await screen.page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('select')")
    pool = utils.database.pool
    await pool.execute(await screen.page.evaluate(COPIED))  # finds the key
    rows = await pool.fetch("select task_identifier, key, priority, revision from graphile_worker.jobs")
    assert [tuple(row) for row in rows] == [("it's", "k", -3, 1)]
    assert await pool.fetchval("select payload::text from graphile_worker._private_jobs") == '{"a": "$(x)"}'


async def asyncio_run(line: str) -> str:
    """What bash prints for the line, while the server of this loop answers."""
    import asyncio

    done = await asyncio.create_subprocess_exec("bash", "-c", line, stdout=subprocess.PIPE)
    out, _ = await asyncio.wait_for(done.communicate(), 60)
    assert done.returncode == 0
    return out.decode()


async def test_export_as_a_command_a_link_and_ids(utils: WorkerUtils, screen: Screen) -> None:
    await utils.add_jobs([JobSpec("a b")] * 3)
    await screen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await screen.open("?identifier=a%20b")
    await screen.page.get_by_role("button", name="Export").click()
    menu = screen.page.locator("#gw-export")
    await menu.locator("summary").click()
    name = r"jobs-[A-Za-z0-9_-]+-a-b-\d{4}-\d\d-\d\d\.csv"
    line = f"^graphile-worker export --task 'a b' --format csv --sort=-id --output {name}$"
    await expect(menu.locator("pre").first).to_have_text(re.compile(line))
    await menu.get_by_role("button", name="Copy curl").click()
    await screen.shows_notice("Copied the command")
    assert re.search(f" -o {name} '{screen.base_url}/api/jobs/export", await screen.page.evaluate(COPIED))
    await menu.get_by_role("button", name="Copy link to this list").click()
    await screen.shows_notice("Copied the link")
    assert await screen.page.evaluate(COPIED) == screen.base_url + "/?identifier=a%20b"
    async with screen.page.expect_download() as waiting:
        await menu.get_by_role("link", name="CSV").click()
    assert re.fullmatch(name, (await waiting.value).suggested_filename)
    await screen.select("1", "3")
    await screen.selected.get_by_role("button", name="Copy", exact=True).click()
    await screen.page.get_by_role("button", name="Copy ids").click()
    await screen.shows_notice("Copied 2 ids")
    assert await screen.page.evaluate(COPIED) == "3\n1\n"
    await screen.open_job("2")
    await screen.panel.get_by_role("button", name="Copy link").click()
    await screen.page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('job=2')")


async def test_watch_the_jobs_of_a_retry(utils: WorkerUtils, screen: Screen) -> None:
    pool = utils.database.pool
    ids = [job.id for job in await utils.add_jobs([JobSpec("t")] * 60)]
    await pool.execute(FAIL, ids)
    await screen.open("?state=failed&limit=50")
    await screen.page.get_by_label("Select all on this page").check()
    await screen.selected.get_by_role("button", name=re.compile("all .* that match")).click()
    await screen.press("Retry…", screen.selected)
    await screen.confirm()
    await screen.page.get_by_role("button", name="Watch these 60").click()
    card = screen.page.get_by_label("Watched jobs")
    await expect(card).to_contain_text("Watching 60 jobs retried")
    await expect(card).to_contain_text("0 left the queue")
    await expect(card).to_contain_text("60 waiting")
    await pool.execute("select graphile_worker.complete_jobs($1)", ids[:40])
    await pool.execute(FAIL, ids[40:45])
    await pool.execute(
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where id = $1", ids[50]
    )
    for words in ("40 left the queue", "1 running", "14 waiting", "5 failed again"):
        await expect(card).to_contain_text(words)
    await card.get_by_role("button", name="Stop watching").click()
    await expect(card).to_have_count(0)
