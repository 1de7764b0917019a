# ruff: noqa: F811
"""Case 19, and its kind: a new version behind an open browser is noticed, and after a reload nothing of the old one is left."""

from __future__ import annotations

import asyncio
import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import httpx
import pytest
from playwright.async_api import expect

from graphile_worker import WorkerUtils
from graphile_worker.admin import AdminAuthConfig, manifest
from graphile_worker.admin.api.vocabulary import BUILD_HEADER
from graphile_worker.admin.server.page import assets
from tests.browser.conftest import Opener, browser, open_admin, pool  # noqa: F401
from tests.browser.screen import refresh_every
from tests.browser.serving import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")
CLIENT = Path(__file__).parents[2] / "src/graphile_worker/admin/client"
NEW = b"\n:root { --gw-version: new; }\n"
OLDER = "This page is not up to date."


class Installation:
    """The assets that a server started now will have."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = patch

    def upgrade(self) -> None:
        """Another version: its style sheet and its program are others."""
        shutil.copytree(str(manifest.folder()), self.folder)
        files = {path.name: path.read_bytes() for path in self.folder.iterdir() if path.name != manifest.NAME}
        self._change(files, "admin.css", NEW)
        self._change(files, "admin_ui.js", b"\nglobalThis.gwVersion = 'new';\n")
        for name, data in files.items():
            (self.folder / name).write_bytes(data)
        (self.folder / manifest.NAME).write_text(manifest.text(files), "utf-8")
        self.patch.setattr(manifest, "folder", lambda: self.folder)
        forget()

    def _change(self, files: dict[str, bytes], name: str, more: bytes) -> None:
        files[name] += more
        files[f"{name}.gz"], files[f"{name}.br"] = gzip.compress(files[name]), brotli.compress(files[name])


def forget() -> None:
    """The next server reads its assets as another process would."""
    assets.loaded.cache_clear()
    assets.build.cache_clear()


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """The installation of this process."""
    yield Installation(tmp_path / "assets", monkeypatch)
    monkeypatch.undo()
    forget()


async def test_an_open_tab_says_so_and_a_reload_brings_the_new_version(
    utils: WorkerUtils, open_admin: Opener, installation: Installation
) -> None:
    await utils.add_job("send_email")
    screen = await open_admin()
    await screen.open("?identifier=send_email")
    await screen.shows("1")
    await refresh_every(screen.page, 2)
    version = "() => [globalThis.gwVersion ?? '', getComputedStyle(document.documentElement).getPropertyValue('--gw-version').trim()]"
    assert await screen.page.evaluate(version) == ["", ""]
    await screen.page.locator("#gw-tools [data-action=add-job]").click()
    await screen.fill("identifier", "typed")
    banner = screen.page.locator("#gw-banners")
    await expect(banner).to_be_empty()

    await screen.server.stop()
    installation.upgrade()
    await screen.server.start()

    await expect(banner).to_contain_text(OLDER)
    await expect(screen.dialog.locator("#gw-in-identifier")).to_have_value("typed")  # nothing is reloaded by itself
    await screen.confirm()
    await expect(screen.dialog).to_have_count(0)
    await screen.page.get_by_role("link", name="Reload").click()
    await expect(screen.page.locator("html[data-ready='1']")).to_be_attached()
    await screen.shows("1")
    assert await screen.page.evaluate(version) == ["new", "new"]
    await expect(banner).to_be_empty()
    await screen.address(identifier="send_email")
    of_the_restart = ("net::ERR_", "403", "503")
    screen.complaints = [one for one in screen.complaints if not any(word in one for word in of_the_restart)]


async def test_everything_of_a_page_is_asked_for_by_its_version(utils: WorkerUtils, open_admin: Opener) -> None:
    screen = await open_admin()
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url.removeprefix(screen.base_url)))
    await screen.open()
    await screen.shows()
    async with screen.page.expect_request("**/admin_ui_more.bin*"):
        await screen.page.keyboard.press("?")
    parts = [urlsplit(url) for url in asked]
    found = {part.path: part.query for part in parts if part.path.startswith("/assets/") or part.path == "/favicon.ico"}
    assert set(found) - {"/favicon.ico"} == {path for path in assets.ASSETS if path != "/favicon.ico"}
    assert set(found.values()) == {f"v={assets.build()}"}


async def test_no_import_of_the_browser_program_leaves_the_version_out() -> None:
    """The scripts as they are served import nothing by a fixed name but what admin.js asks for with its version."""
    entry, bundle = ((manifest.folder() / name).read_text("utf-8") for name in ("admin.js", "admin_ui.js"))
    assert re.findall(r"\bimport\b(?!\.meta)[^)]*\)", entry) == ['import("./admin_ui.js"+a)']
    assert re.findall(r"^var a=new URL\(import\.meta\.url\)\.search;", entry)
    assert not re.search(r"\bfrom *[\"'][./]|^import\b", bundle, re.MULTILINE)
    node = set(re.findall(r"\bimport\(([^)]*)\)", bundle))  # what the interpreter imports under Node
    assert node <= {'"module"', '"path"', '"fs"', '"url"', '"crypto"'}


async def test_the_build_is_another_when_any_asset_is(installation: Installation) -> None:
    before = assets.build()
    assert len(before) == 12 and assets.build() == before
    installation.upgrade()
    assert assets.build() != before


async def test_an_asset_of_another_version_is_not_kept(utils: WorkerUtils) -> None:
    """During an upgrade of several replicas, the page of a new one may get an asset of an old one."""
    async with Server(utils, auth=AdminAuthConfig.none()) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            for path in assets.ASSETS:
                for query, kept in (
                    ("", True),
                    (f"?v={assets.build()}", True),
                    ("?v=0123456789ab", False),
                    ("?v=", False),
                ):
                    answer = await client.get(path + query)
                    assert answer.status_code == 200
                    assert answer.headers["cache-control"] == ("public, max-age=3600" if kept else "no-store")


async def test_every_answer_names_the_build(utils: WorkerUtils) -> None:
    async with Server(utils, auth=AdminAuthConfig.basic("admin", "secret")) as server:
        async with httpx.AsyncClient(base_url=server.url) as client:
            right = ("admin", "secret")
            answers = [
                await client.get("/healthz"), await client.get("/api/session"), await client.get("/api/jobs", auth=right),
                await client.post("/api/jobs", auth=right), await client.get("/api/jobs/x", auth=right),
                await client.get("/nothing", auth=right), await client.get("/", headers={"host": "evil.test"}),
            ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [200, 401, 200, 403, 400, 404, 421]
        assert {answer.headers[BUILD_HEADER] for answer in answers} == {assets.build()}
        reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        writer.write(b"no HTTP\r\n\r\n")
        assert f"{BUILD_HEADER}: {assets.build()}".encode() in (await reader.readuntil(b"\r\n\r\n")).lower()
        writer.close()


async def test_the_header_has_one_name_in_the_server_and_in_the_browser() -> None:
    assert f'"{BUILD_HEADER}"' in (CLIENT / "js/network/http.js").read_text("utf-8")
