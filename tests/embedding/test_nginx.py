"""Behind nginx, with the prefix taken off and kept: the recipes of docs/deploying, most tests without their TLS.

With it the whole recipe is run by tests/deploying/test_proxies.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from graphile_worker import WorkerUtils
from tests.cli.test_admin import admin, lines
from tests.deploying.programs import RECIPES
from tests.embedding.nginx import PLAIN, proxying
from tests.embedding.serving import PASSWORD, look_and_write
from tests.server.listening import listening
from tests.support.certificates import Certificates

NAME = "admin.example.com"
SECRET = {"GRAPHILE_WORKER_ADMIN_PASSWORD": PASSWORD}
RECIPE, TLS = "nginx.conf", "nginx_tls.conf"
STRIPPED: tuple[str, list[str], dict[str, str]] = ("/queue/", [], PLAIN)  # place, options of the admin, changes
KEPT: tuple[str, list[str], dict[str, str]] = ("/a/b/", ["--prefix", "/a/b"], {**PLAIN, "/kept/": "/a/b/"})


def browser(address: str) -> httpx.AsyncClient:
    """A client that speaks to nginx by the name people use; the name is not in any DNS."""
    host = f"{NAME}:{urlsplit(address).port}"
    return httpx.AsyncClient(auth=("admin", PASSWORD), headers={"host": host, "origin": f"http://{host}"}, timeout=30)


def upstream(process: object) -> str:
    """IP:port of an admin that has started."""
    first = lines(process, 5)[0]  # type: ignore[arg-type]
    return re.sub(r"/.*", "", first.removeprefix("Graphile Worker admin UI: http://"))


def test_every_configuration_is_run_here() -> None:
    assert {path.name for path in RECIPES.glob("*.conf")} == {RECIPE, TLS}


@pytest.mark.parametrize(("place", "options", "changes"), [STRIPPED, KEPT])
async def test_page_api_and_writes_through_nginx(
    dsn: str, tmp_path: Path, place: str, options: list[str], changes: dict[str, str]
) -> None:
    with admin(dsn, "--allowed-host", NAME, *options, **SECRET) as process:
        with proxying(tmp_path, upstream(process), RECIPE, **changes) as (address,):
            async with browser(address) as client:
                del client.headers["origin"]
                page = await client.get(address + place)
                assert page.status_code == 200 and NAME not in page.text and "127.0.0.1" not in page.text
                await look_and_write(browser_as_itself(client, address), address + place)
                landed = await client.get(address + place.rstrip("/") + "?view=queues")
                assert landed.status_code in (301, 307)
                assert landed.headers["location"] in (f"{place}?view=queues", f"./{place.split('/')[-2]}/?view=queues")
                outside = await client.get(f"{address}/api/session")  # of the recipe's admin at /, or of none
                assert outside.status_code == (404 if options else 200)
                assert (await client.get(f"{address}{place.rstrip('/')}x/api/session")).status_code == 404


async def test_events_come_through_nginx_at_once(dsn: str, tmp_path: Path) -> None:
    async with asyncpg.create_pool(dsn, min_size=0) as pool:
        with admin(dsn, "--allowed-host", NAME, **SECRET) as process:
            with proxying(tmp_path, upstream(process), RECIPE, **PLAIN) as (address,):
                auth = httpx.BasicAuth("admin", PASSWORD)
                headers = {"host": f"{NAME}:{urlsplit(address).port}", "accept-encoding": "gzip"}
                async with listening(f"{address}/queue", auth=auth, headers=headers) as ear:
                    assert await ear.next() == ("hello", {"listening": True})
                    await WorkerUtils(pool).add_job("t")
                    assert await ear.next("jobs", within=2) == ("jobs", {"added": 1})


def browser_as_itself(client: httpx.AsyncClient, address: str) -> httpx.AsyncClient:
    """The same client under the address instead of the name: writes then come from the address's own origin."""
    client.headers.pop("host")
    return client


async def test_a_write_from_the_name_people_use_is_from_our_own_page(dsn: str, tmp_path: Path) -> None:
    with admin(dsn, "--allowed-host", NAME, **SECRET) as process:
        with proxying(tmp_path, upstream(process), RECIPE, **PLAIN) as (address,):
            async with browser(address) as client:
                session = (await client.get(f"{address}/queue/api/session")).json()
                sent = {session["csrf_header"]: session["csrf_token"]}
                job = {"identifier": "x", "payload": {"text": "x" * 1_500_000}}
                answer = await client.post(f"{address}/queue/api/jobs", json=job, headers=sent)
                assert answer.status_code == 200
                for _ in range(10):  # refused without being read, and yet it is our answer that comes through
                    other = await client.post(
                        f"{address}/queue/api/jobs", json=job, headers=sent | {"origin": "http://evil.test"}
                    )
                    assert (other.status_code, other.json()["code"]) == (403, "cross_site")


async def test_the_server_need_not_know_the_prefix_that_is_taken_off(dsn: str, tmp_path: Path) -> None:
    """One server at three places at once: its own, and two prefixes it has never heard of."""
    with admin(dsn, "--allowed-host", NAME, **SECRET) as process:
        own = upstream(process)
        (tmp_path / "one").mkdir()
        (tmp_path / "two").mkdir()
        with (
            proxying(tmp_path / "one", own, RECIPE, **PLAIN) as (one,),
            proxying(tmp_path / "two", own, RECIPE, **PLAIN, **{"/queue/": "/very/deep/in/it/"}) as (two,),
        ):
            pages = set()
            async with httpx.AsyncClient(auth=("admin", PASSWORD), timeout=30) as client:
                for place in (f"http://{own}/", f"{one}/queue/", f"{two}/very/deep/in/it/"):
                    await look_and_write(client, place)
                    page = await client.get(place)
                    pages.add(frozenset(re.findall(r'(?:href|src|action)="[^"]*"', without_rows(page.text))))
            assert len(pages) == 1


def without_rows(page: str) -> str:
    """A page without its table: each place adds a job before it looks."""
    return re.sub(r"<tbody>.*?</tbody>", "", page, flags=re.DOTALL)


async def test_names_that_were_not_allowed_get_nothing(dsn: str, tmp_path: Path) -> None:
    with admin(dsn, **SECRET) as process:
        with proxying(tmp_path, upstream(process), RECIPE, **PLAIN) as (address,):
            async with browser(address) as client:
                answer = await client.get(f"{address}/queue/api/session")
                assert answer.status_code == 421 and "--allowed-host" in answer.json()["hint"]
                answer = await client.get(f"{address}/queue/", headers={"host": "evil.test"})
                assert answer.status_code == 421 and "csrf" not in answer.text


FORGED = {
    "x-forwarded-host": "evil.test", "x-forwarded-proto": "https", "x-forwarded-prefix": "//evil.test", "x-script-name": "/evil",
    "forwarded": "for=9.9.9.9;host=evil.test;proto=https", "x-original-url": "/evil", "x-rewrite-url": "/evil",
    "x-real-ip": "9.9.9.9", "x-forwarded-for": "9.9.9.9",
}  # fmt: skip


@pytest.mark.parametrize(("place", "options", "changes"), [STRIPPED, KEPT])
async def test_no_header_of_a_proxy_is_believed(
    dsn: str, tmp_path: Path, place: str, options: list[str], changes: dict[str, str]
) -> None:
    with admin(dsn, "--allowed-host", NAME, *options, **SECRET) as process:
        with proxying(tmp_path, upstream(process), RECIPE, **changes) as (address,):
            async with browser(address) as client:
                for path in (place, place.rstrip("/"), f"{place}api/session", f"{place}api/jobs"):
                    plain = await client.get(address + path)
                    forged = await client.get(address + path, headers=FORGED)
                    hidden = [re.sub(r"[0-9a-f]{48}|\"age_ms\":\d+", "", one.text) for one in (plain, forged)]
                    assert hidden[0] == hidden[1] and plain.status_code == forged.status_code
                    assert plain.headers.get("location") == forged.headers.get("location")
                    assert "evil" not in forged.text + str(forged.headers)
                wrong = [
                    (
                        await client.get(
                            f"{address}{place}api/session",
                            auth=("admin", "wrong"),
                            headers={"x-forwarded-for": f"10.0.0.{n}", "x-real-ip": f"10.0.0.{n}"},
                        )
                    ).status_code
                    for n in range(12)
                ]
                assert wrong == [401] * 10 + [429] * 2  # another source is claimed each time


async def test_nginx_ends_tls(dsn: str, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    certificates.pair("admin")
    options = ["--behind-tls", "--trusted-proxy", "127.0.0.1", "--allowed-host", NAME]
    with admin(dsn, *options, **SECRET) as process:
        with proxying(tmp_path, upstream(process), TLS) as (address,):
            url = address.replace("http:", "https:")
            host = f"{NAME}:{urlsplit(address).port}"
            async with httpx.AsyncClient(auth=("admin", PASSWORD), verify=certificates.trust()) as client:
                await look_and_write(client, f"{url}/")
                session = (await client.get(f"{url}/api/session")).json()
                sent = {session["csrf_header"]: session["csrf_token"], "host": host}
                for origin, expected in ((f"https://{host}", 200), ("https://evil.test", 403)):
                    headers = {**sent, "origin": origin}
                    answer = await client.post(f"{url}/api/jobs", json={"identifier": "x"}, headers=headers)
                    assert answer.status_code == expected, answer.text
